"""``seldon_core.microservice_tester``: requests made from a contract, sent to a component."""

from seldon_workbench.compat.lazy import names_of

_HOMES = {
    "SeldonTesterException": "seldon_workbench.companions.contract",
    "generate_batch": "seldon_workbench.companions.contract",
    "run_method": "seldon_workbench.companions.testers",
    "run_send_feedback": "seldon_workbench.companions.testers",
    "unfold_contract": "seldon_workbench.companions.contract",
}

__all__ = [*_HOMES]

__getattr__ = names_of(__name__, _HOMES)
