"""``seldon_core.user_model``: the base class, the reply with tags and metrics, the "not implemented"."""

from seldon_workbench.component import SeldonComponent
from seldon_workbench.errors import SeldonNotImplementedError
from seldon_workbench.message import SeldonResponse

__all__ = ["SeldonComponent", "SeldonNotImplementedError", "SeldonResponse"]
