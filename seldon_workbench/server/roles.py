"""The workers of a service: what each serves, from its fork to its end.

Rule: what serves is imported here late, in the worker that needs it; the parent imports this module.
"""

import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from gunicorn.arbiter import Arbiter
from gunicorn.workers.base import Worker

from seldon_workbench.errors import LoadFailed, WorkbenchError
from seldon_workbench.server.memory import keep_freed_memory
from seldon_workbench.server.reports import Report
from seldon_workbench.watch import sources

if TYPE_CHECKING:
    from seldon_workbench.dispatch import Dispatcher
    from seldon_workbench.server.tracing import Tracing

__all__ = ["CUSTOM", "GRACE", "GRPC", "METRICS", "REST", "RoleWorker"]

logger = logging.getLogger(__name__)

REST, GRPC, METRICS, CUSTOM = "rest", "grpc", "metrics", "custom"

_LISTENS_ON = {REST: 0, METRICS: 1}
"""Place of a role's socket among those that gunicorn hands to every worker."""

GRACE = 30
"""Seconds that requests under way get when the service is asked to end."""

_FAREWELL = 0.5
"""Seconds that clients between two requests get to send the next one when a worker ends."""

_TICK = 0.5
"""Seconds between two signs of life of a worker."""

_LAST_SECONDS = 2.0
"""Seconds that a custom service gets to tidy up."""

_TRIAL_FAILED = 5
"""Exit status of a worker that could not serve while others do."""


class RoleWorker(Worker):  # type: ignore[misc]
    """A worker process that serves one of the three wires, or runs the custom service."""

    role = REST
    """Chosen by the parent before the fork."""
    version = 0
    """The parent's number of the code it is started from."""
    is_on_trial = False
    """Whether others serve already, so that its failure must not end the service."""
    is_leaving = False
    """Whether the parent has sent it away."""

    app: Any
    _stop: Callable[[], None] | None = None
    _tracing: "Tracing | None" = None
    _has_custom_service = False

    def load_wsgi(self) -> None:
        """Build what this role serves; the parent gives up if that fails."""
        self._since = time.time_ns()
        keep_freed_memory()
        for place, listening in enumerate(self.sockets):
            if place != _LISTENS_ON.get(self.role):
                listening.close()  # else the port would take connections that nobody accepts
        try:
            self._serve = getattr(self, f"_prepare_{self.role}")()
        except WorkbenchError as error:
            self._complain(error)
            raise SystemExit(self._status_of(error)) from error
        if self.role != CUSTOM:
            self._report(is_ready=True, has_custom_service=self._has_custom_service)

    def _report(self, **facts: Any) -> None:
        is_watched = self.app.service.settings.reload and self.role != METRICS
        found = sources(self.app.service.target, self._since) if is_watched else {}
        self.app.reports.write(self.pid, Report(sources=found, **facts))

    def _status_of(self, error: WorkbenchError) -> int:
        """The exit status that tells the parent what a failure means to the service."""
        if self.is_on_trial or self.role == CUSTOM:
            self._report(is_ready=False)
            return _TRIAL_FAILED
        is_loading = isinstance(error, LoadFailed) and error.stage == "load()"
        return int(Arbiter.WORKER_BOOT_ERROR if is_loading else Arbiter.APP_LOAD_ERROR)

    def _complain(self, error: WorkbenchError) -> None:
        """Log why this worker cannot serve. Most likely the others fail alike: one shows the traceback."""
        hint = f" ({error.hint})" if error.hint else ""
        shows_all = self.is_on_trial or self.app.is_first_failure()
        original = getattr(error, "original", None) if shows_all else None
        logger.critical("%s worker: %s%s", self.role, error, hint, exc_info=original)

    def run(self) -> None:
        """Serve until told to stop."""
        self._serve()
        if self._tracing is not None:
            self._tracing.stop()

    def init_signals(self) -> None:
        """Let SIGTERM interrupt what the main thread waits for: while a model loads, that is all it does."""
        super().init_signals()
        signal.siginterrupt(signal.SIGTERM, True)

    def notify(self) -> None:
        """Tell the parent all is well, or end if there is no parent any more."""
        super().notify()
        if self.alive and os.getppid() != self.ppid:
            self.log.info("worker %s has lost its parent and ends", self.pid)
            self.app.remove_files()
            self.handle_exit(signal.SIGTERM, None)

    def handle_exit(self, sig: int, frame: Any) -> None:
        """SIGTERM: finish what is under way."""
        if not self.booted or self.role == CUSTOM:  # loading may take minutes, and nothing is under way yet
            for listening in self.sockets:
                listening.close()  # at once: nobody should connect to a process that goes
            if self.booted:
                _end_soon()
            raise SystemExit(0)
        self.alive = False
        if self._stop is not None:
            self._stop()

    @property
    def _listening(self) -> socket.socket:
        listening: socket.socket = self.sockets[_LISTENS_ON[self.role]].sock
        return listening

    # ---- roles ---------------------------------------------------------------------------------------

    def _prepare_rest(self) -> Callable[[], None]:
        from seldon_workbench.exposition import expose
        from seldon_workbench.server.http_apps import rest_app
        from seldon_workbench.server.listener import HttpServer

        settings, files = self.app.service.settings, self.app.files
        dispatcher = self._dispatcher(settings.threads)
        app = rest_app(
            dispatcher, settings, lambda: expose(files.samples()), guard=None, tracing=self._tracing
        )
        server = HttpServer({self._listening: app}, dispatcher.workers, settings)
        self._stop = server.stop

        def tick() -> None:
            self._give_sign_of_life(dispatcher)
            if self.alive and dispatcher.answered >= self.max_requests:
                self.log.info("worker %s has answered its requests and is replaced", self.pid)
                self.alive = False
                server.stop()

        return lambda: server.serve(GRACE, tick, farewell=_FAREWELL, every=self._interval)

    def _prepare_metrics(self) -> Callable[[], None]:
        from seldon_workbench.exposition import expose
        from seldon_workbench.server.http_apps import metrics_app
        from seldon_workbench.server.listener import HttpServer
        from seldon_workbench.threads import WorkerThreads

        settings, files = self.app.service.settings, self.app.files
        app = metrics_app(settings, lambda: expose(files.samples()), guard=None)
        server = HttpServer({self._listening: app}, WorkerThreads(1, "seldon-worker"), settings)
        self._stop = server.stop
        return lambda: server.serve(GRACE, self.notify)

    def _prepare_grpc(self) -> Callable[[], None]:
        from seldon_workbench.server.rpc import RpcServer

        settings = self.app.service.settings
        dispatcher = self._dispatcher(settings.grpc_threads)
        server = RpcServer(dispatcher, settings=settings, reuse_port=True, tracing=self._tracing)
        server.bind(settings.host, self.app.grpc_port or 0)

        def serve() -> None:
            server.start()
            while self.alive:
                self._give_sign_of_life(dispatcher)
                time.sleep(self._interval)
            server.stop(GRACE)

        return serve

    def _prepare_custom(self) -> Callable[[], None]:
        from seldon_workbench.coroutines import awaited
        from seldon_workbench.target import constructed, find

        service = self.app.service
        subject: Any = constructed(find(service.target), service.parameters)
        logger.info("custom worker %d runs custom_service()", self.pid)

        def serve() -> None:
            threading.Thread(target=self._end_with_parent, daemon=True).start()
            try:
                awaited(subject.custom_service())
            except Exception as error:
                logger.exception("custom_service() failed")
                raise SystemExit(1) from error
            self._report(is_over=True)

        return serve

    def _end_with_parent(self) -> None:
        """End the process with its parent: the main thread is in user code and does not look."""
        while os.getppid() == self.ppid:
            time.sleep(_TICK)
        os._exit(0)

    def _dispatcher(self, threads: int) -> "Dispatcher":
        """The component, constructed and loaded in this process."""
        from seldon_workbench.dispatch import Dispatcher
        from seldon_workbench.metrics import MetricStore
        from seldon_workbench.target import build, find
        from seldon_workbench.threads import WorkerThreads

        service, pid = self.app.service, os.getpid()
        self._tracing = self._traced()
        started = time.perf_counter()
        workers = WorkerThreads(threads, "seldon-worker")
        target = workers.run(find, service.target)
        built = workers.run(build, target, service.parameters, service.settings.unit)
        seconds = time.perf_counter() - started
        logger.info("%s worker %d loaded %s in %.2f s", self.role, pid, target.name, seconds)
        self._has_custom_service = callable(getattr(built.component.subject, "custom_service", None))
        return Dispatcher(
            built.component,
            settings=service.settings,
            metadata=built.metadata,
            metrics=MetricStore(service.settings.unit, str(pid), self.app.files.mirror(pid)),
            workers=workers,
            subscribers=() if self._tracing is None else (self._tracing.note,),
        )

    def _traced(self) -> "Tracing | None":
        """Tracing of this process, if it was asked for. Raises MissingExtra."""
        service = self.app.service
        if not service.settings.tracing:
            return None
        from seldon_workbench.server.tracing import Tracing

        return Tracing.of_process(service.target, service.settings)

    @property
    def _interval(self) -> float:
        """Seconds between two looks at calls that take too long."""
        return min(_TICK, float(self.app.service.settings.timeout) / 2)

    def _give_sign_of_life(self, dispatcher: "Dispatcher") -> None:
        """Tell the parent all is well, or end if a call has been running beyond the timeout."""
        for busy in dispatcher.workers.busy():
            if busy.seconds > self.app.service.settings.timeout:
                self.log.critical(
                    "%s has been running for %.1f s: replacing the worker", busy.what, busy.seconds
                )
                os.kill(os.getpid(), signal.SIGKILL)
        self.notify()


def _end_soon() -> None:
    """End this process even if threads of the user's do not let it."""
    last = threading.Timer(_LAST_SECONDS, os._exit, (0,))
    last.daemon = True
    last.start()
