"""A body over --max-body: 413 with a Status, which reaches the client however it sends."""

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from components import Identity

from seldon_workbench.server import http_channel

from .raw import HEAD, body, connected, read_all, status_line
from .serving import ANSWER, NDARRAY, TIMEOUT, Served, Serving, message, serving, status_of

LIMIT = 1000
LARGE = b'{"strData":"' + b"a" * 10_000_000 + b'"}'
JSON = {"Content-Type": "application/json"}
STATUS = {
    "status": {
        "code": -1,
        "info": "the body is larger than 1000 bytes",
        "reason": "MICROSERVICE_BAD_DATA",
        "status": 1,
    }
}


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving(Identity, max_body=LIMIT) as running:
        yield running


@pytest.fixture(autouse=True)
def still_healthy(served: Served) -> Iterator[None]:
    yield
    assert served.post(NDARRAY, timeout=5).json() == ANSWER


def sized(length: int) -> bytes:
    return b'{"strData":"' + b"a" * (length - 14) + b'"}'


def test_the_limit_itself_is_not_over_it(served: Served) -> None:
    def status(length: int) -> int:
        return served.ask("POST", "/predict", data=sized(length), headers=JSON).status_code

    assert (status(LIMIT - 1), status(LIMIT), status(LIMIT + 1)) == (200, 200, 413)


@pytest.mark.parametrize("path", ["/predict", "/send-feedback", "/aggregate", "/nope"])
def test_requests_reads_why_ten_megabytes_are_refused(served: Served, path: str) -> None:
    for _ in range(3):
        response = served.ask("POST", path, data=LARGE, headers=JSON)
        assert (response.status_code, response.json()) == (413, STATUS)
        assert response.headers["Content-Type"] == "application/json"


def test_requests_reads_it_while_it_sends_chunks(served: Served) -> None:
    chunks = (b"x" * 65536 for _ in range(160))
    response = served.ask("POST", "/predict", data=chunks, headers=JSON)
    assert (response.status_code, response.json()) == (413, STATUS)


def test_a_form_is_measured_too(served: Served) -> None:
    response = served.ask("POST", "/predict", data={"json": LARGE.decode()})
    assert status_of(response)["info"] == STATUS["status"]["info"]


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
@pytest.mark.parametrize(
    "flags", [[], ["-H", "Expect:"], ["-H", "Transfer-Encoding: chunked"], ["--http1.0"]]
)
def test_curl_reads_why(served: Served, tmp_path: Path, flags: list[str]) -> None:
    file = tmp_path / "body.json"
    file.write_bytes(LARGE)
    words = ["-sS", "-m", "20", "-w", "\n%{http_code} %{size_upload}", "-H", "Content-Type: application/json"]
    command = ["curl", *words, "--data-binary", f"@{file}", *flags, f"{served.url}/predict"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    text, _, summary = done.stdout.strip().rpartition("\n")
    assert (done.returncode, done.stderr, json.loads(text)) == (0, "", STATUS)
    code, uploaded = summary.split()
    assert code == "413"
    if not flags:  # curl asks first, with Expect: 100-continue
        assert uploaded == "0"


@pytest.mark.parametrize(
    "framing", [b"Content-Length: 10000000\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n989680\r\n"]
)
def test_a_socket_that_keeps_writing_reads_why(served: Served, framing: bytes) -> None:
    with connected(served.addresses.rest.port) as connection:
        connection.sendall(HEAD + framing)
        for _ in range(100):
            connection.sendall(b"x" * 100_000)
        reply = read_all(connection)
    assert status_line(reply).startswith(b"HTTP/1.1 413 ")
    assert json.loads(body(reply)) == STATUS


def test_who_waits_for_permission_is_refused_without_sending(served: Served) -> None:
    with connected(served.addresses.rest.port) as connection:
        connection.sendall(HEAD + b"Content-Length: 10000000\r\nExpect: 100-continue\r\n\r\n")
        assert status_line(read_all(connection)).startswith(b"HTTP/1.1 413 ")


def test_who_waits_for_permission_to_send_a_small_body_gets_it(served: Served) -> None:
    with connected(served.addresses.rest.port) as connection:
        connection.sendall(HEAD + b"Content-Length: 15\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n")
        assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b'{"strData":"x"}')
        assert body(read_all(connection)) == b'{"meta":{},"strData":"x"}\n'


def test_grpc_has_a_limit_of_its_own(served: Served) -> None:
    assert served.call("Model/Predict", message(strData="a" * 100_000)).strData[:1] == "a"


def test_without_a_limit_everything_is_read(serve_here: Serving) -> None:
    response = serve_here(Identity).ask("POST", "/predict", data=LARGE, headers=JSON)
    assert response.status_code == 200


# ---- bounds --------------------------------------------------------------------------------------


def send_again_and_again(connection: socket.socket, data: bytes, *, pause: float = 0.0) -> None:
    for _ in range(1000):
        connection.sendall(data)
        time.sleep(pause)


def test_a_refused_client_is_not_listened_to_for_ever(
    serve_here: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_channel, "_DRAIN_SECONDS", 0.1)
    served = serve_here(Identity, max_body=LIMIT)
    with connected(served.addresses.rest.port) as connection:
        connection.sendall(HEAD + b"Content-Length: 10000000\r\n\r\n")
        read_all(connection)
        with pytest.raises(ConnectionError):
            send_again_and_again(connection, b"x", pause=0.05)


def test_a_refused_client_is_not_listened_to_beyond_a_volume(
    serve_here: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_channel, "_DRAIN_BYTES", 1 << 20)
    served = serve_here(Identity, max_body=LIMIT)
    with connected(served.addresses.rest.port) as connection:
        connection.sendall(HEAD + b"Content-Length: 999999999999\r\n\r\n")
        with pytest.raises(ConnectionError):
            send_again_and_again(connection, b"x" * 65536)


def test_a_client_being_refused_delays_no_stop(serve_here: Serving) -> None:
    served = serve_here(Identity, max_body=LIMIT)
    with connected(served.addresses.rest.port) as connection:
        connection.sendall(HEAD + b"Content-Length: 10000000\r\n\r\n")
        assert connection.recv(100)
        began = time.monotonic()
        served.session.stop(5.0)
        assert time.monotonic() - began < 3


def test_a_refused_request_leaves_its_connection_to_nobody_else(served: Served) -> None:
    with requests.Session() as session:
        for _ in range(3):
            refused = session.post(f"{served.url}/predict", data=LARGE, headers=JSON, timeout=TIMEOUT)
            assert refused.headers["Connection"] == "close"
            assert session.post(f"{served.url}/predict", json=NDARRAY, timeout=TIMEOUT).json() == ANSWER
