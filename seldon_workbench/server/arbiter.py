"""The parent of all workers: which of them there are, how many, and on which version of the code.

Rule: it imports no user code. Workers of newer code serve before those of the older are sent away; if
the newer code does not load, the older goes on.
"""

import logging
import signal
import time
from collections.abc import Iterator
from typing import Any

from gunicorn.arbiter import Arbiter
from gunicorn.errors import HaltServer
from gunicorn.glogging import Logger

from seldon_workbench.server.reports import Report
from seldon_workbench.server.roles import CUSTOM, REST, RoleWorker
from seldon_workbench.watch import Watch

__all__ = ["OneLog", "ServiceArbiter"]

logger = logging.getLogger(__name__)

_CUSTOM_STARTS = 5
"""How often a custom service that crashes is started."""

_PATIENCE = 5.0
"""Seconds between two attempts to start a worker from code that does not load."""


class ServiceArbiter(Arbiter):  # type: ignore[misc]
    """gunicorn's arbiter with workers of several roles and several versions of the code."""

    WORKERS: dict[int, RoleWorker]
    """By pid. Looped over as a list: some releases of gunicorn reap in the midst of whatever runs."""

    def __init__(self, app: Any) -> None:
        self.WORKERS = {}
        self._version = self._proven = self._newest = 0
        self._loads = True
        """Whether the code loaded when it was tried last; until then a failure ends the service."""
        self._not_before = 0.0
        self._custom_starts = 0
        self._watch = Watch() if app.service.settings.reload else None
        super().__init__(app)

    # ---- what gunicorn calls -------------------------------------------------------------------------

    def manage_workers(self) -> None:
        """Start the workers that are missing, send away those that are too many."""
        self._look_for_changes()
        self._settle()
        self._notice_custom_service()
        for role, count in self.app.wanted.items():
            present = list(self._present(role))
            if time.monotonic() >= self._not_before:
                for _ in range(count - len(present)):
                    self._spawn(role)
            for surplus in sorted(present, key=lambda worker: worker.age)[: max(0, len(present) - count)]:
                self._dismiss(surplus)

    def reload(self) -> None:
        """SIGHUP: the same workers anew, from the code as it is now."""
        self.log.reopen_files()
        self._roll()

    def handle_ttin(self) -> None:
        """SIGTTIN: one REST worker more."""
        self.app.wanted[REST] += 1

    def handle_ttou(self) -> None:
        """SIGTTOU: one REST worker less, but for the last."""
        self.app.wanted[REST] = max(1, self.app.wanted[REST] - 1)

    def stop(self, graceful: bool = True) -> None:
        """End all workers."""
        while True:
            try:
                super().stop(graceful)
            except HaltServer:  # one more worker could not load, while we end because another could not
                continue
            return

    def murder_workers(self) -> None:
        """Replace workers that gave no sign of life. One that loads its model need not give any."""
        for pid, worker in list(self.WORKERS.items()):
            if not self.app.reports.is_ready(pid):
                worker.tmp.notify()
        super().murder_workers()

    def is_gone(self, worker: RoleWorker) -> None:
        """Note what a worker leaves behind."""
        self.app.files.fold(worker.pid)
        report = self.app.reports.read(worker.pid)
        self.app.reports.forget(worker.pid)
        if worker.role == CUSTOM:
            self._custom_is_gone(worker, report)
        elif (report is None or not report.is_ready) and worker.is_on_trial and not worker.is_leaving:
            self._watch_sources(report)
            self._give_up(worker)

    # ---- workers -------------------------------------------------------------------------------------

    def _present(self, role: str) -> Iterator[RoleWorker]:
        for worker in list(self.WORKERS.values()):
            if worker.role != role:
                continue
            # Two custom services would want the same port: the next one waits until this one is gone.
            if role == CUSTOM or (worker.version == self._version and not worker.is_leaving):
                yield worker

    def _spawn(self, role: str) -> None:
        self.app.next_role, self.app.next_version = role, self._version
        self.app.next_is_on_trial = self._is_rolling or not self._loads
        if role == CUSTOM:
            self._custom_starts += 1
        self.spawn_worker()

    def _dismiss(self, worker: RoleWorker) -> None:
        worker.is_leaving = True
        self.kill_worker(worker.pid, signal.SIGTERM)

    # ---- versions of the code ------------------------------------------------------------------------

    @property
    def _is_rolling(self) -> bool:
        return self._version != self._proven

    def _look_for_changes(self) -> None:
        if self._watch is None:
            return
        for pid in list(self.WORKERS):
            self._watch_sources(self.app.reports.read(pid))
        changed = self._watch.changed()
        if changed:
            logger.info("%s changed: loading it in new workers", ", ".join(sorted(changed)))
            self._roll()

    def _watch_sources(self, report: Report | None) -> None:
        if self._watch is not None and report is not None:
            self._watch.add(report.sources)

    def _roll(self) -> None:
        """Begin to replace every worker."""
        for worker in list(self.WORKERS.values()):
            if worker.version != self._proven and worker.role != CUSTOM:
                self._dismiss(worker)  # of an attempt that is overtaken
        self._newest += 1
        self._version = self._newest
        self._not_before = 0.0

    def _settle(self) -> None:
        """Once every new worker serves, send the old ones away."""
        if not self._is_rolling:
            return
        new = [worker for worker in list(self.WORKERS.values()) if worker.version == self._version]
        wanted = sum(count for role, count in self.app.wanted.items() if role != CUSTOM)
        if len(new) < wanted or not all(self.app.reports.is_ready(worker.pid) for worker in new):
            return
        self._proven, self._loads, self._custom_starts = self._version, True, 0
        self.app.wanted.pop(CUSTOM, None)  # the new code may have none
        for worker in list(self.WORKERS.values()):
            if worker.version != self._version:
                self._dismiss(worker)
        logger.info("the new workers serve; the ones before them finish what they have begun")

    def _give_up(self, failed: RoleWorker) -> None:
        """Go on as before: the new code does not load."""
        self._loads = False
        self._not_before = time.monotonic() + _PATIENCE
        if failed.version != self._version or not self._is_rolling:
            return
        for worker in list(self.WORKERS.values()):
            if worker.version == self._version:
                self._dismiss(worker)
        self._version = self._proven
        logger.error("the new code does not load; the workers of before go on")

    # ---- the custom service --------------------------------------------------------------------------

    def _notice_custom_service(self) -> None:
        if CUSTOM in self.app.wanted or self._is_rolling:
            return
        reports = (self.app.reports.read(worker.pid) for worker in list(self.WORKERS.values()))
        if any(report is not None and report.has_custom_service for report in reports):
            self.app.wanted[CUSTOM] = 1

    def _custom_is_gone(self, worker: RoleWorker, report: Report | None) -> None:
        if worker.is_leaving:
            return
        if report is not None and report.is_over:
            logger.info("custom_service() has returned")
            self.app.wanted[CUSTOM] = 0
        elif self._custom_starts >= _CUSTOM_STARTS:
            logger.error("custom_service() has failed %d times and is not started again", _CUSTOM_STARTS)
            self.app.wanted[CUSTOM] = 0


class OneLog(Logger):  # type: ignore[misc]
    """gunicorn's log where its lines look like all others: JSON."""

    def setup(self, cfg: Any) -> None:
        """Leave the lines to the handlers of the process."""
        super().setup(cfg)
        self.error_log.handlers = []
        self.error_log.propagate = True
