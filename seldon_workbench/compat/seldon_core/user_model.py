"""``seldon_core.user_model``: the base class, the reply with tags and metrics, the "not implemented".

The functions that call a component by hand are looked up when they are first used: few ask for them, and
every component imports this.
"""

from seldon_workbench.compat.lazy import names_of
from seldon_workbench.component import SeldonComponent
from seldon_workbench.errors import SeldonNotImplementedError
from seldon_workbench.message import SeldonResponse

_CALLS = (
    "client_aggregate",
    "client_class_names",
    "client_custom_metrics",
    "client_custom_tags",
    "client_feature_names",
    "client_health_status",
    "client_predict",
    "client_route",
    "client_send_feedback",
    "client_transform_input",
    "client_transform_output",
)

__all__ = ["SeldonComponent", "SeldonNotImplementedError", "SeldonResponse", *_CALLS]

__getattr__ = names_of(__name__, dict.fromkeys(_CALLS, "seldon_workbench.compat.user_calls"))
