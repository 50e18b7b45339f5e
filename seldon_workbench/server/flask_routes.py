"""What Flask routes: every path of the table, in every form a request may take.

Imported late, by the application that is about to serve: it takes as long as everything else.
"""

import logging
from collections.abc import Callable
from functools import partial
from typing import Any

import flask
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound

from seldon_workbench.errors import (
    PayloadError,
    PayloadTooLarge,
    RouteUnknown,
    VerbNotAllowed,
    WorkbenchError,
)
from seldon_workbench.headers import Pairs
from seldon_workbench.methods import METHODS, PREDICT, REST_PATHS, Input, Method
from seldon_workbench.metrics import CONTENT_TYPE
from seldon_workbench.server.compressed import unpacked
from seldon_workbench.server.form import FORM_TYPE, FormRequest, message_in
from seldon_workbench.server.http_reply import JSON_TYPE
from seldon_workbench.server.status import http_status, status_body
from seldon_workbench.settings import Settings

__all__ = ["flask_app"]

logger = logging.getLogger(__name__)

Answer = Callable[[Method, Any, Callable[[], Pairs]], tuple[int, bytes]]
"""HTTP status and body of a call, given its headers."""


def flask_app(
    answer: Answer, settings: Settings, exposition: Callable[[], bytes], blueprint: Any = None
) -> flask.Flask:
    """Every route of the table, health, metrics beside them, and what the component's blueprint adds."""
    routes = flask.Flask("seldon_workbench", static_folder=None)
    routes.request_class = FormRequest
    for method in METHODS:
        passes_through = settings.payload_passthrough and method is PREDICT
        read = partial(_body if passes_through else _payload, settings.max_body)
        for path in method.paths:
            routes.add_url_rule(path.path, path.path, _view(answer, method, read), methods=list(path.verbs))
    routes.add_url_rule("/health/ping", "ping", lambda: "pong")
    for path_of_metrics in {settings.metrics_path, "/metrics"} - REST_PATHS.keys():
        routes.add_url_rule(path_of_metrics, path_of_metrics, _metrics_view(exposition))
    routes.register_error_handler(WorkbenchError, _failure)
    routes.register_error_handler(HTTPException, _http_failure)
    routes.register_error_handler(Exception, _unexpected)
    if blueprint is not None:
        routes.register_blueprint(blueprint)  # last, so that its handlers win
    return routes


def _view(answer: Answer, method: Method, read: Callable[[], Any]) -> Callable[[], flask.Response]:
    def view() -> flask.Response:
        raw = None if method.input is Input.NOTHING else read()
        status, body = answer(method, raw, flask.request.headers.items)
        return flask.Response(body, status, content_type=JSON_TYPE)

    return view


def _metrics_view(exposition: Callable[[], bytes]) -> Callable[[], flask.Response]:
    def view() -> flask.Response:
        return flask.Response(exposition(), content_type=CONTENT_TYPE)

    return view


def _payload(max_body: int) -> bytes | str | dict[str, Any]:
    """The parts of a form, or the JSON text of a request: form field ``json``, query ``json``, the body."""
    request = flask.request
    if request.mimetype == FORM_TYPE:
        return message_in(request)
    text = request.form.get("json") or request.args.get("json")
    if text:
        return text
    if not request.is_json:
        raise PayloadError(
            "Can't find JSON in data", hint=f"send the payload as the body, with Content-Type: {JSON_TYPE}"
        )
    return unpacked(request.get_data(), request.headers.get("Content-Encoding", ""), max_body)


def _body(max_body: int) -> Any:
    """What a component gets under PAYLOAD_PASSTHROUGH: the body as it came, whatever it is."""
    request = flask.request
    if request.mimetype == FORM_TYPE:
        return message_in(request)
    body = request.get_data()
    return request.form.get("json") or request.args.get("json") or body


def _failure(failure: WorkbenchError) -> flask.Response:
    return flask.Response(status_body(failure), http_status(failure), content_type=JSON_TYPE)


def _http_failure(error: HTTPException) -> flask.Response:
    """Flask's own errors with Seldon's body and their real status. Redirects stay what they are."""
    if error.code is None or error.code < 400:
        return error.get_response()  # type: ignore[return-value]
    failure = _translated(error)
    response = flask.Response(status_body(failure), error.code, content_type=JSON_TYPE)
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return response


def _translated(error: HTTPException) -> WorkbenchError:
    path, verb = flask.request.path, flask.request.method
    if isinstance(error, NotFound):
        return RouteUnknown(f"nothing is served at {path}; methods are at {', '.join(REST_PATHS)}")
    if isinstance(error, MethodNotAllowed):
        return VerbNotAllowed(f"{verb} is not allowed at {path}; use {', '.join(error.valid_methods or ())}")
    if error.code == 413:
        return PayloadTooLarge(str(error))
    return PayloadError(str(error))


def _unexpected(error: Exception) -> flask.Response:
    logger.error("unexpected failure of the workbench itself", exc_info=error)
    return _failure(WorkbenchError(f"{type(error).__name__}: {error}"))
