"""Production mode: one gunicorn arbiter over REST workers, gRPC workers and the metrics worker.

Rule: user code, gRPC and numpy are imported after the fork, in the worker that serves with them. The
parent only binds ports, replaces workers that are gone, and folds their metrics.
"""

import logging
import os
import shutil
import signal
import socket
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.workers.base import Worker

from seldon_workbench.errors import PortInUse, WorkbenchError
from seldon_workbench.server.memory import keep_freed_memory
from seldon_workbench.server.metric_files import MetricFiles
from seldon_workbench.server.ports import bind, free_port
from seldon_workbench.settings import Parameters, Settings

__all__ = ["Bound", "Service", "run"]

logger = logging.getLogger(__name__)

REST, GRPC, METRICS = "rest", "grpc", "metrics"

_LISTENS_ON = {REST: 0, METRICS: 1}
"""Place of a role's socket among those that gunicorn hands to every worker."""

_GRACE = 30
"""Seconds that requests under way get when the service is asked to end."""

_FAREWELL = 0.5
"""Seconds that clients between two requests get to send the next one when a worker ends."""

_TICK = 0.5
"""Seconds between two signs of life of a gRPC worker."""


@dataclass(frozen=True, slots=True)
class Service:
    """What is served, as every worker needs it."""

    target: str
    parameters: Parameters
    settings: Settings


@dataclass(frozen=True, slots=True)
class Bound:
    """The sockets that were bound before anything was forked."""

    rest: socket.socket
    metrics: socket.socket
    grpc: socket.socket | None
    """Reserves the port for the gRPC workers, which share it."""

    @classmethod
    def from_settings(cls, settings: Settings) -> "Bound":
        """Bind all ports, or none. Raises PortInUse."""
        opened: list[socket.socket] = []
        try:
            opened.append(bind(settings.host, settings.http_port))
            opened.append(bind(settings.host, settings.metrics_port))
            if settings.grpc_workers:
                opened.append(_reserve(settings.host, settings.grpc_port))
        except PortInUse:
            for bound in opened:
                bound.close()
            raise
        rest, metrics, *grpc = opened
        return cls(rest, metrics, grpc[0] if grpc else None)

    @property
    def ports(self) -> dict[str, int]:
        """Port per role."""
        ports = {REST: self.rest.getsockname()[1], METRICS: self.metrics.getsockname()[1]}
        if self.grpc is not None:
            ports[GRPC] = self.grpc.getsockname()[1]
        return ports


def run(service: Service, bound: Bound, when_ready: Callable[[], None]) -> None:
    """Serve until a signal ends it; always ends in SystemExit, with the service's exit status.

    ``when_ready`` is called once the ports listen.
    """
    folder = Path(tempfile.mkdtemp(prefix="seldon-workbench-"))
    parent = os.getpid()
    try:
        Arbiter(_Application(service, bound, folder, when_ready)).run()
    finally:
        if os.getpid() == parent:  # a worker leaves through here too
            shutil.rmtree(folder, ignore_errors=True)


class _Application(BaseApplication):  # type: ignore[misc]
    """gunicorn's view of the service: its configuration and its hooks."""

    def __init__(self, service: Service, bound: Bound, folder: Path, when_ready: Callable[[], None]) -> None:
        self.service = service
        self.files = MetricFiles(folder)
        self._failed = folder / "failed"
        self.grpc_port = bound.ports.get(GRPC)
        self._when_ready = when_ready
        settings = service.settings
        self.wanted = {REST: settings.workers, METRICS: 1, GRPC: settings.grpc_workers}
        # gunicorn takes the descriptors over and closes them.
        self._bind = [f"fd://{listening.detach()}" for listening in (bound.rest, bound.metrics)]
        super().__init__()

    def load_config(self) -> None:
        """Translate our settings into gunicorn's."""
        settings = self.service.settings
        options = {
            "bind": self._bind,
            "workers": sum(self.wanted.values()),
            "worker_class": RoleWorker,
            "timeout": settings.timeout,
            "graceful_timeout": _GRACE,
            "max_requests": settings.max_requests,
            "max_requests_jitter": settings.max_requests_jitter,
            "loglevel": settings.log_level.lower(),
            "pidfile": settings.pidfile,
            "proc_name": "seldon-workbench",
            "pre_fork": self._pre_fork,
            "child_exit": self._child_exit,
            "when_ready": lambda arbiter: self._when_ready(),
        }
        if "control_socket_disable" in self.cfg.settings:  # gunicorn 25 and newer
            options["control_socket_disable"] = True
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """Never asked: RoleWorker builds its own application."""
        raise NotImplementedError

    def remove_files(self) -> None:
        """Remove what the workers share: they end, and there is nobody left to tidy up after them."""
        shutil.rmtree(self._failed.parent, ignore_errors=True)

    def is_first_failure(self) -> bool:
        """Whether no other worker has asked this before."""
        try:
            self._failed.touch(exist_ok=False)
        except OSError:
            return False
        return True

    def _pre_fork(self, arbiter: Any, worker: "RoleWorker") -> None:
        worker.role = missing_role(self.wanted, (other.role for other in arbiter.WORKERS.values()))

    def _child_exit(self, arbiter: Any, worker: "RoleWorker") -> None:
        self.files.fold(worker.pid)


def missing_role(wanted: Mapping[str, int], running: Iterable[str]) -> str:
    """The role that lacks workers most, so that whichever worker dies is replaced by its like."""
    count = Counter(running)
    return min((role for role in wanted if wanted[role]), key=lambda role: count[role] / wanted[role])


class RoleWorker(Worker):  # type: ignore[misc]
    """A worker process that serves one of the three wires."""

    role = REST
    """Chosen by the parent before the fork."""

    app: _Application
    _stop: Callable[[], None] | None = None

    def load_wsgi(self) -> None:
        """Build what this role serves; the parent gives up if that fails."""
        keep_freed_memory()
        for place, listening in enumerate(self.sockets):
            if place != _LISTENS_ON.get(self.role):
                listening.close()  # else the port would take connections that nobody accepts
        try:
            self._serve = getattr(self, f"_prepare_{self.role}")()
        except WorkbenchError as error:
            self._complain(error)
            raise SystemExit(Arbiter.WORKER_BOOT_ERROR) from error

    def _complain(self, error: WorkbenchError) -> None:
        """Log why this worker cannot serve. Most likely the others fail alike: one shows the traceback."""
        hint = f" ({error.hint})" if error.hint else ""
        original = getattr(error, "original", None) if self.app.is_first_failure() else None
        logger.critical("%s worker: %s%s", self.role, error, hint, exc_info=original)

    def run(self) -> None:
        """Serve until told to stop."""
        self._serve()

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
        if not self.booted:  # loading may take minutes, and nothing is under way yet
            for listening in self.sockets:
                listening.close()  # at once: nobody should connect to a process that goes
            raise SystemExit(0)
        self.alive = False
        if self._stop is not None:
            self._stop()

    @property
    def _listening(self) -> socket.socket:
        listening: socket.socket = self.sockets[_LISTENS_ON[self.role]].sock
        return listening

    def _prepare_rest(self) -> Callable[[], None]:
        from seldon_workbench.exposition import expose
        from seldon_workbench.server.listener import HttpServer
        from seldon_workbench.server.rest import RestApp

        settings, files = self.app.service.settings, self.app.files
        dispatcher = self._dispatcher(settings.threads)
        app = RestApp(dispatcher, settings=settings, exposition=lambda: expose(files.samples()))
        server = HttpServer({self._listening: app}, dispatcher.workers, settings)
        self._stop = server.stop

        def tick() -> None:
            self._give_sign_of_life(dispatcher)
            if self.alive and dispatcher.answered >= self.max_requests:
                self.log.info("worker %s has answered its requests and is replaced", self.pid)
                self.alive = False
                server.stop()

        return lambda: server.serve(_GRACE, tick, farewell=_FAREWELL)

    def _prepare_metrics(self) -> Callable[[], None]:
        from seldon_workbench.exposition import expose
        from seldon_workbench.server.listener import HttpServer
        from seldon_workbench.server.metrics_app import MetricsApp
        from seldon_workbench.threads import WorkerThreads

        settings, files = self.app.service.settings, self.app.files
        app = MetricsApp(lambda: expose(files.samples()), settings.metrics_path, cors=settings.cors)
        server = HttpServer({self._listening: app}, WorkerThreads(1, "seldon-worker"), settings)
        self._stop = server.stop
        return lambda: server.serve(_GRACE, self.notify)

    def _prepare_grpc(self) -> Callable[[], None]:
        from seldon_workbench.server.rpc import RpcServer

        settings = self.app.service.settings
        dispatcher = self._dispatcher(settings.grpc_threads)
        server = RpcServer(dispatcher, reuse_port=True)
        server.bind(settings.host, self.app.grpc_port or 0)

        def serve() -> None:
            server.start()
            while self.alive:
                self._give_sign_of_life(dispatcher)
                time.sleep(_TICK)
            server.stop(_GRACE)

        return serve

    def _dispatcher(self, threads: int) -> Any:
        """The component, constructed and loaded in this process."""
        from seldon_workbench.dispatch import Dispatcher
        from seldon_workbench.metrics import MetricStore
        from seldon_workbench.target import build, find
        from seldon_workbench.threads import WorkerThreads

        service, pid = self.app.service, os.getpid()
        started = time.perf_counter()
        workers = WorkerThreads(threads, "seldon-worker")
        target = workers.run(find, service.target)
        built = workers.run(build, target, service.parameters, service.settings.unit)
        seconds = time.perf_counter() - started
        logger.info("%s worker %d loaded %s in %.2f s", self.role, pid, target.name, seconds)
        store = MetricStore(service.settings.unit, str(pid), self.app.files.mirror(pid))
        return Dispatcher(
            built.component,
            settings=service.settings,
            metadata=built.metadata,
            metrics=store,
            workers=workers,
        )

    def _give_sign_of_life(self, dispatcher: Any) -> None:
        """Tell the parent all is well, or end if a call has been running beyond the timeout."""
        for busy in dispatcher.workers.busy():
            if busy.seconds > self.cfg.timeout:
                self.log.critical(
                    "%s has been running for %.0f s: replacing the worker", busy.what, busy.seconds
                )
                os.kill(os.getpid(), signal.SIGKILL)
        self.notify()


def _reserve(host: str, port: int) -> socket.socket:
    """A port that only our own gRPC workers can share. Raises PortInUse."""
    # Sharing is silent: so first find out, without sharing, that nobody else is there.
    probe = bind(host, port)
    taken = probe.getsockname()[1]
    probe.close()
    reserved = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        reserved.bind((host, taken))
    except OSError as error:
        reserved.close()
        raise PortInUse(taken, free_port(host, taken + 1)) from error
    return reserved
