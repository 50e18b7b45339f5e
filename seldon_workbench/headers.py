"""The headers of the request that is being answered, whichever wire it came over.

Rule: the servers tell where headers are to be found; nothing is read unless a component asks.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextvars import ContextVar

__all__ = ["REQUEST", "Headers", "request_headers"]

Pairs = Iterable[tuple[str, str]]


class Headers(Mapping[str, str]):
    """Header names, in any case, to their values; of a repeated one the last."""

    def __init__(self, pairs: Pairs = ()) -> None:
        self._values = {name.lower(): value for name, value in pairs}

    def __getitem__(self, name: str) -> str:
        return self._values[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"Headers({self._values!r})"


REQUEST: ContextVar[Callable[[], Pairs] | None] = ContextVar("seldon_workbench_request", default=None)
"""Where the headers of the current request are found."""


def request_headers() -> Headers:
    """HTTP headers over REST, call metadata over gRPC; empty outside a request."""
    read = REQUEST.get()
    return Headers(() if read is None else read())
