"""An HTTP connection over TLS, served by the same loop as all others.

Rule: nothing here waits. TLS may have to read in order to write, and to write in order to read; then the
loop is told which of the two the connection waits for, and the rest is tried again.
"""

import logging
import ssl
import time

from seldon_workbench.server.http_channel import Channel

__all__ = ["TlsChannel"]

logger = logging.getLogger(__name__)

_RECORD = 16384
"""The most that TLS hands out at once."""

_GREETING = 10.0
"""Seconds a client gets to agree on keys."""


class TlsChannel(Channel):
    """A connection whose socket is an ``ssl.SSLSocket`` that does not block."""

    socket: ssl.SSLSocket

    is_greeting = True
    """Whether keys are still being agreed on."""
    _wants_to_write = False
    """Whether reading, or the greeting, goes on once something can be written."""
    _wants_to_read = False
    """Whether writing goes on once something was read."""

    def patience(self, between_requests: float) -> float:
        """Seconds without activity after which the connection is closed, while no request is worked on."""
        return _GREETING if self.is_greeting else super().patience(between_requests)

    def readable(self) -> bool:
        """Whether to wait for something to read."""
        if self.is_greeting and not self.will_close:
            return not self._wants_to_write
        return self._wants_to_read or super().readable()

    def writable(self) -> bool:
        """Whether to wait until something can be written."""
        if self.is_greeting and not self.will_close:
            return self._wants_to_write
        return self._wants_to_write or (bool(super().writable()) and not self._wants_to_read)

    def handle_read(self) -> None:
        """Go on with what waits for this: the greeting, a reply, the next piece of a request."""
        if self.is_greeting:
            self._greet()
            return
        if self._wants_to_read:
            self._wants_to_read = False
            self.handle_write()
            if not super().readable():
                return
        self._read()

    def handle_write(self) -> None:
        """Go on with what waits for this: the greeting, a request, a reply."""
        if self.is_greeting and not self.will_close:
            self._greet()
            return
        if self._wants_to_write:
            self._wants_to_write = False
            self._read()
            if not self.connected:
                return
        super().handle_write()

    def handle_close(self) -> None:
        """Tell the client that nothing was cut off, then close the connection."""
        if self.socket is not None and not self.is_greeting:
            try:
                self.socket.unwrap()
            except (OSError, ValueError):  # it is not waited for the client's own farewell
                logger.debug("closing without the client's farewell")
        super().handle_close()

    def _read(self) -> None:
        if self.drains_until:
            super().handle_read()
            return
        data = self.recv(self.adj.recv_bytes)
        if data:  # none is no end here: TLS may have read something of its own
            self.last_activity = time.time()
            self.received(data)

    def recv(self, size: int) -> bytes:
        """What has arrived, up to about ``size`` bytes; empty if the connection is closed."""
        pieces: list[bytes] = []
        total = 0
        # To the end: what TLS has decrypted already would not wake the loop up again.
        while self.socket is not None and (total < size or self.socket.pending()):
            try:
                piece = self.socket.recv(_RECORD)
            except ssl.SSLWantReadError:
                break
            except ssl.SSLWantWriteError:
                self._wants_to_write = True
                break
            except OSError as error:
                logger.debug("a connection broke: %s", error)
                piece = b""
            if not piece:
                if not pieces:
                    self.handle_close()
                break  # with pieces: the next look finds the end again
            pieces.append(piece)
            total += len(piece)
        return b"".join(pieces)

    def send(self, data: bytes, do_close: bool = True) -> int:
        """Send what can be sent now; how many bytes of it that were."""
        try:
            return self.socket.send(data)
        except ssl.SSLWantWriteError:
            return 0
        except ssl.SSLWantReadError:
            self._wants_to_read = True
            return 0

    def _greet(self) -> None:
        self._wants_to_write = False
        try:
            self.socket.do_handshake()
        except ssl.SSLWantReadError:
            return
        except ssl.SSLWantWriteError:
            self._wants_to_write = True
            return
        except OSError as error:  # plain HTTP, no certificate, nobody any more
            logger.debug("no TLS with %s: %s", self.addr, error)
            super().handle_close()
            return
        self.is_greeting = False
        self._read()
