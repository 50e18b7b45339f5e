"""``seldon_core.storage``: where a model lies."""

from seldon_workbench.storage import Storage

__all__ = ["Storage"]
