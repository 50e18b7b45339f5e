"""``seldon_core.api_tester``: requests made from a contract, sent to a deployment."""

from seldon_workbench.compat.lazy import names_of

_HOMES = {
    "run_predict": "seldon_workbench.companions.testers",
    "run_send_feedback": "run_api_send_feedback@seldon_workbench.companions.testers",
}

__all__ = [*_HOMES]

__getattr__ = names_of(__name__, _HOMES)
