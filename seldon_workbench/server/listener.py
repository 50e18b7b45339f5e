"""The HTTP listener of kernel and workers: waitress, with its threads replaced by ours.

Rule: a request takes a thread only once it is complete, and takes one of the component's threads only
if it will call the component. So neither a half-sent request nor a slow ``predict`` delays health,
metadata or metrics.
"""

import logging
import os
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import TcpWSGIServer

from seldon_workbench.server.http_channel import IDENT, Channel
from seldon_workbench.server.tls import server_context
from seldon_workbench.server.tls_channel import TlsChannel
from seldon_workbench.settings import Settings
from seldon_workbench.threads import WorkerThreads

__all__ = ["HttpServer", "Listener"]

logger = logging.getLogger(__name__)

_LIGHT_THREADS = 2
"""Threads for what calls no user code: pings, metadata, metrics, refusals."""

_TICK = 1.0
"""Seconds between two looks at idle connections."""

_PAUSE = 1.0
"""Seconds that the sender of half a request may pause before the end is no longer put off for it."""


class App(Protocol):
    """A WSGI application that knows which of its paths call the component."""

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request."""

    def runs_user_code(self, path: str) -> bool:
        """Whether a request to this path has to wait for the component's threads."""

    def short_cut(self, request: Any, environ: Callable[[], dict[str, Any]]) -> Any:
        """Status line, headers and body of a request that needs no WSGI; None for any other."""


class _Server(TcpWSGIServer):
    channel_class = Channel

    def maintenance(self, now: float) -> None:
        """Close connections that are idle, and those that stalled half-way."""
        for channel in self.active_channels.values():
            if channel.drains_until:
                channel.will_close = now > channel.drains_until
                continue
            if channel.requests:
                continue
            patience = channel.patience(self.adj.channel_timeout)
            if channel.last_activity < now - patience:
                channel.will_close = True

    is_woken = False
    tls: ssl.SSLContext | None = None

    def accept(self) -> Any:
        """The next connection, with TLS around it if that is spoken here; None if there is none."""
        accepted = super().accept()
        if accepted is None or self.tls is None:
            return accepted
        connection, address = accepted
        connection.setblocking(False)
        return self.tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False), address

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
        # Leading slashes are dropped as they are from what WSGI is told.
        path = "" if request.error else f"/{request.path.lstrip('/')}"
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
        context = server_context(settings)
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
        if context is not None:
            for server in self._servers:
                server.tls, server.channel_class = context, TlsChannel
        self._stopping = False

    def serve(
        self,
        grace: float,
        tick: Callable[[], None] | None = None,
        *,
        farewell: float = 0.0,
        every: float = _TICK,
    ) -> None:
        """Serve until ``stop``, then finish requests under way for up to ``grace`` seconds.

        For ``farewell`` seconds connections stay open whose next request may be on its way; its reply
        says that it is the last. ``tick`` is called at least ``every`` so many seconds.
        """
        while not self._stopping:
            self._turn(every)
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
            channel.requests
            or channel.total_outbufs_len
            or channel.is_being_sent_to(time.time() - _PAUSE)
            or (with_idle and not channel.drains_until)
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
        url_scheme="http" if settings.ssl_certfile is None else "https",
        ident=IDENT,
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
