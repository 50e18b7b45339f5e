"""The WSGI application of the metrics port."""

from collections.abc import Callable, Iterable
from typing import Any

from seldon_workbench.errors import RouteUnknown, VerbNotAllowed, WorkbenchError
from seldon_workbench.metrics import CONTENT_TYPE
from seldon_workbench.server.guard import Guard
from seldon_workbench.server.http_reply import (
    READING,
    Environ,
    StartResponse,
    refuse,
    respond,
    with_access_log,
    with_cors,
)

__all__ = ["MetricsApp"]


class MetricsApp:
    """Serves what was recorded, and nothing else."""

    def __init__(
        self,
        exposition: Callable[[], bytes],
        path: str,
        guard: Guard | None = None,
        *,
        cors: bool = False,
        is_logged: bool = False,
    ) -> None:
        self._exposition = exposition
        self._path = path
        self._guard = guard
        self._cors = cors
        self._is_logged = is_logged

    def short_cut(self, request: Any, environ: Callable[[], Environ]) -> None:
        """Never: a scrape is in no hurry."""

    def runs_user_code(self, path: str) -> bool:
        """Never: what is exposed was recorded before."""
        return False

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        verb, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        if self._is_logged:
            start_response = with_access_log(environ, start_response)
        try:
            if self._guard is not None:
                self._guard.check(environ.get("HTTP_HOST"), environ.get("HTTP_ORIGIN"))
            if self._cors:
                start_response = with_cors(environ, start_response)
            if path not in (self._path, "/metrics"):
                raise RouteUnknown(f"no metrics at {path}; they are at {self._path}")
            if verb not in READING:
                raise VerbNotAllowed(f"{verb} is not allowed; use {', '.join(READING)}")
        except WorkbenchError as failure:
            return refuse(environ, start_response, failure)
        if verb == "OPTIONS":
            return respond(start_response, 200, b"", ("Allow", ", ".join(READING)))
        answer = respond(start_response, 200, self._exposition(), content_type=CONTENT_TYPE)
        return () if verb == "HEAD" else answer
