"""A component served in this process, and how the tests talk to it."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import grpc
import requests
from google.protobuf.empty_pb2 import Empty
from prometheus_client.parser import text_string_to_metric_families

from seldon_workbench import Session
from seldon_workbench.addresses import Addresses
from seldon_workbench.server import wire

TIMEOUT = 20.0
"""Seconds any request may take before its test fails."""

NDARRAY = {"data": {"names": ["a", "b"], "ndarray": [[1, 2]]}}
"""A request like any other."""

ANSWER = {"data": {"names": ["t:0", "t:1"], "ndarray": [[1, 2]]}, "meta": {}}
"""What an identity answers to it."""


class Served:
    """A running server: over REST, over gRPC, and the session behind it."""

    def __init__(self, session: Session, addresses: Addresses) -> None:
        self.session = session
        self.addresses = addresses
        self.url = addresses.rest.url
        self.metrics_url = f"{addresses.metrics.url}{addresses.metrics_path}"
        assert addresses.grpc is not None
        self.target = addresses.grpc.target
        self._channel: grpc.Channel | None = None

    @property
    def channel(self) -> grpc.Channel:
        """The one gRPC channel of this server's tests."""
        if self._channel is None:
            self._channel = grpc.insecure_channel(self.target)
        return self._channel

    def ask(self, verb: str, path: str, **options: Any) -> requests.Response:
        """One REST request, over a connection of its own."""
        return requests.request(verb, self.url + path, **{"timeout": TIMEOUT} | options)

    def post(self, payload: Any, path: str = "/predict", **options: Any) -> requests.Response:
        """A JSON POST."""
        return self.ask("POST", path, json=payload, **options)

    def call(self, rpc: str, request: Any = None, timeout: float = TIMEOUT) -> Any:
        """One RPC: ``Model/Predict``. Raises grpc.RpcError."""
        return rpc_call(self.channel, rpc, request, timeout)

    def scrape(self) -> dict[str, float]:
        """The sum of every sample over its labels, by name."""
        return sums(requests.get(self.metrics_url, timeout=TIMEOUT).text)

    def close(self) -> None:
        """Close the channel and stop to serve."""
        if self._channel is not None:
            self._channel.close()
        self.session.stop(0.2)


Serving = Callable[..., Served]
"""What the fixture ``serve_here`` is."""


@contextmanager
def serving(component: object, **flags: Any) -> Iterator[Served]:
    """A component served on free ports, in a session with these settings."""
    served = start(component, **flags)
    try:
        yield served
    finally:
        served.close()


def start(component: object, env: dict[str, str] | None = None, **flags: Any) -> Served:
    """Serve a component; somebody has to close what is returned."""
    session = Session(env=env or {}, **{"http_port": 0, "grpc_port": 0, "metrics_port": 0} | flags)
    session.load(component)
    try:
        return Served(session, session.start())
    except BaseException:
        session.stop(0.0)
        raise


def rpc_call(channel: grpc.Channel, rpc: str, request: Any = None, timeout: float = TIMEOUT) -> Any:
    """One RPC over a channel; a request in bytes is sent as it is."""
    raw = request if isinstance(request, bytes) else (request or Empty()).SerializeToString()
    call: Any = channel.unary_unary(f"/seldon.protos.{rpc}")
    return reply_type(rpc).FromString(call(raw, timeout=timeout))


def reply_type(rpc: str) -> Any:
    """The message an RPC answers with."""
    return wire.SeldonModelMetadata if rpc.endswith("Metadata") else wire.SeldonMessage


def message(**fields: Any) -> Any:
    """A SeldonMessage, from keyword arguments in its JSON form."""
    from google.protobuf.json_format import ParseDict

    return ParseDict(fields, wire.SeldonMessage())


def plain(reply: Any) -> Any:
    """A protobuf message in its JSON form."""
    from google.protobuf.json_format import MessageToDict

    return MessageToDict(reply)


def sums(exposition: str) -> dict[str, float]:
    """The sum of every sample over its labels, by name."""
    totals: dict[str, float] = {}
    for family in text_string_to_metric_families(exposition):
        for sample in family.samples:
            totals[sample.name] = totals.get(sample.name, 0.0) + sample.value
    return totals


def eventually(claim: Callable[[], Any], timeout: float = 10.0) -> Any:
    """What a claim comes to once it is true; the test fails if it does not become true in time."""
    deadline = time.monotonic() + timeout
    while not (found := claim()):
        assert time.monotonic() < deadline, f"not true within {timeout} s"
        time.sleep(0.02)
    return found


def status_of(response: requests.Response) -> dict[str, Any]:
    """The Status of a refusal, whose shape is Seldon's."""
    body = response.json()
    assert set(body) == {"status"}, body
    status: dict[str, Any] = body["status"]
    assert set(status) == {"code", "info", "reason", "status"}, status
    assert (status["code"], status["status"]) == (-1, 1)
    assert status["info"], "a refusal says why"
    return status
