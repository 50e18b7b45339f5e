"""The listeners of one component in this process, as one unit: all of them are bound, or none.

Rule: loopback only, behind the guard, unless the settings say otherwise. This is what a kernel serves
with, and a terminal that wants one process.
"""

import dataclasses
import logging
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from seldon_workbench.dispatch import Dispatcher
from seldon_workbench.errors import PortInUse
from seldon_workbench.server.guard import Guard
from seldon_workbench.server.http_apps import metrics_app, rest_app
from seldon_workbench.server.listener import App, HttpServer, Listener
from seldon_workbench.server.ports import bind, free_port
from seldon_workbench.server.rpc import RpcServer
from seldon_workbench.settings import Settings
from seldon_workbench.threads import Busy

if TYPE_CHECKING:
    from seldon_workbench.server.tracing import Tracing

__all__ = ["Host", "Ports"]

logger = logging.getLogger(__name__)

T = TypeVar("T")

_RELEASE = 2.0
"""Seconds to wait for a port that a server before us is about to free."""


@dataclass(frozen=True, slots=True)
class Ports:
    """The ports that were bound."""

    rest: int
    grpc: int
    metrics: int


class Host:
    """REST, gRPC and metrics of one component."""

    def __init__(
        self, dispatcher: Dispatcher, settings: Settings, name: str, tracing: "Tracing | None" = None
    ) -> None:
        self._dispatcher = dispatcher
        self._settings = settings
        self._name = name
        self._tracing = tracing
        self._listener: Listener | None = None
        self._rpc: RpcServer | None = None

    def start(self, replaced: Ports | None = None) -> Ports:
        """Bind everything and serve. Raises PortInUse, having bound nothing.

        ``replaced`` are the ports of a server that was stopped just now: they are waited for.
        """
        sockets: list[socket.socket] = []
        rpc = RpcServer(self._dispatcher, settings=self._settings, tracing=self._tracing)
        try:
            sockets.append(self._bound("http_port", replaced))
            sockets.append(self._bound("metrics_port", replaced))
            grpc_port = self._bound_rpc(rpc, replaced)
        except BaseException:
            for bound in sockets:
                bound.close()
            rpc.stop(0.0)
            raise
        self._serve(sockets, rpc)
        rest, metrics = (bound.getsockname()[1] for bound in sockets)
        return Ports(rest, grpc_port, metrics)

    def check(self, replaced: Ports) -> None:
        """Raises PortInUse for a port that was asked for and that neither is free nor will be.

        ``replaced`` are the ports of a server that still runs and is going to be stopped.
        """
        for kind in ("http_port", "grpc_port", "metrics_port"):
            port = self._port(kind, replaced)
            if port not in dataclasses.astuple(replaced):
                bind(self._settings.host, port).close()

    def stop(self, grace: float) -> list[Busy]:
        """Stop listening and end the threads; the calls that still hang in user code.

        Calls under way get ``grace`` seconds. The ports are free when this returns, hung calls or not.
        """
        workers = self._dispatcher.workers
        if self._listener is not None:
            self._listener.stop(grace)
        if self._rpc is not None:
            self._rpc.stop(grace if workers.busy() else 0.0)
        return workers.stop(grace)

    def _serve(self, sockets: list[socket.socket], rpc: RpcServer) -> None:
        settings, dispatcher = self._settings, self._dispatcher

        def exposition() -> bytes:
            from seldon_workbench.exposition import expose  # for the first scrape, not for serving

            return expose(dispatcher.metrics.samples())

        guard = Guard(settings.allowed_hosts) if settings.guarded else None
        rest = rest_app(dispatcher, settings, exposition, guard=guard, tracing=self._tracing)
        metrics = metrics_app(settings, exposition, guard=guard)
        apps: dict[socket.socket, App] = dict(zip(sockets, (rest, metrics), strict=True))
        server = HttpServer(apps, dispatcher.workers, settings)
        self._listener = Listener(server, f"seldon-http-{self._name}")
        self._listener.start()
        self._rpc = rpc
        rpc.start()

    def _bound(self, kind: str, replaced: Ports | None) -> socket.socket:
        port = self._port(kind, replaced)
        try:
            return _waited(lambda: bind(self._settings.host, port), replaced)
        except PortInUse:
            if kind in self._settings.asked:
                raise
            return bind(self._settings.host, 0 if replaced else free_port(self._settings.host, port + 1))

    def _bound_rpc(self, rpc: RpcServer, replaced: Ports | None) -> int:
        port = self._port("grpc_port", replaced)
        host = self._settings.host
        try:
            return _waited(lambda: rpc.bind(host, port), replaced)
        except PortInUse:
            if "grpc_port" in self._settings.asked:
                raise
            return rpc.bind(host, free_port(host, port + 1))

    def _port(self, kind: str, replaced: Ports | None) -> int:
        if replaced is None or kind in self._settings.asked:
            return int(getattr(self._settings, kind))
        return {"http_port": replaced.rest, "grpc_port": replaced.grpc, "metrics_port": replaced.metrics}[
            kind
        ]


def _waited(bound: Callable[[], T], replaced: Ports | None) -> T:
    """What was bound, at the latest when the server before us has let go of its port."""
    deadline = time.monotonic() + (_RELEASE if replaced else 0.0)
    while True:
        try:
            return bound()
        except PortInUse:
            if time.monotonic() >= deadline:
                raise
            time.sleep(0.02)
