"""The threads a component's code runs on: REST, gRPC and direct calls share them.

Rule: user code runs here and nowhere else. With one thread, the default, it always is the same
one, so models bound to a thread work and calls never overlap.
"""

import logging
import queue
import threading
import time
from collections.abc import Callable
from concurrent import futures
from dataclasses import dataclass
from typing import ParamSpec, TypeVar

from seldon_workbench.coroutines import close_loop

__all__ = ["Busy", "CallersThread", "WorkerThreads"]

logger = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Busy:
    """A thread that is still in a call."""

    thread: str
    what: str
    """The hook it is in, such as ``Model.predict``."""
    seconds: float
    """For how long."""


class _Slot(threading.local):
    """What the current thread is doing, if it is one of ours."""

    owner: "WorkerThreads | None" = None


_slot = _Slot()


# gRPC accepts a pool for single handlers only if it is a ThreadPoolExecutor. The standard one joins
# its threads when the interpreter exits, so one hung predict would keep a kernel from ending.
class WorkerThreads(futures.ThreadPoolExecutor):
    """A pool of daemon threads that knows what each of them is doing."""

    def __init__(self, count: int, name: str) -> None:
        super().__init__(max_workers=1)  # its own threads are only made by its own submit, unused here
        self._jobs: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._stopped = False
        self._doing: dict[str, tuple[str, float]] = {}
        self._pool = [
            threading.Thread(target=self._work, name=f"{name}-{number}", daemon=True)
            for number in range(count)
        ]
        for thread in self._pool:
            thread.start()

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> futures.Future[T]:
        """Run a call on one of the threads. Raises RuntimeError once stopped."""
        if self._stopped:
            raise RuntimeError("these worker threads are stopped")
        future: futures.Future[T] = futures.Future()

        def job() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                future.set_result(fn(*args, **kwargs))
            except BaseException as error:  # noqa: BLE001 - handed on to whoever waits for the future
                future.set_exception(error)

        self.post(job)
        return future

    def post(self, job: Callable[[], None]) -> None:
        """Run a call that answers for itself: nobody waits for it and it does not raise."""
        self._jobs.put(job)

    def run(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """The result of a call made on one of the threads: right here, if this is one of them."""
        if _slot.owner is self:
            return fn(*args, **kwargs)
        return self.submit(fn, *args, **kwargs).result()

    def enter(self, what: str) -> None:
        """Note that the current thread goes into ``what``."""
        self._doing[threading.current_thread().name] = (what, time.monotonic())

    def leave(self) -> None:
        """Note that the current thread came back."""
        self._doing.pop(threading.current_thread().name, None)

    def busy(self) -> list[Busy]:
        """The threads that are in user code now."""
        now = time.monotonic()
        return [
            Busy(thread=thread, what=what, seconds=now - since)
            for thread, (what, since) in sorted(self._doing.items())
        ]

    def stop(self, grace: float) -> list[Busy]:
        """Take no more calls, wait ``grace`` seconds for those under way; the ones that hang."""
        self._stopped = True
        for _ in self._pool:
            self._jobs.put(None)
        deadline = time.monotonic() + grace
        for thread in self._pool:
            if thread is not threading.current_thread():
                thread.join(max(0.0, deadline - time.monotonic()))
        return self.busy()

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """The standard library's name for ``stop``."""
        self.stop(grace=5.0 if wait else 0.0)

    def _work(self) -> None:
        _slot.owner = self
        while (job := self._jobs.get()) is not None:
            try:
                job()
            except BaseException:  # a thread outlives whatever goes wrong in one request
                logger.exception("a request could not be answered")
            del job  # an idle thread must not keep the last request's arrays alive
        close_loop()


class CallersThread(WorkerThreads):
    """No thread at all: a call runs on the one that asks, where somebody else keeps the threads."""

    def __init__(self) -> None:
        super().__init__(0, "")

    def post(self, job: Callable[[], None]) -> None:
        """Run a call right here."""
        job()
