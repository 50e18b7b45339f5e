"""Calls of Seldon's client on the wire: where they go, what they carry, what came of them.

Rule: a refusal, a server that is not there and one that does not answer in time are Answers with a
failure; nothing here raises for what the other side does.
"""

import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from typing import Any
from urllib.parse import quote

from seldon_workbench.companions.client_values import Options, SeldonClientException

__all__ = ["Answer", "Calls", "explain_url", "gateway_url", "rpc_metadata"]


_IDLE = 1.0
"""Seconds after which a connection is not used again: servers close idle ones (Seldon's after 2 s), and a
request that crosses the closing on its way is lost."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a call."""

    body: Any
    """Parsed JSON, or the serialized message; None if there is none."""
    failure: str = ""
    """Why it failed; empty if it did not."""


# ---- where calls go ------------------------------------------------------------------------------


def gateway_url(
    options: Options, path: str, *, prefix: str | None = None, own_path: str | None = None
) -> str:
    """Where a deployment is served: ``path`` behind the gateway, or ``own_path`` of the deployment.

    Raises SeldonClientException if the deployment is needed and not named.
    """
    if options.is_direct:
        return f"http://{options.gateway_endpoint}{path}"
    is_secure = options.call_credentials is not None and options.ssl is not False
    return _url(options, is_secure, "", path, prefix, own_path)


def explain_url(options: Options, predictor: str, *, prefix: str | None, own_path: str | None) -> str:
    """Where the explainer of a predictor is served. Raises SeldonClientException."""
    is_secure = options.channel_credentials is not None and options.ssl is not False
    unit = f"-explainer/{quote(predictor)}"
    return _url(options, is_secure, unit, "/api/v1.0/explain", prefix, own_path)


def _url(
    options: Options, is_secure: bool, unit: str, path: str, prefix: str | None, own_path: str | None
) -> str:
    base = f"{'https' if is_secure else 'http'}://{options.gateway_endpoint}"
    if prefix is not None and own_path is None:
        return f"{base}{prefix}{path}"
    if not options.deployment_name:
        raise SeldonClientException(
            f"a call through {options.gateway} needs a deployment_name",
            hint="name the deployment, or call its service with gateway='seldon'",
        )
    namespace = f"{quote(options.namespace)}/" if options.namespace else ""
    return f"{base}/seldon/{namespace}{quote(options.deployment_name)}{unit}{own_path or path}"


def rpc_metadata(options: Options, headers: Mapping[str, str] | None) -> list[tuple[str, str]]:
    """What tells a gateway which deployment an RPC is for, and the caller's own headers."""
    own = [(name.lower(), str(value)) for name, value in (headers or {}).items()]
    if options.is_direct:
        return own
    where = [("seldon", options.deployment_name or "")]
    if options.namespace is not None:
        where.append(("namespace", options.namespace))
    return where + own


# ---- calling -------------------------------------------------------------------------------------


class Calls:
    """Open connections, kept and used again by any thread.

    ``timeout`` is the seconds a call may take: over REST to connect, and again between two reads.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._channels: dict[tuple[Any, ...], Any] = {}
        self._sessions: list[Any] = []
        self._own = threading.local()

    def close(self) -> None:
        """Close every connection; the next call opens a new one."""
        with self._lock:
            sessions, channels = self._sessions, list(self._channels.values())
            self._sessions, self._channels, self._own = [], {}, threading.local()
        for each in (*sessions, *channels):
            each.close()

    def post_json(
        self, url: str, body: Any, options: Options, headers: Mapping[str, str] | None, timeout: float
    ) -> Answer:
        """POST a JSON body through a gateway, with the token if there is one."""
        extra = dict(headers or {})
        if options.token is not None and not options.is_direct:
            extra["X-Auth-Token"] = options.token
        extra["Content-Type"] = "application/json"
        return self._post(url, options, timeout, data=json.dumps(body).encode(), headers=extra)

    def post_form(self, url: str, body: Any, options: Options, timeout: float) -> Answer:
        """POST the form field ``json`` to a microservice."""
        return self._post(url, options, timeout, data={"json": json.dumps(body)})

    def call(
        self,
        rpc: str,
        request: Any,
        options: Options,
        metadata: list[tuple[str, str]],
        timeout: float,
        *,
        is_microservice: bool = False,
    ) -> Answer:
        """Call an RPC: ``Seldon/Predict``. The answer's body is bytes."""
        import grpc

        endpoint = options.microservice_endpoint if is_microservice else options.gateway_endpoint
        is_secure = not (is_microservice or options.is_direct or options.ssl is False)
        credentials = options.channel_credentials if is_secure else None
        if credentials is not None and options.token is not None:
            metadata = [*metadata, ("x-auth-token", options.token)]  # never in clear text
        channel = self._channel(endpoint, options, credentials)
        try:
            stub = channel.unary_unary(f"/seldon.protos.{rpc}")
            return Answer(stub(request.SerializeToString(), metadata=metadata, timeout=timeout))
        except grpc.RpcError as error:
            return Answer(None, f"{error.code().name}: {error.details()}")

    def _post(self, url: str, options: Options, timeout: float, **sent: Any) -> Answer:
        import requests

        try:
            response = self._session().post(url, timeout=timeout, **_trust(options), **sent)
        except requests.RequestException as error:
            return Answer(None, f"no answer from {url}: {error}")
        except OSError as error:  # a certificate that is not there
            raise SeldonClientException(f"the credentials cannot be read: {error}") from error
        try:
            body = response.json()
        except ValueError as error:
            return Answer(None, _http_failure(response, None) or f"the reply is no JSON: {error}")
        return Answer(body, _http_failure(response, body))

    def _session(self) -> Any:
        """This thread's connections; what requests keeps of them is not safe between threads."""
        own, now = self._own, time.monotonic()
        if not hasattr(own, "session"):
            import requests

            own.session = requests.Session()
            own.session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
            with self._lock:
                self._sessions.append(own.session)
        elif now - own.used > _IDLE:
            own.session.close()
        own.used = now
        return own.session

    def _channel(self, endpoint: str, options: Options, credentials: Any) -> Any:
        limits = (options.grpc_max_send_message_length, options.grpc_max_receive_message_length)
        key = (endpoint, *limits, credentials)
        with self._lock:
            if key not in self._channels:
                self._channels[key] = _open_channel(endpoint, *limits, credentials)
            return self._channels[key]


def _http_failure(response: Any, body: Any) -> str:
    """``500:Internal Server Error``, and what the server says about it; empty for a success."""
    if response.ok:
        return ""
    status = body.get("status") if isinstance(body, dict) else None
    said = status.get("info") if isinstance(status, dict) else None
    return f"{response.status_code}:{response.reason}" + (f": {said}" if said else "")


def _trust(options: Options) -> dict[str, Any]:
    """Whom REST trusts, and who it says it is."""
    given = options.channel_credentials
    if given is None:
        return {}
    trust: dict[str, Any] = {"verify": given.verify and (given.root_certificates_file or True)}
    if given.certificate_chain_file:
        key = given.private_key_file
        trust["cert"] = (given.certificate_chain_file, key) if key else given.certificate_chain_file
    return trust


def _open_channel(endpoint: str, longest_sent: int, longest_received: int, credentials: Any) -> Any:
    import grpc

    options = [
        ("grpc.max_send_message_length", longest_sent),
        ("grpc.max_receive_message_length", longest_received),
        # A server that comes back is found within a second, also by channels that failed before.
        ("grpc.initial_reconnect_backoff_ms", 100),
        ("grpc.max_reconnect_backoff_ms", 1000),
        ("grpc.use_local_subchannel_pool", 1),
    ]
    if credentials is None:
        return grpc.insecure_channel(endpoint, options)
    files = (
        credentials.root_certificates_file,
        credentials.private_key_file,
        credentials.certificate_chain_file,
    )
    return grpc.secure_channel(endpoint, grpc.ssl_channel_credentials(*map(_read, files)), options)


def _read(path: str | None) -> bytes | None:
    if path is None:
        return None
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise SeldonClientException(f"the credentials cannot be read: {error}") from error
