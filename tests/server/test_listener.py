"""The HTTP listener: a request takes a thread only once it is complete, and only one of those it needs."""

import contextlib
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
from components import Blocking, Identity
from grpc_health.v1 import health_pb2, health_pb2_grpc

from seldon_workbench.server import http_channel

from .raw import HEAD, body, connected, half_a_request, read_all
from .serving import ANSWER, NDARRAY, TIMEOUT, Served, Serving, eventually, message

PING = b"GET /health/ping HTTP/1.1\r\nHost: localhost\r\n\r\n"


def seconds_of(call: Any) -> float:
    began = time.monotonic()
    call()
    return time.monotonic() - began


@contextlib.contextmanager
def half_sent(port: int, count: int) -> Iterator[None]:
    with contextlib.ExitStack() as stack:
        for _ in range(count):
            stack.enter_context(connected(port)).sendall(half_a_request())
        yield


@contextlib.contextmanager
def busy(served: Served, component: Blocking) -> Iterator[None]:
    """While this lasts, the component's one thread is in predict."""
    with ThreadPoolExecutor(1) as pool:
        reply = pool.submit(served.post, NDARRAY)
        assert component.entered.wait(10)
        try:
            yield
        finally:
            component.released.set()
        assert reply.result().json() == ANSWER


@pytest.mark.parametrize("threads", [1, 4])
def test_half_sent_requests_delay_nothing(serve_here: Serving, threads: int) -> None:
    served = serve_here(Identity, threads=threads)
    with half_sent(served.addresses.rest.port, 20), half_sent(served.addresses.metrics.port, 20):
        assert seconds_of(lambda: served.ask("GET", "/health/ping")) < 1
        assert seconds_of(lambda: served.post(NDARRAY)) < 1
        assert seconds_of(served.scrape) < 1


def test_a_half_sent_request_delays_no_stop(serve_here: Serving) -> None:
    served = serve_here(Identity)
    with half_sent(served.addresses.rest.port, 20):
        served.ask("GET", "/health/ping")
        assert seconds_of(lambda: served.session.stop(5.0)) < 3


def test_a_slow_predict_delays_nothing_that_calls_no_component(serve_here: Serving) -> None:
    component = Blocking()
    served = serve_here(component)
    health = health_pb2_grpc.HealthStub(served.channel)
    health.Check(health_pb2.HealthCheckRequest(), timeout=TIMEOUT)
    with busy(served, component):
        for path in (
            "/health/ping",
            "/health/status",
            "/metadata",
            "/metrics",
            "/nope",
            "/api/v1.0/metadata",
        ):
            assert seconds_of(lambda path=path: served.ask("GET", path)) < 0.5, path
        assert seconds_of(served.scrape) < 0.5
        assert seconds_of(lambda: health.Check(health_pb2.HealthCheckRequest(), timeout=TIMEOUT)) < 0.5
        assert seconds_of(lambda: served.call("Model/Metadata")) < 0.5


def test_many_waiting_predicts_delay_no_ping(serve_here: Serving) -> None:
    component = Blocking()
    served = serve_here(component)
    with ThreadPoolExecutor(20) as pool:
        replies = [pool.submit(served.post, NDARRAY) for _ in range(20)]
        assert component.entered.wait(10)
        assert seconds_of(lambda: served.ask("GET", "/health/ping")) < 0.5
        component.released.set()
        assert [reply.result().json() for reply in replies] == [ANSWER] * 20


def test_a_health_check_of_the_component_waits_for_its_thread(serve_here: Serving) -> None:
    class Unwell(Blocking):
        thread = ""

        def health_status(self) -> str:
            Unwell.thread = threading.current_thread().name
            return "well"

    component = Unwell()
    served = serve_here(component)
    with busy(served, component), pytest.raises(requests.Timeout):
        served.ask("GET", "/health/status", timeout=0.3)
    eventually(lambda: Unwell.thread == "seldon-worker-0")


# ---- connections ---------------------------------------------------------------------------------


def test_a_connection_is_kept_for_the_next_request(serve_here: Serving) -> None:
    served = serve_here(Identity)
    with requests.Session() as session:
        for _ in range(10):
            reply = session.post(f"{served.url}/predict", json=NDARRAY, timeout=TIMEOUT)
            assert "Connection" not in reply.headers
        (pool,) = session.get_adapter(served.url).poolmanager.pools._container.values()
        assert pool.num_connections == 1


@pytest.mark.parametrize(
    ("request_", "reply"),
    [
        (b"GET /health/ping HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", b"Connection: close"),
        (b"GET /health/ping HTTP/1.0\r\n\r\n", b"Connection: close"),
    ],
)
def test_who_asks_for_a_close_gets_it(serve_here: Serving, request_: bytes, reply: bytes) -> None:
    with connected(serve_here(Identity).addresses.rest.port) as connection:
        connection.sendall(request_)
        assert reply in read_all(connection)


def test_an_http_1_0_client_may_keep_its_connection(serve_here: Serving) -> None:
    with connected(serve_here(Identity).addresses.rest.port) as connection:
        for _ in range(3):
            connection.sendall(b"GET /health/ping HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            assert b"Connection: Keep-Alive" in connection.recv(1000)


def test_pipelined_requests_are_answered_in_order(serve_here: Serving) -> None:
    served = serve_here(Identity, threads=4)
    requests_ = [HEAD + b'Content-Length: 15\r\n\r\n{"strData":"%d"}' % number for number in range(9)]
    with connected(served.addresses.rest.port) as connection:
        connection.sendall(b"".join(requests_) + PING.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        reply = read_all(connection)
    said = [piece.partition(b'"')[0] for piece in reply.split(b'"strData":"')[1:]]
    assert said == [str(number).encode() for number in range(9)]
    assert body(reply).endswith(b"pong")


def test_an_idle_connection_is_closed_after_the_keepalive(serve_here: Serving) -> None:
    with connected(serve_here(Identity, keepalive=1).addresses.rest.port) as connection:
        connection.sendall(PING)
        assert connection.recv(1000)
        assert 0.5 < seconds_of(lambda: read_all(connection)) < 6


def test_a_stalled_request_is_given_up(serve_here: Serving, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_channel, "_STALLED", 0.5)
    with connected(serve_here(Identity).addresses.rest.port) as connection:
        connection.sendall(half_a_request())
        assert read_all(connection) == b""


def test_a_slow_reader_gets_all_of_a_large_reply(serve_here: Serving) -> None:
    served = serve_here(lambda X: "a" * 20_000_000)
    with connected(served.addresses.rest.port) as connection:
        connection.sendall(HEAD + b'Connection: close\r\nContent-Length: 15\r\n\r\n{"strData":"x"}')
        time.sleep(0.2)
        assert served.ask("GET", "/health/ping").text == "pong"
        assert len(body(read_all(connection))) == 20_000_025


def test_a_hundred_clients_at_once_are_all_answered(serve_here: Serving) -> None:
    served = serve_here(Identity, threads=2)
    with ThreadPoolExecutor(100) as pool:
        replies = list(pool.map(lambda number: served.post({"strData": str(number)}).json(), range(300)))
    assert replies == [{"meta": {}, "strData": str(number)} for number in range(300)]


def test_rest_and_grpc_share_the_threads(serve_here: Serving) -> None:
    component = Blocking()
    served = serve_here(component)
    with busy(served, component), ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(served.call, "Model/Predict", message(**NDARRAY))
        time.sleep(0.1)
        assert not waiting.done()
        component.released.set()
        assert waiting.result().data
