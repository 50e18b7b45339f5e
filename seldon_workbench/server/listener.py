"""The HTTP listener of kernel and workers: waitress, with its threads replaced by ours.

Rule: a request takes a thread only once it is complete, and takes one of the component's threads only
if it will call the component. So neither a half-sent request nor a slow ``predict`` delays health,
metadata or metrics.
"""

import io
import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any, Protocol

from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.buffers import ReadOnlyFileBasedBuffer
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.server import TcpWSGIServer
from waitress.task import ErrorTask, WSGITask
from waitress.utilities import build_http_date

from seldon_workbench.errors import PayloadError, PayloadTooLarge, WorkbenchError
from seldon_workbench.server.status import status_body, status_line
from seldon_workbench.settings import Settings
from seldon_workbench.threads import WorkerThreads

__all__ = ["HttpServer", "Listener"]

logger = logging.getLogger(__name__)

_LIGHT_THREADS = 2
"""Threads for what calls no user code: pings, metadata, metrics, refusals."""

_TICK = 1.0
"""Seconds between two looks at idle connections."""

_STALLED = 120.0
"""Seconds after which a connection that stopped in the middle of a request or a reply is closed."""


class App(Protocol):
    """A WSGI application that knows which of its paths call the component."""

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request."""

    def runs_user_code(self, path: str) -> bool:
        """Whether a request to this path has to wait for the component's threads."""

    def short_cut(self, request: Any, environ: Callable[[], dict[str, Any]]) -> Any:
        """Status line, headers and body of a request that needs no WSGI; None for any other."""


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
        lines += (f"Date: {_http_date(int(self.start_time))}", f"Server: {_IDENT}", "", "")
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


_IDENT = "seldon-workbench"

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


class _Channel(HTTPChannel):
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


_DRAIN_SECONDS = 10.0
"""For how long a refused client may go on sending."""

_DRAIN_BYTES = 1 << 28
"""How much of it is read."""


class _Server(TcpWSGIServer):
    channel_class = _Channel

    def maintenance(self, now: float) -> None:
        """Close connections that are idle, and those that stalled half-way."""
        for channel in self.active_channels.values():
            if channel.drains_until:
                channel.will_close = now > channel.drains_until
                continue
            if channel.requests:
                continue
            is_between_requests = channel.request is None and not channel.total_outbufs_len
            patience = self.adj.channel_timeout if is_between_requests else _STALLED
            if channel.last_activity < now - patience:
                channel.will_close = True

    is_woken = False

    def pull_trigger(self) -> None:
        """Wake the loop up, once: a second time before it looks would cost a hand-over of the GIL."""
        if self.is_woken:
            return
        self.is_woken = True
        try:
            super().pull_trigger()
        except OSError:  # closed: a call that hung came back after the listener was stopped
            logger.debug("a reply came after its listener was stopped")

    def stop_accepting(self) -> None:
        """Free the port. The loop still can be woken up, for requests under way."""
        connected = -1
        while len(self.active_channels) > connected:  # closing would reset who waits to be accepted
            connected = len(self.active_channels)
            self.handle_accept()
        self.accepting = False
        wasyncore.dispatcher.close(self)


class _Tasks:
    """waitress' task dispatcher: hands a complete request to the threads it needs."""

    def __init__(self, app: App, user: WorkerThreads, light: WorkerThreads) -> None:
        self._app = app
        self._user = user
        self._light = light
        self.is_ending = False

    def add_task(self, channel: HTTPChannel) -> None:
        request = channel.requests[0]
        if self.is_ending:
            _close_after(request)
        # A request that could not be parsed has no path.
        path = "" if request.error else request.path
        pool = self._user if self._app.runs_user_code(path) else self._light
        pool.post(channel.service)

    def shutdown(self, cancel_pending: bool = True, timeout: float = 5) -> bool:
        """The threads are not waitress' to stop."""
        return False


def _close_after(request: HTTPRequestParser) -> None:
    """Let the reply to a request tell the client that it is the connection's last."""
    request.headers.update(CONNECTION="close")


class HttpServer:
    """WSGI applications on bound sockets, served by one loop."""

    def __init__(self, apps: Mapping[socket.socket, App], user: WorkerThreads, settings: Settings) -> None:
        self._map: dict[int, Any] = {}
        self._light = WorkerThreads(_LIGHT_THREADS, "seldon-light")
        self._servers = [
            _Server(
                app,
                self._map,
                True,
                bound,
                dispatcher=_Tasks(app, user, self._light),
                adj=_adjustments(settings),
                sockinfo=(bound.family, bound.type, bound.proto, bound.getsockname()),
                bind_socket=False,
            )
            for bound, app in apps.items()
        ]
        self._stopping = False

    def serve(self, grace: float, tick: Callable[[], None] | None = None, *, farewell: float = 0.0) -> None:
        """Serve until ``stop``, then finish requests under way for up to ``grace`` seconds.

        For ``farewell`` seconds connections stay open whose next request may be on its way; its reply
        says that it is the last. ``tick`` is called at least once a second.
        """
        while not self._stopping:
            self._turn(_TICK)
            if tick is not None:
                tick()
        self._begin_to_end()
        now = time.monotonic()
        deadline, parting = now + grace, now + farewell
        while self._is_busy(with_idle=now < parting) and now < deadline:
            self._turn(0.05)
            if tick is not None:
                tick()
            now = time.monotonic()
        wasyncore.close_all(self._map)
        self._light.stop(grace=1.0)

    def stop(self) -> None:
        """Make ``serve`` return. May be called from any thread and from a signal handler."""
        self._stopping = True
        self._servers[0].pull_trigger()

    def _turn(self, timeout: float) -> None:
        for server in self._servers:
            server.is_woken = False
        wasyncore.loop(timeout=timeout, use_poll=os.name == "posix", map=self._map, count=1)

    def _begin_to_end(self) -> None:
        for server in self._servers:
            server.stop_accepting()
            server.task_dispatcher.is_ending = True
            for channel in server.active_channels.values():
                for request in channel.requests:
                    _close_after(request)

    def _is_busy(self, with_idle: bool) -> bool:
        return any(
            channel.requests or channel.total_outbufs_len or (with_idle and not channel.drains_until)
            for server in self._servers
            for channel in server.active_channels.values()
        )


class Listener:
    """An HttpServer in a thread of its own."""

    def __init__(self, server: HttpServer, name: str) -> None:
        self._server = server
        self._grace = 1.0
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Start to serve."""
        self._thread.start()

    def stop(self, grace: float) -> None:
        """Stop to serve; the sockets are closed when this returns."""
        self._grace = grace
        self._server.stop()
        self._thread.join(grace + 2.0)

    def _run(self) -> None:
        self._server.serve(self._grace)


def _adjustments(settings: Settings) -> Adjustments:
    adjustments = Adjustments(
        ident=_IDENT,
        # Reading a megabyte in 8 kB pieces, waitress' default, would cost more than parsing it.
        recv_bytes=262_144,
        # Bodies stay in memory: they become arrays at once.
        inbuf_overflow=1 << 30,
        outbuf_overflow=1 << 30,
        outbuf_high_watermark=1 << 30,
        # waitress refuses a body of this size, we a larger one than was set.
        max_request_body_size=settings.max_body + 1 if settings.max_body else 1 << 62,
        connection_limit=10_000 if os.name == "posix" else 400,
        channel_timeout=max(1, settings.keepalive),
        cleanup_interval=1,
        clear_untrusted_proxy_headers=False,
        log_socket_errors=False,
    )
    # Replies are sent by the loop, in one piece. As an argument this one is deprecated.
    adjustments.send_bytes = 1 << 30
    return adjustments
