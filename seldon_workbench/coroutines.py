"""Awaiting a component's coroutines from the thread that calls it.

Rule: one event loop per thread, kept, so that what a component opens in one call (a session, a connection)
is there in the next.
"""

import asyncio
import contextvars
import threading
from types import CoroutineType
from typing import Any

__all__ = ["awaited", "close_loop"]


class _Loop(threading.local):
    """The event loop of the current thread, once one was needed."""

    runner: asyncio.Runner | None = None


_loop = _Loop()


def awaited(result: Any) -> Any:
    """What a call came to: a coroutine's result, or the result itself."""
    if not isinstance(result, CoroutineType):
        return result
    if _loop.runner is None:
        _loop.runner = asyncio.Runner()
    # The caller's context: a component may read flask.request in its coroutines too.
    return _loop.runner.run(result, context=contextvars.copy_context())


def close_loop() -> None:
    """End the current thread's event loop, if it has one."""
    if _loop.runner is not None:
        _loop.runner.close()
        _loop.runner = None
