"""One HTTP connection of the listener: what is read from it, and how replies are written to it."""

import io
import socket
import time
from functools import lru_cache
from typing import Any

from waitress.buffers import ReadOnlyFileBasedBuffer
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.task import ErrorTask, WSGITask
from waitress.utilities import build_http_date

from seldon_workbench.errors import PayloadError, PayloadTooLarge, WorkbenchError
from seldon_workbench.server.status import status_body, status_line

__all__ = ["IDENT", "Channel"]


class _StatusTask(ErrorTask):
    """Answers what is no HTTP request with Seldon's status body."""

    def execute(self) -> None:
        error = self.request.error
        self.channel.was_refused = True
        body = status_body(self._failure(error))
        self.status = status_line(error.code)
        self.response_headers.append(("Content-Type", "application/json"))
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)

    def _failure(self, error: Any) -> WorkbenchError:
        if error.code == 413:
            limit = self.channel.adj.max_request_body_size - 1
            return PayloadTooLarge(f"the body is larger than {limit} bytes")
        kind = PayloadError if error.code < 500 else WorkbenchError
        return kind(f"{error.reason}: {error.body}")


class _Task(WSGITask):
    """waitress' task with the common case made short: no WSGI, and header and body leave in one piece."""

    def execute(self) -> None:
        """Answer the request."""
        shortened = self.channel.server.application.short_cut(self.request, self.get_environment)
        if shortened is None:
            super().execute()
            return
        self.status, headers, body = shortened
        self.response_headers.extend(headers)
        self.content_length = len(body)
        self.response_headers.append(("Content-Length", str(self.content_length)))
        self.complete = True
        self.write(body)

    def build_response_header(self) -> bytes:
        """The header; the plain case of HTTP/1.1, kept alive, of known length, is written directly."""
        asked = self.request.headers.get("CONNECTION", "").lower()
        if self.version != "1.1" or asked == "close" or self.content_length is None or not self.has_body:
            header: bytes = super().build_response_header()
            return header
        lines = [f"HTTP/1.1 {self.status}", *map(": ".join, self.response_headers)]
        lines += (f"Date: {_http_date(int(self.start_time))}", f"Server: {IDENT}", "", "")
        return "\r\n".join(lines).encode("latin-1")

    def write(self, data: bytes) -> None:
        """Send a piece of the body, a whole one together with the header."""
        if self.wrote_header or not self.complete or len(data) != self.content_length:
            super().write(data)
            return
        header = self.build_response_header()  # first: once written, "Connection: close" is not added
        self.wrote_header = True
        self.content_bytes_written = len(data)
        if not self.has_body:
            self.channel.write_soon(header)
        elif len(data) <= _SHORT:
            self.channel.write_soon(header + data)
        else:
            self.channel.write_soon(header)
            self.channel.write_soon(_whole(data))


def _whole(data: bytes) -> ReadOnlyFileBasedBuffer:
    """A body that is sent from where it stands; waitress would copy it into a buffer of its own."""
    buffer = ReadOnlyFileBasedBuffer(io.BytesIO(data))
    buffer.prepare()
    return buffer


IDENT = "seldon-workbench"

_SHORT = 65536
"""Bytes up to which copying a body behind its header is cheaper than sending them apart."""


@lru_cache(maxsize=2)
def _http_date(second: int) -> str:
    return build_http_date(second)


class _Parser(HTTPRequestParser):
    """waitress' parser, but a body that is refused already is not asked for, and no header is too odd."""

    def parse_header(self, header_plus: bytes) -> None:
        """Read the header. Raises ParsingError, also for an address or a length that Python cannot read."""
        try:
            super().parse_header(header_plus)
        except ValueError as error:
            raise ParsingError(str(error)) from error

    def received(self, data: bytes) -> int:
        """Read a piece of a request; how many bytes of it belonged to that request."""
        consumed: int = super().received(data)
        if self.error is not None:
            self.expect_continue = False
        return consumed


class Channel(HTTPChannel):
    """waitress' connection; a client that is refused while it still sends lives to read why.

    Closing a socket with unread data resets the connection, and the client loses the reply. So what
    else it sends is read and thrown away, until it closes too or has had enough time and volume.
    """

    parser_class = _Parser
    task_class = _Task
    error_task_class = _StatusTask

    was_refused = False
    drains_until = 0.0
    """When the connection is closed at last, by ``time.time()``; 0 while it is not being drained."""
    _drained = 0

    def patience(self, between_requests: float) -> float:
        """Seconds without activity after which the connection is closed, while no request is worked on."""
        is_between = self.request is None and not self.total_outbufs_len
        return between_requests if is_between else _STALLED

    def is_being_sent_to(self, since: float) -> bool:
        """Whether a request has come in half, and a piece of it since then."""
        return self.request is not None and self.last_activity > since

    def readable(self) -> bool:
        """Whether to read on."""
        return bool(self.drains_until) or bool(super().readable())

    def handle_read(self) -> None:
        """Read a piece, or throw it away."""
        if not self.drains_until:
            super().handle_read()
            return
        try:
            self._drained += len(self.recv(self.adj.recv_bytes))
        except OSError:
            self.handle_close()
        if self._drained > _DRAIN_BYTES:
            self.handle_close()

    def handle_close(self) -> None:
        """Close the connection, or begin to drain it."""
        if not self.was_refused or self.drains_until or not self._is_half_closed():
            super().handle_close()

    def _is_half_closed(self) -> bool:
        """Tell the client that nothing more comes; False if it is gone already."""
        assert self.socket is not None, "a channel has one from the start"
        try:
            self.socket.shutdown(socket.SHUT_WR)
        except OSError:
            return False
        self.drains_until = time.time() + _DRAIN_SECONDS
        self.will_close = False
        return True


_STALLED = 120.0
"""Seconds after which a connection that stopped in the middle of a request or a reply is closed."""

_DRAIN_SECONDS = 10.0
"""For how long a refused client may go on sending."""

_DRAIN_BYTES = 1 << 28
"""How much of it is read."""
