"""``seldon_core.flask_utils``: the exception that chooses the status of an error reply; JSON replies."""

from seldon_workbench.annotations import ANNOTATIONS_FILE
from seldon_workbench.compat.lazy import names_of
from seldon_workbench.errors import SeldonMicroserviceException

# Flask takes long to import, and most who import this want the exception.
_HOMES = {"jsonify": "seldon_workbench.server.flask_reply"}

__all__ = ["ANNOTATIONS_FILE", "SeldonMicroserviceException", *_HOMES]

__getattr__ = names_of(__name__, _HOMES)
