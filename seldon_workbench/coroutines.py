"""Awaiting a component's coroutines from the thread that calls it.

Rule: one event loop per thread, kept, so that what a component opens in one call (a session, a connection)
is there in the next.
"""

import asyncio
import contextvars
import threading
from concurrent import futures
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
    # The caller's context: a component may read flask.request in its coroutines too.
    context = contextvars.copy_context()
    if _runs_a_loop():  # a test client in a notebook's main thread
        with futures.ThreadPoolExecutor(1) as elsewhere:
            return elsewhere.submit(context.run, asyncio.run, result).result()
    if _loop.runner is None:
        _loop.runner = asyncio.Runner()
    return _loop.runner.run(result, context=context)


def _runs_a_loop() -> bool:
    """Whether the current thread is within an event loop, where no other can run."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def close_loop() -> None:
    """End the current thread's event loop, if it has one."""
    if _loop.runner is not None:
        _loop.runner.close()
        _loop.runner = None
