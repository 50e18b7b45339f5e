"""``seldon_core.batch_processor``: a file of requests, sent to a deployment."""

from seldon_workbench.compat.lazy import names_of

_HOMES = {
    "start_multithreaded_batch_worker": "seldon_workbench.companions.batch",
}

__all__ = [*_HOMES]

__getattr__ = names_of(__name__, _HOMES)
