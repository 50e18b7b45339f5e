"""REST: turns HTTP requests into calls of the dispatcher and replies into HTTP. Decides nothing else.

Rule: the plain case, a JSON POST to a method, takes a short cut past WSGI and Flask's router; everything
else is Flask's. Both run inside Flask's request context, because components read ``flask.request``.
"""

import io
import logging
from collections.abc import Callable, Iterable, Mapping
from typing import IO, Any, Protocol

from seldon_workbench.dispatch import Dispatcher
from seldon_workbench.errors import ComponentFailed, WorkbenchError
from seldon_workbench.headers import REQUEST, Pairs
from seldon_workbench.message import Codec
from seldon_workbench.methods import (
    METADATA,
    METHODS,
    PREDICT,
    REST_PATHS,
    SEND_FEEDBACK,
    Input,
    Method,
)
from seldon_workbench.server.guard import Guard
from seldon_workbench.server.http_reply import (
    JSON_TYPE,
    Environ,
    StartResponse,
    refuse,
    with_access_log,
    with_cors,
)
from seldon_workbench.server.json_text import dump
from seldon_workbench.server.status import http_status, status_body, status_line
from seldon_workbench.server.wires import PASSTHROUGH, PLAIN_FEEDBACK, REST, REST_FEEDBACK, Body
from seldon_workbench.settings import Settings

__all__ = ["RestApp"]

logger = logging.getLogger(__name__)


class PlainRequest(Protocol):
    """A complete request, as the listener read it; header names in capitals, with underscores."""

    command: str
    path: str
    query: str
    headers: Mapping[str, str]

    def get_body_stream(self) -> IO[bytes]:
        """The body."""


Shortened = tuple[str, list[tuple[str, str]], bytes]

_POSTED = {
    path.path: method
    for method in METHODS
    for path in method.paths
    if "POST" in path.verbs and method.input is not Input.NOTHING
}


class RestApp:
    """The WSGI application of one component."""

    def __init__(
        self,
        dispatcher: Dispatcher,
        *,
        settings: Settings,
        exposition: Callable[[], bytes],
        guard: Guard | None = None,
    ) -> None:
        self.dispatcher = dispatcher
        self._settings = settings
        self._guard = guard
        # Importing Flask takes as long as everything else: here, a kernel pays for it when it serves.
        from seldon_workbench.server.flask_context import request_context
        from seldon_workbench.server.flask_pages import add_pages
        from seldon_workbench.server.flask_routes import flask_app
        from seldon_workbench.server.user_errors import UserErrors, blueprint_of

        blueprint = blueprint_of(dispatcher.component.subject)
        self._user_errors = None if blueprint is None else UserErrors(blueprint)
        self.flask = flask_app(self.answer, settings, exposition, blueprint)
        add_pages(self.flask, dispatcher, settings)
        theirs = f"{blueprint.name}." if blueprint is not None else "."
        self._own_paths = frozenset(
            rule.rule for rule in self.flask.url_map.iter_rules() if not rule.endpoint.startswith(theirs)
        )
        self._request_context = request_context
        cors = [("Access-Control-Allow-Origin", "*")] if settings.cors and guard is None else []
        self._plain_headers = [("Content-Type", JSON_TYPE), *cors]

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        if self._settings.access_log:
            start_response = with_access_log(environ, start_response)
        try:
            if self._guard is not None:
                path = environ["PATH_INFO"]
                is_guarded = path in _POSTED or self._is_of_blueprint(path)
                site = environ.get("HTTP_SEC_FETCH_SITE") if is_guarded else None
                self._guard.check(environ.get("HTTP_HOST"), environ.get("HTTP_ORIGIN"), site)
            if self._settings.cors:
                start_response = with_cors(environ, start_response)
        except WorkbenchError as failure:
            return refuse(environ, start_response, failure)
        return self.flask(environ, start_response)

    def runs_user_code(self, path: str) -> bool:
        """Whether a request to this path has to wait for the component's threads."""
        method = REST_PATHS.get(path)
        if method is None:
            return self._is_of_blueprint(path)
        return self.dispatcher.runs_user_code(method)

    def _is_of_blueprint(self, path: str) -> bool:
        return self._user_errors is not None and path not in self._own_paths

    def answer(self, method: Method, raw: Any, headers: Callable[[], Pairs]) -> tuple[int, bytes]:
        """HTTP status and body of a call.

        Raises what the component raised, if its own handlers are to answer that.
        """
        read = REQUEST.set(headers)
        try:
            if method is METADATA:
                return 200, dump(self.dispatcher.metadata().to_dict()) + b"\n"
            reply: bytes = self.dispatcher.call(method, raw, self._codec(method))
            # Seldon takes the status of a raw reply over for predictions alone.
            status = reply.status if method is PREDICT and isinstance(reply, Body) else 200
            return status, reply
        except WorkbenchError as failure:
            if isinstance(failure, ComponentFailed) and self._is_the_users(failure.original):
                raise failure.original from failure.original.__cause__
            return http_status(failure), status_body(failure)
        except Exception:
            logger.exception("%s: unexpected failure of the workbench itself", method.name)
            raise
        finally:
            REQUEST.reset(read)

    def _is_the_users(self, error: BaseException) -> bool:
        return self._user_errors is not None and self._user_errors.handles(error)

    def _codec(self, method: Method) -> Codec:
        if method is SEND_FEEDBACK:
            return PLAIN_FEEDBACK if "plain-feedback" in self._settings.improvements else REST_FEEDBACK
        return PASSTHROUGH if self._settings.payload_passthrough and method is PREDICT else REST

    def short_cut(self, request: PlainRequest, environ: Callable[[], Environ]) -> Shortened | None:
        """Status line, headers and body for a JSON POST to a method and nothing unusual; None for the rest.

        ``environ`` makes the WSGI environment, should the component ask for ``flask.request``.
        """
        method = _POSTED.get(request.path)
        if method is None or not self._is_plain(request):
            return None
        headers = request.headers
        try:
            if self._guard is not None:
                self._guard.check(headers.get("HOST"), headers.get("ORIGIN"), headers.get("SEC_FETCH_SITE"))
        except WorkbenchError:
            return None  # refused the long way
        raw = _body_of(request)
        with self._request_context(self.flask, environ, raw):
            status, body = self.answer(method, raw, lambda: _pairs(headers))
        return ("200 OK" if status == 200 else status_line(status)), self._plain_headers, body

    def _is_plain(self, request: PlainRequest) -> bool:
        headers = request.headers
        return (
            request.command == "POST"
            and not request.query
            and self._user_errors is None  # a blueprint may look at every request
            and headers.get("CONTENT_TYPE", "").partition(";")[0].strip().lower() == JSON_TYPE
            and "CONTENT_ENCODING" not in headers
            and "ORIGIN" not in headers
            and not self._settings.access_log
        )


def _body_of(request: PlainRequest) -> bytes:
    stream = request.get_body_stream()
    # A buffer in memory gives itself away without being copied.
    return stream.getvalue() if isinstance(stream, io.BytesIO) else stream.read()


def _pairs(headers: Mapping[str, str]) -> Pairs:
    return ((name.replace("_", "-"), value) for name, value in headers.items())
