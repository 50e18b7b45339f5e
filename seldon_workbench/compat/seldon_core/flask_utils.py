"""``seldon_core.flask_utils``: the exception that chooses the status of an error reply."""

from seldon_workbench.errors import SeldonMicroserviceException

__all__ = ["SeldonMicroserviceException"]
