"""Flask's request context around a component, made when somebody looks and not before.

Components may read ``flask.request``; few do. Pushing a real context costs as much as the rest of a
small request. So what is put where Flask looks is an object that makes the request when it is asked.
Where Flask keeps its contexts is not part of its public interface: should it move, a real context is
pushed and everything works, slower.
"""

import io
from collections.abc import Callable
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any

import flask
from flask.sessions import NullSession
from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder

try:
    from flask.globals import _cv_app, _cv_request
except ImportError:
    _cv_app = _cv_request = None  # type: ignore[assignment]

__all__ = ["call_context", "request_context"]

Environ = dict[str, Any]


def request_context(
    app: flask.Flask, environ: Callable[[], Environ], raw: bytes
) -> AbstractContextManager[object]:
    """A context in which ``flask.request`` is the request of that environ, whose body was read already."""

    def whole() -> Environ:
        return environ() | {"wsgi.input": io.BytesIO(raw)}

    return app.request_context(whole()) if _cv_request is None else _LateContext(app, whole)


def call_context(headers: Callable[[], list[tuple[str, str]]]) -> AbstractContextManager[object]:
    """A context in which ``flask.request`` has the headers of a gRPC call, and nothing else."""

    def environ() -> Environ:
        return EnvironBuilder(method="POST", headers=Headers(headers())).get_environ()

    return _CALLS.request_context(environ()) if _cv_request is None else _LateContext(_CALLS, environ)


_CALLS = flask.Flask("seldon_workbench.calls", static_folder=None)
"""What a gRPC call's request belongs to."""


class _LateContext:
    """What Flask's proxies look at: the request, the session, ``g`` and the application."""

    url_adapter = None
    flashes = None

    def __init__(self, app: flask.Flask, environ: Callable[[], Environ]) -> None:
        self.app = app
        self._environ = environ

    def __enter__(self) -> "_LateContext":
        self._tokens = _cv_app.set(self), _cv_request.set(self)  # type: ignore[arg-type]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        app_token, request_token = self._tokens
        _cv_request.reset(request_token)
        _cv_app.reset(app_token)

    def __getattr__(self, name: str) -> Any:
        # Only asked for what is not there yet; made once, then an attribute like any other.
        make = _LATE.get(name)
        if make is None:
            if name.startswith("_"):
                raise AttributeError(name)
            # Whatever else Flask's context can do, such as copy itself for another thread.
            return getattr(self.app.request_context(self._environ()), name)
        made = make(self)
        setattr(self, name, made)
        return made


_LATE: dict[str, Callable[[_LateContext], Any]] = {
    "request": lambda context: context.app.request_class(context._environ()),
    "session": lambda context: NullSession(),
    "g": lambda context: context.app.app_ctx_globals_class(),
    "_after_request_functions": lambda context: [],
}
