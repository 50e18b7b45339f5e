"""Bytes on a socket: for requests that no HTTP library would send."""

import contextlib
import socket
from collections.abc import Iterator

HEAD = b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
"""The beginning of a request, up to what each test has to say."""


@contextlib.contextmanager
def connected(port: int, timeout: float = 10.0) -> Iterator[socket.socket]:
    """A connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=timeout) as connection:
        yield connection


def exchange(port: int, data: bytes, *, half_close: bool = False, timeout: float = 10.0) -> bytes:
    """Everything the server says to these bytes until it closes the connection."""
    with connected(port, timeout) as connection:
        connection.sendall(data)
        if half_close:
            connection.shutdown(socket.SHUT_WR)
        return read_all(connection)


def read_all(connection: socket.socket) -> bytes:
    """What comes until the server closes."""
    pieces = []
    while piece := connection.recv(65536):
        pieces.append(piece)
    return b"".join(pieces)


def status_line(reply: bytes) -> bytes:
    """The first line of a reply."""
    return reply.partition(b"\r\n")[0]


def body(reply: bytes) -> bytes:
    """What follows the headers of a reply."""
    return reply.partition(b"\r\n\r\n")[2]


def half_a_request() -> bytes:
    """A request that promises more than it sends."""
    return HEAD + b"Content-Length: 100\r\n\r\n" + b'{"data":'
