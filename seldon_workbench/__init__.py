"""Seldon Core v1's Python wrapper server in a notebook kernel or a terminal.

    from seldon_workbench import Session

    session = Session()
    session.load("iris.py:IrisClassifier")
    print(session.start())

Importing this imports nothing heavy: names are looked up when they are first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from seldon_workbench.component import SeldonComponent
    from seldon_workbench.errors import (
        SeldonMicroserviceException,
        SeldonNotImplementedError,
        WorkbenchError,
    )
    from seldon_workbench.headers import request_headers
    from seldon_workbench.message import SeldonResponse
    from seldon_workbench.session import Session, Sessions
    from seldon_workbench.settings import Settings

__version__ = "0.1.0"

__all__ = [
    "SeldonComponent",
    "SeldonMicroserviceException",
    "SeldonNotImplementedError",
    "SeldonResponse",
    "Session",
    "Sessions",
    "Settings",
    "WorkbenchError",
    "__version__",
    "load_ipython_extension",
    "request_headers",
    "unload_ipython_extension",
]

_HOME = {
    "SeldonComponent": "component",
    "SeldonMicroserviceException": "errors",
    "SeldonNotImplementedError": "errors",
    "SeldonResponse": "message",
    "Session": "session",
    "Sessions": "session",
    "Settings": "settings",
    "WorkbenchError": "errors",
    "request_headers": "headers",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name in ("Session", "Sessions"):
        import_module(f"{__name__}.compat").install()
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)


def load_ipython_extension(shell: Any) -> None:
    """``%load_ext seldon_workbench``."""
    import_module(f"{__name__}.compat").install()
    import_module(f"{__name__}.notebook.magic").register(shell)


def unload_ipython_extension(shell: Any) -> None:
    """``%unload_ext seldon_workbench``: stops what this kernel serves."""
    import_module(f"{__name__}.notebook.magic").unregister(shell)
