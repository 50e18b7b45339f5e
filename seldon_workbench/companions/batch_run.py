"""Runs a batch: reads lines, lets workers send them, writes what came back in the order of the input.

Rule: memory does not grow with the file. Only so many groups of lines are on their way at a time, and a
slow one holds those behind it back.
"""

import collections
import dataclasses
import itertools
import math
import queue
import random
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError, Future
from concurrent.futures import TimeoutError as NotYet
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, TextIO

from seldon_workbench.companions.batch_lines import Job, Line, Request, answers, failures, requests_of
from seldon_workbench.companions.seldon_client import SeldonClient
from seldon_workbench.errors import PayloadError, WorkbenchError

__all__ = ["Batch", "Summary", "run"]

_AHEAD = 4
"""Groups of lines per worker that are read ahead, or wait to be written behind a slow one."""

_GRACE = 5.0
"""Seconds that requests on their way have to be answered once a batch is interrupted."""

_LOOK = 0.2
"""Seconds after which somebody who waits looks whether the batch was interrupted."""

_FIRST_DELAY, _LONGEST_DELAY = 0.1, 5.0
"""Seconds before the second attempt, and at most before any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What is sent, how, and where its output goes."""

    job: Job
    source: Path
    output: Path
    workers: int = 1
    attempts: int = 3
    size: int = 1
    """Lines per request."""
    interval: float = 0.0
    """Seconds between the requests of one worker, at least."""


@dataclass(frozen=True, slots=True)
class Summary:
    """How far a batch is, or how it went."""

    lines: int = 0
    """Lines written."""
    failed: int = 0
    bytes_read: int = 0
    seconds: float = 0.0
    is_interrupted: bool = False


@dataclass(frozen=True, slots=True)
class _Done:
    """What became of a group of lines."""

    output: list[str]
    failed: int
    size: int


def run(
    batch: Batch,
    client: SeldonClient,
    told: Callable[[Summary], None] = lambda _: None,
    ended: threading.Event | None = None,
) -> Summary:
    """Send a batch; ``told`` hears of its progress, ``ended`` ends it early, its output whole lines.

    Raises OSError for a file that cannot be read or written.
    """
    started = time.monotonic()
    ended = ended or threading.Event()
    with batch.source.open("rb") as source, batch.output.open("w", encoding="utf-8") as output:
        workers = _Workers(batch, client, ended)
        tally = _Tally(output, told, started)
        try:
            for done in workers.answers(_groups(source, batch.size)):
                tally.write(done)
            is_interrupted = ended.is_set()
        finally:
            workers.stop()
    return dataclasses.replace(
        tally.summary, seconds=time.monotonic() - started, is_interrupted=is_interrupted
    )


def _groups(source: BinaryIO, size: int) -> Iterator[list[Line]]:
    lines = _lines(source)
    while group := list(itertools.islice(lines, size)):
        yield group


def _lines(source: BinaryIO) -> Iterator[Line]:
    """The lines that are not blank."""
    passed = 0
    for index, raw in enumerate(source):
        passed += len(raw)
        if raw.strip():
            yield Line(index, raw.decode("utf-8", errors="replace"), passed)
            passed = 0


class _Tally:
    """Writes what is done, and counts it."""

    def __init__(self, output: TextIO, told: Callable[[Summary], None], started: float) -> None:
        self._output = output
        self._told = told
        self._started = started
        self.summary = Summary()

    def write(self, done: _Done) -> None:
        """Write the lines of one group, whole, and say how far the batch is."""
        self._output.write("".join(f"{line}\n" for line in done.output))
        self._output.flush()
        before = self.summary
        self.summary = Summary(
            before.lines + len(done.output),
            before.failed + done.failed,
            before.bytes_read + done.size,
            time.monotonic() - self._started,
        )
        self._told(self.summary)


class _Workers:
    """Threads that send groups of lines. They are daemons: a server that hangs keeps no process alive."""

    def __init__(self, batch: Batch, client: SeldonClient, ended: threading.Event) -> None:
        self._batch = batch
        self._client = client
        self._waiting: queue.SimpleQueue[tuple[list[Line], Future[_Done]] | None] = queue.SimpleQueue()
        self._ahead: collections.deque[Future[_Done]] = collections.deque()
        self._ended = ended
        for number in range(batch.workers):
            threading.Thread(target=self._work, name=f"seldon-batch-{number}", daemon=True).start()

    def answers(self, groups: Iterable[list[Line]]) -> Iterator[_Done]:
        """What becomes of each group, in order, until the first that is not begun or not done in time."""
        for group in groups:
            future: Future[_Done] = Future()
            self._ahead.append(future)
            self._waiting.put((group, future))
            while self._is_full() or (self._ahead and self._ahead[0].done()):
                if (done := self._first()) is None:
                    return
                yield done
        while self._ahead and (done := self._first()) is not None:
            yield done

    def stop(self) -> None:
        """Begin no more requests."""
        self._ended.set()
        for _ in range(self._batch.workers):
            self._waiting.put(None)

    def _is_full(self) -> bool:
        return len(self._ahead) >= _AHEAD * self._batch.workers

    def _first(self) -> _Done | None:
        """What becomes of the group that is first in line; None if the batch ends before it is done."""
        first, deadline = self._ahead.popleft(), math.inf
        while time.monotonic() < deadline:
            try:
                return first.result(timeout=_LOOK)
            except CancelledError:
                return None
            except NotYet:
                if self._ended.is_set() and deadline == math.inf:
                    deadline = time.monotonic() + _GRACE
        return None

    def _work(self) -> None:
        while (taken := self._waiting.get()) is not None:
            group, future = taken
            if self._ended.is_set():
                future.cancel()
                continue
            try:
                future.set_result(self._send_all(group))
            except BaseException as error:  # noqa: BLE001 - raised again where the result is read
                future.set_exception(error)

    def _send_all(self, group: list[Line]) -> _Done:
        output, failed = [], 0
        for made in requests_of(group, self._batch.job):
            request, reason = made if isinstance(made, tuple) else (made, "")
            lines, is_failed = self._send(request, reason)
            output += lines
            failed += len(lines) if is_failed else 0
        return _Done(output, failed, sum(line.size for line in group))

    def _send(self, request: Request, reason: str) -> tuple[list[str], bool]:
        """The output of one request, and whether it failed."""
        job = self._batch.job
        if reason:
            return failures(request, reason, job), True
        started = time.monotonic()
        try:
            return answers(request, self._attempted(request), job), False
        except WorkbenchError as error:
            return failures(request, error.text, job), True
        finally:
            self._ended.wait(max(0.0, started + self._batch.interval - time.monotonic()))

    def _attempted(self, request: Request) -> Any:
        """The response of the first attempt that succeeds. Raises PayloadError."""
        for attempt in range(self._batch.attempts):
            result = request.send(self._client)
            if result.success:
                return result.response
            longest = min(_LONGEST_DELAY, _FIRST_DELAY * 2**attempt)
            is_last = attempt + 1 == self._batch.attempts
            if is_last or self._ended.wait(longest * random.uniform(0.5, 1.0)):  # noqa: S311 - no secret
                break
        raise PayloadError(result.msg)
