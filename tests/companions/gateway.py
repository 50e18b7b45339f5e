"""A gateway that answers whatever it is asked, over HTTP and gRPC, and writes down what arrived."""

import contextlib
import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import grpc

from seldon_workbench.server import wire

ANSWER = {"data": {"names": ["t:0"], "ndarray": [[1.0]]}, "meta": {"tags": {"from": "gateway"}}}
"""What it answers if nobody says otherwise."""

Answer = tuple[int, bytes]
"""A status and a body."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """One request as it came in."""

    verb: str
    """``POST``, or ``RPC``."""
    path: str
    headers: dict[str, str]
    """Names in lower case; over gRPC the metadata."""
    body: Any
    """Parsed JSON; the fields of a form; over gRPC the message."""
    raw: bytes
    peer: str = ""
    """The port of the client's end of the connection (HTTP)."""


@dataclass(slots=True)
class Gateway:
    """Where it listens, and what it was asked."""

    http: str
    grpc: str
    arrived: list[Arrived] = field(default_factory=list)
    answer: Callable[[Arrived], Answer] = lambda _: (200, json.dumps(ANSWER).encode())
    """What HTTP requests are answered with. A status of 0 hangs up."""
    refusal: grpc.StatusCode | None = None
    """What RPCs are refused with."""
    delay: float = 0.0
    """Seconds it thinks before it answers."""

    def only(self) -> Arrived:
        """The one request that arrived since; it is forgotten."""
        (one,) = self.arrived
        self.arrived.clear()
        return one


@contextlib.contextmanager
def gateway(tls: ssl.SSLContext | None = None, keys: Any = None) -> Iterator[Gateway]:
    """A running gateway. With ``tls`` and ``keys`` it speaks HTTPS and secure gRPC."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    rpc = grpc.server(ThreadPoolExecutor(8), options=[("grpc.so_reuseport", 0)])
    place = "127.0.0.1:0"
    port = rpc.add_insecure_port(place) if keys is None else rpc.add_secure_port(place, keys)
    host = "127.0.0.1" if tls is None else "localhost"
    here = Gateway(f"{host}:{server.server_port}", f"{host}:{port}")
    server.gateway = here  # type: ignore[attr-defined]
    rpc.add_generic_rpc_handlers((_AnyRpc(here),))
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    rpc.start()
    try:
        yield here
    finally:
        rpc.stop(None).wait()
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        here: Gateway = self.server.gateway  # type: ignore[attr-defined]
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        one = Arrived(self.command, self.path, headers, _read(headers, raw), raw, str(self.client_address[1]))
        here.arrived.append(one)
        time.sleep(here.delay)
        status, body = here.answer(one)
        if not status:
            self.close_connection = True
            return
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        with contextlib.suppress(ConnectionError):  # it was given up
            self.end_headers()
            self.wfile.write(body)

    do_GET = do_POST

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def _read(headers: dict[str, str], raw: bytes) -> Any:
    if headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return {name: values[0] for name, values in parse_qs(raw.decode()).items()}
    try:
        return json.loads(raw)
    except ValueError:
        return raw.decode("latin-1")


class _AnyRpc(grpc.GenericRpcHandler):
    def __init__(self, here: Gateway) -> None:
        self._here = here

    def service(self, call: Any) -> Any:
        metadata = {name: value for name, value in call.invocation_metadata if name != "user-agent"}

        def answer(raw: bytes, context: Any) -> bytes:
            kinds = {"Aggregate": wire.SeldonMessageList, "SendFeedback": wire.Feedback}
            kind = kinds.get(call.method.rpartition("/")[2], wire.SeldonMessage)
            self._here.arrived.append(Arrived("RPC", call.method, metadata, kind.FromString(raw), raw))
            time.sleep(self._here.delay)
            if self._here.refusal is not None:
                context.abort(self._here.refusal, "the gateway says no")
            reply = wire.SeldonMessage()
            reply.data.names.append("t:0")
            reply.data.tensor.shape.extend([1, 1])
            reply.data.tensor.values.append(1.0)
            return bytes(reply.SerializeToString())

        return grpc.unary_unary_rpc_method_handler(answer)
