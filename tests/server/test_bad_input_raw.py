"""Bytes that are no HTTP request: refused with a Status where they can be, and never a harm to others."""

import contextlib
import json
import socket
import struct
from collections.abc import Iterator

import pytest
from components import Identity

from .raw import HEAD, body, connected, exchange, half_a_request, read_all, status_line
from .serving import ANSWER, NDARRAY, Served, serving

HOST = b"Host: localhost\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"

NOT_HTTP = {
    "a TLS hello": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"a" * 100 + b"\r\n\r\n",
    "every byte there is": bytes(range(256)) + b"\r\n\r\n",
    "an SSH client": b"SSH-2.0-OpenSSH_9\r\n\r\n",
    "a word": b"hello\r\n\r\n",
    "a JSON document": b'{"strData":"x"}\r\n\r\n',
    "a Redis client": b"*1\r\n$4\r\nPING\r\n\r\n",
}
BAD_LINES = {
    "only a verb": b"GET\r\n\r\n",
    "a lower-case verb": b"get / HTTP/1.1\r\n" + HOST + b"\r\n",
    "another protocol": b"GET / FOO/1.1\r\n" + HOST + b"\r\n",
    "two spaces": b"GET  / HTTP/1.1\r\n" + HOST + b"\r\n",
    "a word too many": b"GET / x HTTP/1.1\r\n" + HOST + b"\r\n",
    "an address that is none": b"GET http://[::1/predict HTTP/1.1\r\n" + HOST + b"\r\n",
    "bytes beyond ASCII": b"GET /\xff\xfe HTTP/1.1\r\n" + HOST + b"\r\n",
}
BAD_HEADERS = {
    "no colon": b"Foo\r\n",
    "a space before the colon": b"Host : x\r\n",
    "a continued line": b" Host: x\r\n",
    "a bare CR": b"Host: a\rb\r\n",
    "a NUL": b"Host: a\x00b\r\n",
    "an empty name": b": x\r\n",
}
BAD_LENGTHS = (b"abc", b"-1", b"+5", b"1 2", b"0x10", b"5, 6", b"", b"1.5", b"\xb2", b"9" * 5000)
BAD_CHUNKS = (
    b"zz\r\n{}\r\n",
    b"-2\r\n{}\r\n",
    b"2\r\n{}xx",
    b"0x2\r\n{}\r\n",
    b"2;\x01\r\n{}\r\n",
    b"2 \r\n{}\r\n",
)

REFUSED = {
    **NOT_HTTP,
    **BAD_LINES,
    **{name: b"GET /health/ping HTTP/1.1\r\n" + line + b"\r\n" for name, line in BAD_HEADERS.items()},
    **{f"length {text[:9]!r}": HEAD + b"Content-Length: " + text + b"\r\n\r\n{}" for text in BAD_LENGTHS},
    **{f"chunk {text!r}": CHUNKED + text for text in BAD_CHUNKS},
    "two lengths": HEAD + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
}


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving(Identity) as running:
        yield running


@pytest.fixture(autouse=True)
def still_healthy(served: Served) -> Iterator[None]:
    yield
    assert served.post(NDARRAY, timeout=5).json() == ANSWER


def refusal(served: Served, data: bytes) -> tuple[int, str]:
    """Status and info of the refusal, after which the server closes the connection."""
    reply = exchange(served.addresses.rest.port, data)
    status = json.loads(body(reply))["status"]
    assert (status["code"], status["status"]) == (-1, 1)
    return int(status_line(reply).split()[1]), status["info"]


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_no_request_is_refused_at_once(served: Served, kind: str) -> None:
    for _ in range(3):
        status, info = refusal(served, REFUSED[kind])
        assert status == 400
        assert info.startswith("Bad Request: ")


@pytest.mark.parametrize(
    "data",
    [
        b"GET /" + b"a" * 300_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n",
        b"GET /health/ping HTTP/1.1\r\nX: " + b"a" * 300_000 + b"\r\n\r\n",
        b"GET /health/ping HTTP/1.1\r\n" + b"X: 1234567890\r\n" * 30_000 + b"\r\n",
    ],
    ids=["line", "header", "headers"],
)
def test_a_header_that_is_too_large_is_431(served: Served, data: bytes) -> None:
    assert refusal(served, data)[0] == 431


@pytest.mark.parametrize("encoding", [b"gzip", b"identity", b"chunked, gzip", b"xchunked", b"gzip, chunked"])
def test_an_unknown_transfer_encoding_is_501(served: Served, encoding: bytes) -> None:
    status, info = refusal(served, HEAD + b"Transfer-Encoding: " + encoding + b"\r\n\r\n2\r\n{}\r\n0\r\n\r\n")
    assert status == 501
    assert "Transfer-Encoding" in info


def test_http_2_without_tls_is_a_path_that_is_not_served(served: Served) -> None:
    assert refusal(served, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")[0] == 404


def test_a_length_that_is_too_short_cuts_the_body_off(served: Served) -> None:
    text = b'{"strData":"abc"}'
    reply = exchange(served.addresses.rest.port, HEAD + b"Content-Length: 5\r\n\r\n" + text + b"\r\n\r\n")
    assert status_line(reply) == b"HTTP/1.1 400 Bad Request"
    assert b"Can't find JSON in data" in reply


@pytest.mark.parametrize("data", [half_a_request(), HEAD, b"POST /pre", CHUNKED + b"5\r\n{}", b"\r\n", b""])
@pytest.mark.parametrize("how", ["shutdown", "close", "reset"])
def test_who_leaves_half_way_is_forgotten(served: Served, data: bytes, how: str) -> None:
    with connected(served.addresses.rest.port) as connection:
        connection.sendall(data)
        if how == "shutdown":
            connection.shutdown(socket.SHUT_WR)
            assert read_all(connection) == b""
        elif how == "reset":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def test_who_leaves_before_the_reply_is_forgotten(served: Served) -> None:
    whole = HEAD + b'Content-Length: 15\r\n\r\n{"strData":"x"}'
    for _ in range(20):
        with connected(served.addresses.rest.port) as connection:
            connection.sendall(whole)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def test_garbage_after_a_good_request_spoils_only_itself(served: Served) -> None:
    good = b"GET /health/ping HTTP/1.1\r\n" + HOST + b"\r\n"
    reply = exchange(served.addresses.rest.port, good + good + NOT_HTTP["every byte there is"])
    assert reply.count(b"HTTP/1.1 200 OK") == 2
    assert reply.count(b"pong") == 2
    assert b"400 Bad Request" in reply


def test_bytes_that_come_one_by_one_are_a_request(served: Served) -> None:
    with connected(served.addresses.rest.port) as connection:
        for byte in b"GET /health/ping HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n":
            connection.send(bytes([byte]))
        assert body(read_all(connection)) == b"pong"


def test_the_metrics_port_refuses_garbage_alike(served: Served) -> None:
    for data in NOT_HTTP.values():
        assert status_line(exchange(served.addresses.metrics.port, data)).endswith(b"400 Bad Request")


def test_garbage_on_the_grpc_port_harms_nobody(served: Served) -> None:
    assert served.addresses.grpc is not None
    for data in (*NOT_HTTP.values(), b"GET / HTTP/1.1\r\n" + HOST + b"\r\n"):
        with connected(served.addresses.grpc.port) as connection:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            with contextlib.suppress(ConnectionResetError):
                read_all(connection)
    assert served.call("Model/Metadata").versions
