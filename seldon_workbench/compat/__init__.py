"""``import seldon_core`` in user code: the real package where it is installed, ours where it is not.

Rule: switched on by the composition roots, never by the core. Classes are made in the rooms, and in the
modules beside this one; what stands under ``seldon_core/`` only names them, for its files may be imported
under two names.
"""

import sys
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

__all__ = ["SELDON_VERSION", "install"]

SELDON_VERSION = "1.18.2"
"""The version of seldon-core whose behaviour this is."""

_PACKAGE = Path(__file__).parent / "seldon_core"


class _LastResort:
    """Finds our ``seldon_core`` after everybody else has failed to find one."""

    @staticmethod
    def find_spec(name: str, path: Any = None, target: ModuleType | None = None) -> ModuleSpec | None:
        if name != _PACKAGE.name:
            return None
        return spec_from_file_location(
            name, _PACKAGE / "__init__.py", submodule_search_locations=[str(_PACKAGE)]
        )


def install() -> None:
    """Let ``import seldon_core`` succeed where the real package is absent."""
    if _LastResort not in sys.meta_path:
        sys.meta_path.append(_LastResort)
