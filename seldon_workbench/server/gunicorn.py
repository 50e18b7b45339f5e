"""Production mode: one gunicorn arbiter over REST workers, gRPC workers and the metrics worker.

Rule: user code, gRPC and numpy are imported after the fork, in the worker that serves with them. The
parent only binds ports, replaces workers that are gone, and folds their metrics.
"""

import math
import os
import shutil
import socket
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gunicorn.app.base import BaseApplication

from seldon_workbench.errors import PortInUse
from seldon_workbench.server.arbiter import OneLog, ServiceArbiter
from seldon_workbench.server.metric_files import MetricFiles
from seldon_workbench.server.ports import bind, free_port
from seldon_workbench.server.reports import Reports
from seldon_workbench.server.roles import GRACE, GRPC, METRICS, REST, RoleWorker
from seldon_workbench.server.tls import check_files
from seldon_workbench.settings import Parameters, Settings

__all__ = ["Bound", "Service", "run"]


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
        """Bind all ports, or none. Raises PortInUse, and BadSetting for files of TLS that are none."""
        check_files(settings)
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


def run(service: Service, bound: Bound, when_ready: Callable[[], None]) -> int:
    """Serve until a signal ends it; the exit status of gunicorn.

    0, or 3 if ``load()`` raised in a worker, or 4 if the component could not be constructed.
    ``when_ready`` is called once the ports listen.
    """
    folder = Path(tempfile.mkdtemp(prefix="seldon-workbench-"))
    parent = os.getpid()
    try:
        ServiceArbiter(_Application(service, bound, folder, when_ready)).run()
    except SystemExit as end:
        if os.getpid() != parent:  # a worker leaves through here too
            raise
        return int(end.code or 0)
    finally:
        if os.getpid() == parent:
            shutil.rmtree(folder, ignore_errors=True)
    return 0


class _Application(BaseApplication):  # type: ignore[misc]
    """gunicorn's view of the service: its configuration and its hooks."""

    next_role, next_version, next_is_on_trial = REST, 0, False
    """What the worker is that is forked next."""

    def __init__(self, service: Service, bound: Bound, folder: Path, when_ready: Callable[[], None]) -> None:
        self.service = service
        self.files = MetricFiles(folder)
        self.reports = Reports(folder)
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
            # Whole seconds, and for workers that are stuck as a whole; a call that takes too long is
            # noticed by its own worker.
            "timeout": math.ceil(settings.timeout) + 1,
            "graceful_timeout": GRACE,
            "max_requests": settings.max_requests,
            "max_requests_jitter": settings.max_requests_jitter,
            "loglevel": settings.log_level.lower(),
            "pidfile": settings.pidfile,
            "proc_name": "seldon-workbench",
            "pre_fork": self._pre_fork,
            "child_exit": ServiceArbiter.is_gone,
            "when_ready": lambda arbiter: self._when_ready(),
        }
        if settings.log_format == "json":
            options["logger_class"] = OneLog
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

    def _pre_fork(self, arbiter: Any, worker: RoleWorker) -> None:
        worker.role, worker.version = self.next_role, self.next_version
        worker.is_on_trial = self.next_is_on_trial


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
