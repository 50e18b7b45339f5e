"""``seldon_core.version``: the version whose behaviour this is."""

from seldon_workbench.compat import SELDON_VERSION as __version__

__all__ = ["__version__"]
