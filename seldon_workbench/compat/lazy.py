"""Names that a module has without importing where they come from, before somebody asks for them."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

__all__ = ["names_of"]


def names_of(module: str, homes: Mapping[str, str]) -> Callable[[str], Any]:
    """A module's ``__getattr__``: ``homes`` says where each name is, as ``module`` or ``name@module``."""

    def find(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        there, _, home = homes[name].rpartition("@")
        return getattr(import_module(home), there or name)

    return find
