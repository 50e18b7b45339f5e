"""Calling a server: over REST, over gRPC. Payloads are Seldon's JSON form.

Rule: a refusal is a Reply like any other; only a server that cannot be reached is an exception.
"""

import http.client
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from seldon_workbench.errors import BadSetting, PayloadError, ServerUnreachable
from seldon_workbench.methods import METADATA, Input, Method

__all__ = ["Reply", "call_grpc", "call_rest", "ping"]

TIMEOUT = 60.0
"""Seconds a call may take."""

_RECONNECT = 0.3
"""Seconds in which a gRPC server that was reached a moment ago is reached again."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back."""

    body: Any
    """The reply in Seldon's JSON form; a failure's status body."""
    code: str
    """``200``, or the name of a gRPC status code: ``OK``."""
    seconds: float

    @property
    def is_ok(self) -> bool:
        """Whether the call succeeded."""
        return self.code in ("OK", "200")


def call_rest(
    url: str, method: Method, payload: Any = None, timeout: float = TIMEOUT, *, trust: str | None = None
) -> Reply:
    """Call a method of a server at ``http://host:port[/prefix]``. Raises ServerUnreachable.

    ``trust`` is a PEM file with the certificate of the server, for one that nobody else vouches for.
    """
    if method.input is Input.NOTHING:
        return _fetch(url, "GET", method.paths[0].path, None, timeout, trust)
    return _fetch(url, "POST", method.paths[0].path, json.dumps(payload).encode(), timeout, trust)


def ping(url: str, timeout: float = TIMEOUT) -> Reply:
    """Ask whether a server lives. Raises ServerUnreachable."""
    return _fetch(url, "GET", "/health/ping", None, timeout)


def _fetch(
    url: str, verb: str, path: str, body: bytes | None, timeout: float, trust: str | None = None
) -> Reply:
    connection, prefix = _connection(url, timeout, trust)
    headers = {} if body is None else {"Content-Type": "application/json"}
    started = time.perf_counter()
    try:
        connection.request(verb, prefix + path, body, headers)
        response = connection.getresponse()
        text = response.read()
    except (OSError, http.client.HTTPException) as error:
        raise ServerUnreachable(
            f"no answer from {url}: {error}", hint="is the server running there?"
        ) from error
    finally:
        connection.close()
    return Reply(_body(text), str(response.status), time.perf_counter() - started)


def _connection(url: str, timeout: float, trust: str | None) -> tuple[http.client.HTTPConnection, str]:
    """A connection, not yet open, and the path before every path of the server. Raises BadSetting."""
    try:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("it has no scheme or no host")
        prefix = parts.path.rstrip("/")
        if parts.scheme == "http":
            return http.client.HTTPConnection(parts.netloc, timeout=timeout), prefix
        context = None if trust is None else _trusting(trust)
        return http.client.HTTPSConnection(parts.netloc, timeout=timeout, context=context), prefix
    except (ValueError, http.client.InvalidURL) as error:
        raise BadSetting(f"{url!r} is no URL: {error}", hint="write http://127.0.0.1:9000") from error


def _trusting(certificate: str) -> Any:
    """A context for one server, known by its certificate and not by its name."""
    import ssl

    context = ssl.create_default_context(cafile=certificate)
    context.check_hostname = False
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return context


def call_grpc(
    target: str, method: Method, payload: Any = None, timeout: float = TIMEOUT, *, trust: str | None = None
) -> Reply:
    """Call a method of a server at ``host:port``. Raises ServerUnreachable, PayloadError.

    ``trust`` is as for REST; without it the server is spoken to plainly.
    """
    import grpc  # late: half of what this module's import would cost, and REST does without it
    from google.protobuf import json_format

    if not method.rpcs:
        raise PayloadError(f"{method.name} has no gRPC form", hint="call it over REST")
    request, reply_type = _proto_types(method)
    if method.input is Input.MESSAGES and isinstance(payload, list):
        payload = {"seldonMessages": payload}  # REST takes the bare list
    try:
        json_format.ParseDict(payload or {}, request)
    except (json_format.ParseError, AttributeError, TypeError) as error:
        raise PayloadError(f"the payload is no {request.DESCRIPTOR.name}: {error}") from error
    started = time.perf_counter()
    with _channel(target, trust) as channel:
        call: Any = channel.unary_unary(f"/seldon.protos.{method.rpcs[0]}")
        try:
            raw = call(request.SerializeToString(), timeout=timeout)
        except grpc.RpcError as error:
            return _refused(error, channel, target, time.perf_counter() - started)
    seconds = time.perf_counter() - started
    return Reply(json_format.MessageToDict(reply_type.FromString(raw)), "OK", seconds)


def _channel(target: str, trust: str | None) -> Any:
    import grpc

    if trust is None:
        return grpc.insecure_channel(target)
    return grpc.secure_channel(target, grpc.ssl_channel_credentials(Path(trust).read_bytes()))


def _refused(error: Any, channel: Any, target: str, seconds: float) -> Reply:
    code, details = error.code().name, error.details()
    # A component may answer UNAVAILABLE too; then there is a connection.
    if code == "UNAVAILABLE" and not _is_connected(channel):
        raise ServerUnreachable(f"no answer from {target}: {details}", hint="is the server running there?")
    return Reply({"status": {"code": -1, "info": details, "reason": code, "status": 1}}, code, seconds)


def _is_connected(channel: Any) -> bool:
    import grpc

    try:
        grpc.channel_ready_future(channel).result(timeout=_RECONNECT)
    except grpc.FutureTimeoutError:
        return False
    return True


def _proto_types(method: Method) -> tuple[Any, Any]:
    from google.protobuf.empty_pb2 import Empty

    from seldon_workbench.server import wire

    if method is METADATA:
        return Empty(), wire.SeldonModelMetadata
    requests = {
        Input.MESSAGE: wire.SeldonMessage,
        Input.MESSAGES: wire.SeldonMessageList,
        Input.FEEDBACK: wire.Feedback,
    }
    return requests[method.input](), wire.SeldonMessage


def _body(text: bytes) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text.decode(errors="replace")
