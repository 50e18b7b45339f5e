"""Ports: bound before anything is started, so that a busy one is an error and not a crash."""

import errno
import os
import socket

from seldon_workbench.errors import BadSetting, PortInUse

__all__ = ["bind", "free_port"]

_TAKEN = (errno.EADDRINUSE, errno.EACCES) if os.name == "nt" else (errno.EADDRINUSE,)
"""What the system says of a port somebody else has; Windows forbids one that is held exclusively."""


def bind(host: str, port: int) -> socket.socket:
    """A bound socket, not yet listening. Raises PortInUse, BadSetting for a host that is not ours."""
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    if os.name == "posix":
        # Elsewhere this option would let two servers share the port.
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        if error.errno in _TAKEN:
            raise PortInUse(port, free_port(host, port + 1)) from error
        raise BadSetting(
            f"{host}:{port} cannot be bound: {error.strerror}", hint="use an address of this machine"
        ) from error
    return bound


def free_port(host: str, start: int) -> int:
    """The next port from ``start`` on that nobody listens on."""
    for port in range(max(start, 1024), 65536):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            try:
                probe.bind((host, port))
            except OSError:
                continue
            return port
    return 0
