"""``seldon_core.flask_utils``: the exception that chooses the status of an error reply; JSON replies."""

from seldon_workbench.compat.lazy import names_of
from seldon_workbench.errors import SeldonMicroserviceException
from seldon_workbench.setting_files import ANNOTATIONS

ANNOTATIONS_FILE = str(ANNOTATIONS)
"""Where Seldon's operator mounts the annotations of a pod."""

# Flask takes long to import, and most who import this want the exception.
_HOMES = {"jsonify": "seldon_workbench.server.flask_reply"}

__all__ = ["ANNOTATIONS_FILE", "SeldonMicroserviceException", *_HOMES]

__getattr__ = names_of(__name__, _HOMES)
