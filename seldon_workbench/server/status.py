"""What a failure is on each wire: HTTP status, gRPC status code, and Seldon's status body.

Rule: this is the one place that knows codes; a new error class gets its row here.
"""

from http import HTTPStatus
from typing import Any

from seldon_workbench import errors
from seldon_workbench.errors import ComponentFailed, WorkbenchError
from seldon_workbench.server.json_text import dump

__all__ = ["CODES", "grpc_code", "grpc_code_of", "http_status", "status_body"]

CODES: dict[type[WorkbenchError], tuple[int, str]] = {
    WorkbenchError: (500, "INTERNAL"),
    errors.PayloadError: (400, "INVALID_ARGUMENT"),
    errors.PayloadTooLarge: (413, "RESOURCE_EXHAUSTED"),
    errors.HookMissing: (400, "UNIMPLEMENTED"),
    errors.Unhealthy: (503, "UNAVAILABLE"),
    errors.ComponentFailed: (500, "INTERNAL"),
    errors.ReplyError: (500, "INTERNAL"),
    errors.UnknownReturnType: (400, "INVALID_ARGUMENT"),
    errors.BadMetric: (500, "INTERNAL"),
    errors.BadMetadata: (500, "FAILED_PRECONDITION"),
    errors.RequestRefused: (403, "PERMISSION_DENIED"),
    errors.RouteUnknown: (404, "UNIMPLEMENTED"),
    errors.VerbNotAllowed: (405, "UNIMPLEMENTED"),
    errors.SetupError: (503, "UNAVAILABLE"),
    errors.SessionStateError: (503, "UNAVAILABLE"),
}
"""HTTP status and gRPC status code per kind of failure; a subclass without a row has its base's."""

_GRPC_OF_HTTP = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ABORTED",
    412: "FAILED_PRECONDITION",
    429: "RESOURCE_EXHAUSTED",
    501: "UNIMPLEMENTED",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}


def http_status(failure: WorkbenchError) -> int:
    """The HTTP status of a failure: the component's own choice where it made one that HTTP knows."""
    if isinstance(failure, ComponentFailed):
        chosen = failure.status_code
        if chosen is None and _is_of_flask(failure.original):
            chosen = getattr(failure.original, "code", None)
        if type(chosen) is int and 200 <= chosen <= 599:
            return chosen
    return _codes(failure)[0]


def grpc_code(failure: WorkbenchError) -> str:
    """The name of the gRPC status code of a failure."""
    return grpc_code_of(http_status(failure)) if isinstance(failure, ComponentFailed) else _codes(failure)[1]


def grpc_code_of(status: int) -> str:
    """The name of the gRPC status code that comes closest to an HTTP status."""
    default = "INVALID_ARGUMENT" if 400 <= status < 500 else "INTERNAL"
    return _GRPC_OF_HTTP.get(status, default)


def status_line(code: int) -> str:
    """``404 Not Found``."""
    try:
        return f"{code} {HTTPStatus(code).phrase}"
    except ValueError:
        return f"{code} Unknown"


def status_body(failure: WorkbenchError) -> bytes:
    """Seldon's error body: always code -1 and status 1 (FAILURE)."""
    info: Any = failure.text
    if isinstance(failure, ComponentFailed):
        info = getattr(failure.original, "message", info) if failure.status_code is not None else info
    try:
        shown = dump(info)
    except errors.ReplyError:
        shown = dump(str(info))
    reason = dump(failure.reason)
    return b'{"status":{"code":-1,"info":%b,"reason":%b,"status":1}}\n' % (shown, reason)


def _is_of_flask(exception: BaseException) -> bool:
    """Whether this is what ``flask.abort`` raises. A ``code`` of any other exception is no answer of ours."""
    return any(
        base.__name__ == "HTTPException" and base.__module__.startswith("werkzeug.")
        for base in type(exception).__mro__
    )


def _codes(failure: WorkbenchError) -> tuple[int, str]:
    return next(CODES[kind] for kind in type(failure).__mro__ if kind in CODES)
