"""``seldon_core.serving_test_gen``: a contract from a table of data."""

from seldon_workbench.compat.lazy import names_of

_HOMES = {
    "create_seldon_api_testing_file": "seldon_workbench.companions.contract",
}

__all__ = [*_HOMES]

__getattr__ = names_of(__name__, _HOMES)
