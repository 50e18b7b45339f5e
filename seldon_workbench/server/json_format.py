"""REST replies in another form than the default: not sorted, not escaped, indented.

Rule: replies are written as always and then written again. Only who asks for another form pays for it.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from seldon_workbench.server.http_reply import JSON_TYPE, Environ, StartResponse
from seldon_workbench.server.json_text import AS_GIVEN
from seldon_workbench.server.listener import App
from seldon_workbench.settings import Settings

__all__ = ["Formatted"]

_ORDER = (
    *("jsonData", "strData", "binData", "data", "meta"),
    *("tensor", "ndarray", "tftensor", "names"),
    *("tags", "metrics", "puid", "requestPath", "routing"),
    *("status", "info", "code", "reason"),
    *("name", "versions", "platform", "inputs", "outputs", "custom"),
)
"""The members of messages as Seldon writes them where it does not sort."""


class Formatted:
    """An application whose JSON is written as the settings say."""

    def __init__(self, app: App, settings: Settings) -> None:
        self._app = app
        self._keeps_order = not settings.json_sort_keys
        self._dump = json.JSONEncoder(
            ensure_ascii=settings.json_as_ascii,
            sort_keys=settings.json_sort_keys,
            indent=2 if settings.json_pretty else None,
            separators=(",", ": ") if settings.json_pretty else (",", ":"),
        ).encode

    def runs_user_code(self, path: str) -> bool:
        """Whether a request to this path has to wait for the component's threads."""
        return self._app.runs_user_code(path)

    def short_cut(self, request: Any, environ: Callable[[], Environ]) -> Any:
        """Status line, headers and body of a request that needs no WSGI; None for any other."""
        token = AS_GIVEN.set(self._keeps_order)
        try:
            shortened = self._app.short_cut(request, environ)
        finally:
            AS_GIVEN.reset(token)
        if shortened is None:
            return None
        status, headers, body = shortened
        return status, headers, self._formatted(body)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        started: list[Any] = []
        token = AS_GIVEN.set(self._keeps_order)
        try:
            answer = self._app(environ, lambda *given: started.append(given))
            body = b"".join(answer)
        finally:
            AS_GIVEN.reset(token)
        status, headers, *more = started[-1]
        if body and dict(headers).get("Content-Type") == JSON_TYPE:
            body = self._formatted(body)
            headers = [(name, value) for name, value in headers if name != "Content-Length"]
            headers.append(("Content-Length", str(len(body))))
        start_response(status, headers, *more)
        return (body,) if body else ()

    def _formatted(self, body: bytes) -> bytes:
        try:
            parsed = json.loads(body)
        except ValueError:  # what a component passes through may be anything
            return body
        if self._keeps_order and isinstance(parsed, dict):
            parsed = _in_order(parsed)
            parsed |= {name: _in_order(parsed[name]) for name in ("data", "meta", "status") if name in parsed}
        return self._dump(parsed).encode() + b"\n"


def _in_order(message: Any) -> Any:
    """A message, or a part of one, with its members in Seldon's order; those that are none come last."""
    if not isinstance(message, Mapping):
        return message
    known = {name: message[name] for name in _ORDER if name in message}
    return known | {name: value for name, value in message.items() if name not in known}
