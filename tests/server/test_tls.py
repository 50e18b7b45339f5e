"""TLS on every port: real clients, clients that misbehave, and files that are none."""

import socket
import ssl
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import pytest
import requests

from seldon_workbench import Session
from seldon_workbench.errors import BadSetting
from seldon_workbench.server import tls_channel

from .certificates import Certificates, make_certificates
from .microservices import ended, microservice
from .serving import ANSWER, NDARRAY, TIMEOUT, Served, Serving, eventually, message, rpc_call


class Identity:
    def predict(self, X, names=None):
        return X


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates"))


def secure_channel(target: str, made: Certificates, *, shows: bool = False) -> grpc.Channel:
    pair = (made.text("client.key"), made.text("client.pem")) if shows else (None, None)
    options = [("grpc.use_local_subchannel_pool", 1)]
    return grpc.secure_channel(target, grpc.ssl_channel_credentials(made.text("ca.pem"), *pair), options)


def test_every_port_is_tls_and_clients_can_check_it(serve_here: Serving, made: Certificates) -> None:
    served = serve_here(Identity(), **made.serving)
    assert served.url.startswith("https://")
    ca = made.file("ca.pem")
    assert served.post(NDARRAY, verify=ca).json() == ANSWER
    assert requests.get(served.metrics_url, verify=ca, timeout=TIMEOUT).status_code == 200
    with secure_channel(served.target, made) as channel:
        assert rpc_call(channel, "Model/Predict", message(**NDARRAY)).data.names == ["t:0", "t:1"]
    with pytest.raises(requests.exceptions.SSLError, match="CERTIFICATE_VERIFY_FAILED"):
        served.post(NDARRAY, verify=made.file("stranger.pem"))


@pytest.mark.parametrize("via", ["rest", "grpc"])
def test_a_session_trusts_its_own_certificate(serve_here: Serving, made: Certificates, via: str) -> None:
    served = serve_here(Identity(), **made.serving)
    assert served.session.call("predict", NDARRAY, via=via).is_ok


def test_a_connection_is_kept_and_carries_large_bodies_both_ways(
    serve_here: Serving, made: Certificates
) -> None:
    served = serve_here(Identity(), **made.serving)
    values = np.random.default_rng(1).random(300_000).tolist()
    payload = {"data": {"tensor": {"shape": [len(values), 1], "values": values}}}
    with requests.Session() as session:
        options: dict[str, Any] = {"timeout": TIMEOUT, "verify": made.file("ca.pem")}
        for _ in range(3):
            reply = session.post(f"{served.url}/predict", json=payload, **options)
            assert reply.json()["data"]["tensor"]["values"] == values
            assert session.post(f"{served.url}/predict", json=NDARRAY, **options).json() == ANSWER
    assert "Connection" not in reply.headers


def test_many_clients_are_served_at_once(serve_here: Serving, made: Certificates) -> None:
    served = serve_here(Identity(), threads=4, **made.serving)

    def ask(number: int) -> bool:
        with requests.Session() as session:
            bodies = [
                {"jsonData": {"number": number, "turn": turn, "pad": "x" * 40_000}} for turn in range(10)
            ]
            return all(
                session.post(
                    f"{served.url}/predict", json=body, timeout=TIMEOUT, verify=made.file("ca.pem")
                ).json()["jsonData"]
                == body["jsonData"]
                for body in bodies
            )

    with ThreadPoolExecutor(12) as pool:
        assert all(pool.map(ask, range(12)))


@contextmanager
def half_greeted(served: Served, count: int) -> Iterator[list[socket.socket]]:
    """Connections whose client has sent the beginning of a greeting and nothing more."""
    port = served.addresses.rest.port
    opened = [socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT) for _ in range(count)]
    try:
        for each in opened:
            each.sendall(b"\x16\x03\x01\x02\x00\x01")
        yield opened
    finally:
        for each in opened:
            each.close()


def test_slow_greetings_delay_nobody_and_are_given_up(
    serve_here: Serving, made: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tls_channel, "_GREETING", 1.0)
    served = serve_here(Identity(), **made.serving)
    with half_greeted(served, 20) as opened:
        began = time.monotonic()
        assert served.post(NDARRAY, verify=made.file("ca.pem")).json() == ANSWER
        assert time.monotonic() - began < 1
        assert opened[0].recv(100) == b""
        assert 0.9 < time.monotonic() - began < 5


def test_plain_http_on_a_tls_port_is_closed_and_costs_nothing(
    serve_here: Serving, made: Certificates
) -> None:
    served = serve_here(Identity(), **made.serving)
    with pytest.raises(requests.ConnectionError):
        requests.get(served.url.replace("https", "http"), timeout=TIMEOUT)
    assert served.post(NDARRAY, verify=made.file("ca.pem")).json() == ANSWER


def raw_tls(served: Served, made: Certificates) -> ssl.SSLSocket:
    context = ssl.create_default_context(cafile=made.file("ca.pem"))
    plain = socket.create_connection(("127.0.0.1", served.addresses.rest.port), timeout=TIMEOUT)
    return context.wrap_socket(plain, server_hostname="127.0.0.1")


def test_a_request_in_small_records_and_two_in_one_are_read(serve_here: Serving, made: Certificates) -> None:
    served = serve_here(Identity(), **made.serving)
    ping = b"GET /health/ping HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with raw_tls(served, made) as connection:
        for place in range(len(ping)):
            connection.sendall(ping[place : place + 1])
        assert b"pong" in connection.recv(1000)
        connection.sendall(ping + ping)
        received = b""
        while received.count(b"pong") < 2:
            received += connection.recv(1000)


def test_a_client_that_reads_slowly_gets_all_of_it(serve_here: Serving, made: Certificates) -> None:
    served = serve_here(Identity(), **made.serving)
    body = b'{"strData":"' + b"y" * 3_000_000 + b'"}'
    head = b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    with raw_tls(served, made) as connection:
        connection.sendall(head + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        received = bytearray()
        while piece := connection.recv(65536):
            received += piece
            if len(received) < 500_000:
                time.sleep(0.02)
                assert served.ask("GET", "/health/ping", verify=made.file("ca.pem")).text == "pong"
    assert received.endswith(b'"' + b"y" * 3_000_000 + b'"}\n')


def test_the_end_of_a_connection_is_told_apart_from_a_cut(serve_here: Serving, made: Certificates) -> None:
    served = serve_here(Identity(), **made.serving)
    context = ssl.create_default_context(cafile=made.file("ca.pem"))
    plain = socket.create_connection(("127.0.0.1", served.addresses.rest.port), timeout=TIMEOUT)
    # So a missing farewell is an error.
    with context.wrap_socket(plain, server_hostname="127.0.0.1", suppress_ragged_eofs=False) as connection:
        connection.sendall(b"GET /health/ping HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        while piece := connection.recv(1000):
            assert piece


def test_a_body_that_is_too_large_is_refused_readably(serve_here: Serving, made: Certificates) -> None:
    served = serve_here(Identity(), max_body=1000, **made.serving)
    with raw_tls(served, made) as connection:
        connection.sendall(b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 90000000\r\n\r\n")
        for _ in range(100):
            try:
                connection.sendall(b"x" * 10_000)
            except OSError:
                break
        assert connection.recv(1000).startswith(b"HTTP/1.1 413")


# ---- certificates of clients ---------------------------------------------------------------------


def test_clients_need_a_certificate_if_authorities_are_named(serve_here: Serving, made: Certificates) -> None:
    served = serve_here(Identity(), **made.serving, ssl_ca_certs=made.file("ca.pem"))
    ca = made.file("ca.pem")
    assert served.post(NDARRAY, verify=ca, cert=made.client).json() == ANSWER
    with secure_channel(served.target, made, shows=True) as channel:
        assert rpc_call(channel, "Model/Predict", message(**NDARRAY)).data.names
    strangers = (made.file("stranger.pem"), made.file("stranger.key"))
    for cert in (None, strangers):
        with pytest.raises(requests.ConnectionError):
            served.post(NDARRAY, verify=ca, cert=cert)
        with pytest.raises(requests.ConnectionError):
            requests.get(served.metrics_url, verify=ca, cert=cert, timeout=TIMEOUT)
    with secure_channel(served.target, made) as channel, pytest.raises(grpc.RpcError):
        rpc_call(channel, "Model/Predict", message(**NDARRAY), timeout=3)


# ---- files that are none -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        ({"ssl_certfile": "absent.pem"}, "ssl_certfile absent.pem cannot be read: No such file"),
        ({"ssl_certfile": "{server.pem}", "ssl_keyfile": "absent"}, "ssl_keyfile absent cannot be read"),
        ({"ssl_certfile": "{server.pem}"}, "are no certificate with its key"),
        ({"ssl_certfile": "{server.pem}", "ssl_keyfile": "{client.key}"}, "are no certificate with its key"),
        ({"ssl_certfile": "{server.pem}", "ssl_keyfile": "{server.csr}"}, "are no certificate with its key"),
        (
            {"ssl_ca_certs": "{names}", "ssl_certfile": "{server.pem}", "ssl_keyfile": "{server.key}"},
            "no certificates",
        ),
        (
            {"ssl_ca_certs": "absent", "ssl_certfile": "{server.pem}", "ssl_keyfile": "{server.key}"},
            "ssl_ca_certs absent",
        ),
    ],
)
def test_a_bad_file_is_named_before_anything_is_served(
    made: Certificates, files: dict[str, str], problem: str
) -> None:
    given = {
        name: made.file(text.strip("{}")) if text.startswith("{") else text for name, text in files.items()
    }
    session = Session(env={}, http_port=0, grpc_port=0, metrics_port=0, **given)
    session.load(Identity())
    try:
        with pytest.raises(BadSetting) as caught:
            session.start()
    finally:
        session.stop(0.0)
    assert problem in caught.value.text
    assert caught.value.hint


def test_an_encrypted_key_is_refused_without_asking_for_its_password(
    made: Certificates, tmp_path: Path
) -> None:
    import subprocess

    encrypted = tmp_path / "encrypted.key"
    command = ["openssl", "rsa", "-aes128", "-passout", "pass:x", "-in", made.file("server.key")]
    subprocess.run([*command, "-out", str(encrypted)], check=True, capture_output=True)
    words = ("--ssl-certfile", made.file("server.pem"), "--ssl-keyfile", str(encrypted))
    status, log = ended(
        "worker_cast.Where", *words, "--http-port", "0", "--grpc-port", "0", "--metrics-port", "0"
    )
    assert (status, "the key is encrypted" in log) == (1, True), log


# ---- with workers --------------------------------------------------------------------------------


def test_workers_speak_tls_too(made: Certificates, tmp_path: Path) -> None:
    env = {"SELDON_SSL_CERTFILE": made.file("server.pem"), "SELDON_SSL_KEYFILE": made.file("server.key")}
    ca = made.file("ca.pem")
    words = ("worker_cast.Where", "--workers", "2", "--grpc-workers", "2", "--ssl-ca-certs", ca)
    with microservice(*words, folder=tmp_path, is_secure=True, **env) as served:

        def answer() -> Any:
            url = f"https://127.0.0.1:{served.http}/predict"
            return requests.post(url, json=NDARRAY, verify=ca, cert=made.client, timeout=TIMEOUT).json()

        eventually(lambda: len({answer()["jsonData"]["pid"] for _ in range(10)}) == 2)
        with secure_channel(f"127.0.0.1:{served.grpc}", made, shows=True) as channel:
            grpc.channel_ready_future(channel).result(timeout=TIMEOUT)
            assert rpc_call(channel, "Model/Predict", message(**NDARRAY)).jsonData.struct_value["pid"]
        metrics = f"https://127.0.0.1:{served.metrics}/metrics"
        assert "asked_total" in requests.get(metrics, verify=ca, cert=made.client, timeout=TIMEOUT).text
