"""Calling a server as the commands do: a refusal is a reply, only silence is an exception."""

import json
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from components import Everything, Raising

from seldon_workbench import SeldonMicroserviceException
from seldon_workbench.errors import BadSetting, PayloadError, ServerUnreachable
from seldon_workbench.methods import (
    AGGREGATE,
    HEALTH_STATUS,
    METADATA,
    METHODS,
    PREDICT,
    SEND_FEEDBACK,
    Input,
)
from seldon_workbench.server.client import call_grpc, call_rest, ping

from .places import free_ports
from .serving import ANSWER, NDARRAY, Served, Serving, serving


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving(Everything) as running:
        yield running


PAYLOADS: dict[Input, Any] = {
    Input.MESSAGE: NDARRAY,
    Input.MESSAGES: {"seldonMessages": [NDARRAY]},
    Input.FEEDBACK: {"reward": 1},
    Input.NOTHING: None,
}


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
def test_every_method_is_called_over_both_wires(served: Served, method: Any) -> None:
    payload = PAYLOADS[method.input]
    rest = call_rest(served.url, method, payload)
    assert (rest.code, rest.is_ok) == ("200", True)
    if method.rpcs:
        rpc = call_grpc(served.target, method, payload)
        assert (rpc.code, rpc.is_ok) == ("OK", True)


def test_health_status_has_no_rpc_to_call(served: Served) -> None:
    with pytest.raises(PayloadError, match="no gRPC form") as refused:
        call_grpc(served.target, HEALTH_STATUS)
    assert "REST" in refused.value.hint


def test_a_reply_is_its_json_and_takes_time(served: Served) -> None:
    reply = call_rest(served.url, PREDICT, NDARRAY)
    assert reply.body == ANSWER
    assert 0 < reply.seconds < 10
    assert ping(served.url).body == "pong"


@pytest.mark.parametrize("url", ["{url}", "{url}/"])
def test_a_trailing_slash_is_no_different(served: Served, url: str) -> None:
    assert ping(url.format(url=served.url)).is_ok


def test_a_refusal_is_a_reply_with_a_status(served: Served) -> None:
    rest = call_rest(served.url, PREDICT, {"data": {"ndarray": [[1, 2], [3]]}})
    assert (rest.code, rest.is_ok) == ("400", False)
    rpc = call_grpc(served.target, PREDICT, {"data": {"ndarray": [[1, 2], [3]]}})
    assert (rpc.code, rpc.is_ok) == ("INVALID_ARGUMENT", False)
    assert rest.body["status"].keys() == rpc.body["status"].keys()
    assert "ragged" in rest.body["status"]["info"]
    assert "ragged" in rpc.body["status"]["info"]


def test_a_component_that_is_unavailable_is_not_a_server_that_is(serve_here: Serving) -> None:
    served = serve_here(Raising(SeldonMicroserviceException("cannot connect to the database", 503)))
    reply = call_grpc(served.target, PREDICT, NDARRAY)
    assert (reply.code, reply.body["status"]["info"]) == ("UNAVAILABLE", "cannot connect to the database")
    assert call_rest(served.url, PREDICT, NDARRAY).code == "503"


@pytest.mark.parametrize(
    "payload", [5, "x", [1], {"dta": {}}, {"data": 5}, {"data": {"tensor": {"values": "x"}}}]
)
def test_a_payload_that_is_no_message_does_not_leave(served: Served, payload: Any) -> None:
    with pytest.raises(PayloadError, match="SeldonMessage"):
        call_grpc(served.target, PREDICT, payload)


def test_a_bare_list_is_aggregated_over_both_wires(served: Served) -> None:
    assert call_rest(served.url, AGGREGATE, [NDARRAY, NDARRAY]).body == ANSWER
    assert call_grpc(served.target, AGGREGATE, [NDARRAY, NDARRAY]).body["data"]["ndarray"] == [[1.0, 2.0]]


def test_metadata_and_feedback_have_messages_of_their_own(served: Served) -> None:
    assert call_grpc(served.target, METADATA).body == {"versions": [""]}
    assert call_grpc(served.target, SEND_FEEDBACK, {"request": NDARRAY, "reward": 0.5}).is_ok


# ---- nobody there --------------------------------------------------------------------------------


def test_a_port_nobody_listens_on_is_unreachable() -> None:
    (port,) = free_ports(1)
    with pytest.raises(ServerUnreachable, match=str(port)) as rest:
        call_rest(f"http://127.0.0.1:{port}", PREDICT, NDARRAY)
    with pytest.raises(ServerUnreachable, match=str(port)) as rpc:
        call_grpc(f"127.0.0.1:{port}", PREDICT, NDARRAY)
    assert rest.value.hint == rpc.value.hint != ""


@pytest.mark.parametrize("target", ["no.such.host.invalid:5000", "nonsense"])
def test_a_host_that_does_not_exist_is_unreachable(target: str) -> None:
    with pytest.raises(ServerUnreachable):
        call_grpc(target, PREDICT, NDARRAY)
    with pytest.raises(ServerUnreachable):
        ping(f"http://{target}")


@pytest.mark.parametrize(
    "url", ["127.0.0.1:9000", "localhost", "ftp://localhost", "http://", "http://a:b", "http://[::1", ""]
)
def test_a_url_that_is_none_is_a_bad_setting(url: str) -> None:
    with pytest.raises(BadSetting) as refused:
        ping(url)
    assert "http://127.0.0.1:9000" in refused.value.hint


def silent(reply: bytes) -> tuple[socket.socket, threading.Thread]:
    """A server that says this to whoever connects, and closes."""
    listening = socket.create_server(("127.0.0.1", 0))

    def answer() -> None:
        connection, _ = listening.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(reply)

    thread = threading.Thread(target=answer)
    thread.start()
    return listening, thread


@pytest.mark.parametrize("reply", [b"", b"nonsense", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"])
def test_a_server_that_speaks_no_http_is_unreachable(reply: bytes) -> None:
    listening, thread = silent(reply)
    with listening, pytest.raises(ServerUnreachable):
        call_rest(f"http://127.0.0.1:{listening.getsockname()[1]}", PREDICT, NDARRAY)
    thread.join()


def test_a_server_that_takes_too_long_is_unreachable() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as listening,
        pytest.raises(ServerUnreachable, match="timed out"),
    ):
        ping(f"http://127.0.0.1:{listening.getsockname()[1]}", timeout=0.2)


def test_a_reply_that_is_no_json_is_text() -> None:
    listening, thread = silent(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 9\r\n\r\n<html>\xff\r\n")
    with listening:
        reply = call_rest(f"http://127.0.0.1:{listening.getsockname()[1]}", PREDICT, NDARRAY)
    thread.join()
    assert (reply.code, reply.is_ok) == ("502", False)
    assert json.dumps(reply.body).startswith('"<html>')
