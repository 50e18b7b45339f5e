"""Replies of a WSGI application: headers, refusals, and what lets pages of other origins read them."""

import logging
from collections.abc import Callable, Iterable
from typing import Any

from seldon_workbench.errors import VerbNotAllowed, WorkbenchError
from seldon_workbench.server.status import http_status, status_body, status_line

__all__ = [
    "JSON_TYPE",
    "READING",
    "Environ",
    "StartResponse",
    "refuse",
    "respond",
    "with_access_log",
    "with_cors",
]

access_logger = logging.getLogger("seldon_workbench.access")

StartResponse = Callable[..., Any]
Environ = dict[str, Any]

JSON_TYPE = "application/json"

READING = ("GET", "HEAD", "OPTIONS")
"""The verbs of what can only be read."""


def refuse(environ: Environ, start_response: StartResponse, failure: WorkbenchError) -> Iterable[bytes]:
    """Answer with the status body of a failure."""
    extra = [("Allow", ", ".join(READING))] if isinstance(failure, VerbNotAllowed) else []
    answer = respond(start_response, http_status(failure), status_body(failure), *extra)
    return () if environ["REQUEST_METHOD"] == "HEAD" else answer


def respond(
    start_response: StartResponse,
    status: int,
    body: bytes,
    *extra: tuple[str, str],
    content_type: str = JSON_TYPE,
) -> Iterable[bytes]:
    """Answer with a body."""
    headers = [("Content-Type", content_type), ("Content-Length", str(len(body))), *extra]
    start_response("200 OK" if status == 200 else status_line(status), headers)
    return (body,)


def with_access_log(environ: Environ, start_response: StartResponse) -> StartResponse:
    """``start_response`` that also writes a line of the access log."""

    def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        client, verb, path = environ.get("REMOTE_ADDR", "-"), environ["REQUEST_METHOD"], environ["PATH_INFO"]
        facts = {"client": client, "verb": verb, "path": path, "status": int(status.partition(" ")[0])}
        access_logger.info("%s - %s %s - %s", client, verb, path, status, extra=facts)
        return start_response(status, headers, exc_info)

    return start


def with_cors(environ: Environ, start_response: StartResponse) -> StartResponse:
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


_ALLOWED = "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"
"""What a preflight is told may be sent."""
