"""A gRPC server whose threads end with it, in the shape that grpcio gives to servers."""

import threading
from typing import Any

import grpc

from seldon_workbench.server.rpc import RpcServer
from seldon_workbench.threads import WorkerThreads

__all__ = ["GrpcServer"]


class GrpcServer(grpc.Server):
    """What ``get_grpc_server`` returns: ports are added to it, it is started, stopped and waited for."""

    def __init__(self, rpc: RpcServer, workers: WorkerThreads) -> None:
        self._rpc = rpc
        self._server = rpc.server
        self._workers = workers

    def add_generic_rpc_handlers(self, generic_rpc_handlers: Any) -> None:
        """Let it answer more than Seldon's services."""
        self._server.add_generic_rpc_handlers(generic_rpc_handlers)

    def add_insecure_port(self, address: str) -> int:
        """Bind an address; the port bound. Raises RuntimeError."""
        return self._server.add_insecure_port(address)

    def add_secure_port(self, address: str, server_credentials: Any) -> int:
        """Bind an address for TLS; the port bound. Raises RuntimeError."""
        return self._server.add_secure_port(address, server_credentials)

    def start(self) -> None:
        """Start to serve."""
        self._server.start()

    def stop(self, grace: float | None) -> threading.Event:
        """Refuse new calls; the event is set once those under way, and the threads, have ended."""
        stopped, ended = self._server.stop(grace), threading.Event()

        def end() -> None:
            stopped.wait()
            self._rpc.end_threads()
            self._workers.stop(grace=0.0 if self._workers.busy() else 1.0)
            ended.set()

        threading.Thread(target=end, name="seldon-grpc-end", daemon=True).start()
        return ended

    def wait_for_termination(self, timeout: float | None = None) -> bool:
        """Block until it has stopped; whether it was still running when the time was over."""
        return self._server.wait_for_termination(timeout)
