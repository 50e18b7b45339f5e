"""REST: turns HTTP requests into calls of the dispatcher and replies into HTTP. Decides nothing else.

Rule: the plain case, a JSON POST to a method, takes a short cut past WSGI and Flask's router; everything
else is Flask's. Both run inside Flask's request context, because components read ``flask.request``.
"""

import io
import logging
from collections.abc import Callable, Iterable, Mapping
from typing import IO, Any, Protocol

import flask
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound

from seldon_workbench.dispatch import Dispatcher
from seldon_workbench.errors import (
    PayloadError,
    PayloadTooLarge,
    RouteUnknown,
    VerbNotAllowed,
    WorkbenchError,
)
from seldon_workbench.message import Codec
from seldon_workbench.methods import (
    HEALTH_STATUS,
    METADATA,
    METHODS,
    SEND_FEEDBACK,
    Input,
    Method,
)
from seldon_workbench.metrics import CONTENT_TYPE
from seldon_workbench.server.flask_context import request_context
from seldon_workbench.server.guard import Guard
from seldon_workbench.server.json_codec import JSON
from seldon_workbench.server.json_text import dump
from seldon_workbench.server.proto_json import PROTO_JSON
from seldon_workbench.server.status import http_status, status_body, status_line
from seldon_workbench.settings import Settings

__all__ = ["MetricsApp", "RestApp"]

logger = logging.getLogger(__name__)
access_logger = logging.getLogger("seldon_workbench.access")


class PlainRequest(Protocol):
    """A complete request, as the listener read it; header names in capitals, with underscores."""

    command: str
    path: str
    query: str
    headers: Mapping[str, str]

    def get_body_stream(self) -> IO[bytes]:
        """The body."""


Shortened = tuple[str, list[tuple[str, str]], bytes]

StartResponse = Callable[..., Any]
Environ = dict[str, Any]

_JSON = "application/json"
_BY_PATH = {path.path: method for method in METHODS for path in method.paths}
_POSTED = {
    path.path: method
    for method in METHODS
    for path in method.paths
    if "POST" in path.verbs and method.input is not Input.NOTHING
}
_ALLOWED = "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"


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
        self._flask = _flask_app(self, settings, exposition)
        cors = [("Access-Control-Allow-Origin", "*")] if settings.cors and guard is None else []
        self._plain_headers = [("Content-Type", _JSON), *cors]

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        start_response = self._logged(environ, start_response)
        try:
            if self._guard is not None:
                self._guard.check(environ.get("HTTP_HOST"), environ.get("HTTP_ORIGIN"))
            if self._settings.cors:
                start_response = _with_cors(environ, start_response)
        except WorkbenchError as failure:
            return _refuse(environ, start_response, failure)
        return self._flask(environ, start_response)

    def runs_user_code(self, path: str) -> bool:
        """Whether a request to this path has to wait for the component's threads."""
        method = _BY_PATH.get(path)
        if method is None or not method.runs_user_code:
            return False
        return not (method is HEALTH_STATUS and self.dispatcher.component.is_silent)

    def answer(self, method: Method, raw: Any) -> tuple[int, bytes]:
        """HTTP status and body of a call."""
        try:
            if method is METADATA:
                return 200, dump(self.dispatcher.metadata().to_dict()) + b"\n"
            reply: bytes = self.dispatcher.call(method, raw, _codec(method))
            return 200, reply
        except WorkbenchError as failure:
            return http_status(failure), status_body(failure)
        except Exception:
            logger.exception("%s: unexpected failure of the workbench itself", method.name)
            raise

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
                self._guard.check(headers.get("HOST"), headers.get("ORIGIN"))
        except WorkbenchError:
            return None  # refused the long way
        raw = _body_of(request)
        with request_context(self._flask, environ, raw):
            status, body = self.answer(method, raw)
        return ("200 OK" if status == 200 else status_line(status)), self._plain_headers, body

    def _is_plain(self, request: PlainRequest) -> bool:
        headers = request.headers
        return (
            request.command == "POST"
            and not request.query
            and headers.get("CONTENT_TYPE", "").partition(";")[0].strip().lower() == _JSON
            and "CONTENT_ENCODING" not in headers
            and "ORIGIN" not in headers
            and not self._settings.access_log
        )

    def _logged(self, environ: Environ, start_response: StartResponse) -> StartResponse:
        """``start_response`` with the access log, where that is switched on."""
        if not self._settings.access_log:
            return start_response

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            request = f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}"
            access_logger.info("%s - %s - %s", environ.get("REMOTE_ADDR", "-"), request, status)
            return start_response(status, headers, exc_info)

        return start


class MetricsApp:
    """The WSGI application of the metrics port."""

    def __init__(
        self, exposition: Callable[[], bytes], path: str, guard: Guard | None = None, *, cors: bool = False
    ) -> None:
        self._exposition = exposition
        self._path = path
        self._guard = guard
        self._cors = cors

    def short_cut(self, request: PlainRequest, environ: Callable[[], Environ]) -> None:
        """Never: a scrape is in no hurry."""

    def runs_user_code(self, path: str) -> bool:
        """Never: what is exposed was recorded before."""
        return False

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        verb, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        try:
            if self._guard is not None:
                self._guard.check(environ.get("HTTP_HOST"), environ.get("HTTP_ORIGIN"))
            if self._cors:
                start_response = _with_cors(environ, start_response)
            if path not in (self._path, "/metrics"):
                raise RouteUnknown(f"no metrics at {path}; they are at {self._path}")
            if verb not in _READING:
                raise VerbNotAllowed(f"{verb} is not allowed; use {', '.join(_READING)}")
        except WorkbenchError as failure:
            return _refuse(environ, start_response, failure)
        if verb == "OPTIONS":
            return _respond(start_response, 200, b"", ("Allow", ", ".join(_READING)))
        answer = _respond(start_response, 200, self._exposition(), content_type=CONTENT_TYPE)
        return () if verb == "HEAD" else answer


_READING = ("GET", "HEAD", "OPTIONS")
"""The verbs of what can only be read."""


def _refuse(environ: Environ, start_response: StartResponse, failure: WorkbenchError) -> Iterable[bytes]:
    extra = [("Allow", ", ".join(_READING))] if isinstance(failure, VerbNotAllowed) else []
    answer = _respond(start_response, http_status(failure), status_body(failure), *extra)
    return () if environ["REQUEST_METHOD"] == "HEAD" else answer


def _respond(
    start_response: StartResponse,
    status: int,
    body: bytes,
    *extra: tuple[str, str],
    content_type: str = _JSON,
) -> Iterable[bytes]:
    headers = [("Content-Type", content_type), ("Content-Length", str(len(body))), *extra]
    start_response("200 OK" if status == 200 else status_line(status), headers)
    return (body,)


def _body_of(request: PlainRequest) -> bytes:
    stream = request.get_body_stream()
    # A buffer in memory gives itself away without being copied.
    return stream.getvalue() if isinstance(stream, io.BytesIO) else stream.read()


def _codec(method: Method) -> Codec:
    return PROTO_JSON if method is SEND_FEEDBACK else JSON


def _with_cors(environ: Environ, start_response: StartResponse) -> StartResponse:
    """``start_response`` with the headers that let a page of any origin read the reply."""

    def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        return start_response(status, headers + _cors_headers(environ), exc_info)

    return start


def _cors_headers(environ: Environ) -> list[tuple[str, str]]:
    origin = environ.get("HTTP_ORIGIN")
    if origin is None:
        return [("Access-Control-Allow-Origin", "*")]
    headers = [("Access-Control-Allow-Origin", origin), ("Vary", "Origin")]
    if environ["REQUEST_METHOD"] == "OPTIONS" and "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in environ:
        headers.append(("Access-Control-Allow-Methods", _ALLOWED))
        asked = environ.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS")
        if asked:
            named = ", ".join(name.strip() for name in asked.split(","))
            headers.append(("Access-Control-Allow-Headers", named))
    return headers


# ---- what Flask routes ---------------------------------------------------------------------------


def _flask_app(app: RestApp, settings: Settings, exposition: Callable[[], bytes]) -> flask.Flask:
    routes = flask.Flask("seldon_workbench", static_folder=None)
    for method in METHODS:
        for path in method.paths:
            routes.add_url_rule(path.path, path.path, _view(app, method), methods=list(path.verbs))
    routes.add_url_rule("/health/ping", "ping", lambda: "pong")
    for path_of_metrics in {settings.metrics_path, "/metrics"} - _BY_PATH.keys():
        routes.add_url_rule(path_of_metrics, path_of_metrics, _metrics_view(exposition))
    routes.register_error_handler(WorkbenchError, _failure)
    routes.register_error_handler(HTTPException, _http_failure)
    routes.register_error_handler(Exception, _unexpected)
    return routes


def _view(app: RestApp, method: Method) -> Callable[[], flask.Response]:
    def view() -> flask.Response:
        raw = None if method.input is Input.NOTHING else _payload()
        status, body = app.answer(method, raw)
        return flask.Response(body, status, content_type=_JSON)

    return view


def _metrics_view(exposition: Callable[[], bytes]) -> Callable[[], flask.Response]:
    def view() -> flask.Response:
        return flask.Response(exposition(), content_type=CONTENT_TYPE)

    return view


def _payload() -> bytes | str:
    """The JSON text of a request: form field ``json``, then query ``json``, then the body."""
    request = flask.request
    text = request.form.get("json") or request.args.get("json")
    if text:
        return text
    if not request.is_json:
        raise PayloadError(
            "Can't find JSON in data", hint=f"send the payload as the body, with Content-Type: {_JSON}"
        )
    return request.get_data()


def _failure(failure: WorkbenchError) -> flask.Response:
    return flask.Response(status_body(failure), http_status(failure), content_type=_JSON)


def _http_failure(error: HTTPException) -> flask.Response:
    """Flask's own errors with Seldon's body and their real status. Redirects stay what they are."""
    if error.code is None or error.code < 400:
        return error.get_response()  # type: ignore[return-value]
    failure = _translated(error)
    response = flask.Response(status_body(failure), error.code, content_type=_JSON)
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return response


def _translated(error: HTTPException) -> WorkbenchError:
    path, verb = flask.request.path, flask.request.method
    if isinstance(error, NotFound):
        return RouteUnknown(f"nothing is served at {path}; methods are at {', '.join(_BY_PATH)}")
    if isinstance(error, MethodNotAllowed):
        return VerbNotAllowed(f"{verb} is not allowed at {path}; use {', '.join(error.valid_methods or ())}")
    if error.code == 413:
        return PayloadTooLarge(str(error))
    return PayloadError(str(error))


def _unexpected(error: Exception) -> flask.Response:
    logger.error("unexpected failure of the workbench itself", exc_info=error)
    return _failure(WorkbenchError(f"{type(error).__name__}: {error}"))
