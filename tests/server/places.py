"""Ports and threads, looked at from outside."""

import socket
import threading

from .serving import Served

KINDS = ("http_port", "grpc_port", "metrics_port")
"""The settings that name a port."""


def free_ports(count: int) -> list[int]:
    """Ports nobody listened on a moment ago."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def is_free(port: int) -> bool:
    """Whether a port can be bound."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def ports_of(served: Served) -> list[int]:
    """The ports a server is bound to, in the order of KINDS."""
    ports = served.session.ports
    assert ports is not None
    return [ports.rest, ports.grpc, ports.metrics]


def our_threads() -> set[threading.Thread]:
    """The threads that belong to servers of ours."""
    return {thread for thread in threading.enumerate() if thread.name.startswith("seldon")}
