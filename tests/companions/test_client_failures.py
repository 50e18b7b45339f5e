"""What SeldonClient makes of servers that refuse, break, hang or are not there; and of TLS."""

import json
import ssl
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import pytest

from seldon_workbench.companions import client_calls
from seldon_workbench.companions.seldon_client import (
    SeldonCallCredentials,
    SeldonChannelCredentials,
    SeldonClient,
    SeldonClientException,
)

from .gateway import Gateway, gateway

ROWS = np.array([[1.0]])
STATUS = {"status": {"code": -1, "info": "boom", "reason": "R", "status": 1}}
NOWHERE = "127.0.0.1:1"


def clients(http: str, rpc: str) -> Iterator[tuple[str, SeldonClient, str]]:
    """Each way to call: its name, a client, the method to call."""
    for transport, endpoint in (("rest", http), ("grpc", rpc)):
        for gateway_type in ("istio", "seldon"):
            through = SeldonClient(gateway_type, transport, deployment_name="d", gateway_endpoint=endpoint)
            yield f"{transport} {gateway_type}", through, "predict"
            yield f"{transport} {gateway_type}", through, "feedback"
        direct = SeldonClient(transport=transport, microservice_endpoint=endpoint)
        yield f"{transport} microservice", direct, "microservice"
        yield f"{transport} microservice", direct, "microservice_feedback"


def test_a_refusal_is_no_success_and_says_what_the_server_said(here: Gateway) -> None:
    here.answer = lambda _: (500, json.dumps(STATUS).encode())
    here.refusal = grpc.StatusCode.INTERNAL
    for name, client, method in clients(here.http, here.grpc):
        with client:
            result = getattr(client, method)()
        assert not result.success, name
        expected = "500:Internal Server Error: boom" if "rest" in name else "INTERNAL: the gateway says no"
        assert result.msg == expected, name
        if name in ("rest istio", "rest seldon"):
            assert result.response == STATUS
        assert result.request is not None


def test_a_server_that_is_not_there_is_no_success() -> None:
    for name, client, method in clients(NOWHERE, NOWHERE):
        with client:
            result = getattr(client, method)()
        assert (result.success, result.response) == (False, None), name
        assert "no answer" in result.msg or "UNAVAILABLE" in result.msg, name


def test_a_server_that_hangs_up_is_no_success(here: Gateway) -> None:
    here.answer = lambda _: (0, b"")
    with SeldonClient(deployment_name="d", gateway_endpoint=here.http) as client:
        assert "no answer" in client.predict(data=ROWS).msg


@pytest.mark.parametrize("body", [b"<html>fine</html>", b""])
def test_a_reply_that_is_no_json_is_no_success(here: Gateway, body: bytes) -> None:
    here.answer = lambda _: (200, body)
    with SeldonClient(deployment_name="d", gateway_endpoint=here.http) as client:
        result = client.predict(data=ROWS)
    assert (result.success, result.response) == (False, None)
    assert "no JSON" in result.msg


def test_a_reply_that_is_no_message_is_no_success_as_a_message(here: Gateway) -> None:
    here.answer = lambda _: (200, b'{"what": 1}')
    with SeldonClient(microservice_endpoint=here.http) as client:
        result = client.microservice(data=ROWS)
    assert (result.success, result.response) == (False, None)
    assert "no SeldonMessage" in result.msg


def test_a_page_of_a_broken_proxy_is_told_by_its_status(here: Gateway) -> None:
    here.answer = lambda _: (502, b"<html>bad gateway</html>")
    with SeldonClient(deployment_name="d", gateway_endpoint=here.http) as client:
        assert client.predict(data=ROWS).msg == "502:Bad Gateway"


@pytest.mark.parametrize("transport", ["rest", "grpc"])
def test_a_server_that_is_slow_is_given_up_after_the_timeout(here: Gateway, transport: str) -> None:
    here.delay = 3.0
    endpoint = here.http if transport == "rest" else here.grpc
    with SeldonClient(transport=transport, deployment_name="d", gateway_endpoint=endpoint) as client:
        client.timeout = 0.3
        started = time.monotonic()
        result = client.predict(data=ROWS)
        assert time.monotonic() - started < 2.0
    assert not result.success
    assert "timed out" in result.msg or "DEADLINE_EXCEEDED" in result.msg


def test_a_message_beyond_the_limit_is_refused_by_the_client(here: Gateway) -> None:
    with SeldonClient(
        transport="grpc", deployment_name="d", gateway_endpoint=here.grpc, grpc_max_send_message_length=100
    ) as client:
        result = client.predict(data=np.zeros((10, 10)))
    assert result.msg.startswith("RESOURCE_EXHAUSTED")
    assert here.arrived == []


def test_a_client_finds_a_grpc_server_that_comes_up_later() -> None:
    with gateway() as gone:
        place = gone.grpc
    with SeldonClient(transport="grpc", deployment_name="d", gateway_endpoint=place) as client:
        assert not client.predict(data=ROWS).success
        server = grpc.server(ThreadPoolExecutor(1))
        server.add_insecure_port(place)
        server.start()
        deadline = time.monotonic() + 10
        # UNIMPLEMENTED: it is there.
        while not client.predict(data=ROWS).msg.startswith("UNIMPLEMENTED"):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        server.stop(None).wait()


def test_a_connection_is_kept_for_a_moment_and_not_for_long(
    here: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    peers: list[str] = []
    here.answer = lambda one: peers.append(one.peer) or (200, b"{}")
    monkeypatch.setattr(client_calls, "_IDLE", 0.2)
    with SeldonClient(deployment_name="d", gateway_endpoint=here.http) as client:
        for pause in (0.0, 0.0, 0.3):
            time.sleep(pause)
            assert client.predict(data=ROWS).success
    assert peers[0] == peers[1] != peers[2]


def test_a_client_that_was_closed_can_be_used_again(here: Gateway) -> None:
    for endpoint, transport in ((here.http, "rest"), (here.grpc, "grpc")):
        client = SeldonClient(transport=transport, deployment_name="d", gateway_endpoint=endpoint)
        for _ in range(2):
            assert client.predict(data=ROWS).success
            client.close()


# ---- TLS -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """Files of a certificate for localhost, signed by itself, and of its key."""
    folder = tmp_path_factory.mktemp("tls")
    files = str(folder / "cert.pem"), str(folder / "key.pem")
    words = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=localhost",
    ]
    words += ["-addext", "subjectAltName=DNS:localhost", "-out", files[0], "-keyout", files[1]]
    try:
        subprocess.run(words, check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("openssl is not installed")
    return files


@pytest.fixture
def secure(certificate: tuple[str, str]) -> Iterator[Gateway]:
    """A gateway that speaks TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    chain, key = (Path(path).read_bytes() for path in certificate)
    with gateway(context, grpc.ssl_server_credentials([(key, chain)])) as running:
        yield running


def trusted(certificate: tuple[str, str]) -> SeldonChannelCredentials:
    return SeldonChannelCredentials(root_certificates_file=certificate[0])


@pytest.mark.parametrize("transport", ["rest", "grpc"])
@pytest.mark.parametrize("method", ["predict", "feedback"])
def test_a_token_travels_over_tls(
    secure: Gateway, certificate: tuple[str, str], transport: str, method: str
) -> None:
    config: dict[str, Any] = {"transport": transport, "deployment_name": "d"}
    config |= {"gateway_endpoint": secure.http if transport == "rest" else secure.grpc}
    config |= {"channel_credentials": trusted(certificate), "call_credentials": SeldonCallCredentials("T")}
    with SeldonClient(**config) as client:
        result = getattr(client, method)()
    assert result.success, result.msg
    assert secure.only().headers["x-auth-token"] == "T"


def test_an_unknown_certificate_is_refused_unless_verifying_is_off(secure: Gateway) -> None:
    config = {
        "deployment_name": "d",
        "gateway_endpoint": secure.http,
        "call_credentials": SeldonCallCredentials(),
    }
    with SeldonClient(**config) as client:
        assert "certificate verify failed" in client.predict(data=ROWS).msg.lower()
    assert secure.arrived == []
    with (
        SeldonClient(**config, channel_credentials=SeldonChannelCredentials(verify=False)) as client,
        pytest.warns(match="Unverified HTTPS"),
    ):
        assert client.predict(data=ROWS).success


@pytest.mark.parametrize("transport", ["rest", "grpc"])
def test_credentials_that_are_not_there_are_named(secure: Gateway, transport: str) -> None:
    missing = SeldonChannelCredentials(root_certificates_file="/nowhere/ca.pem")
    config = {
        "deployment_name": "d",
        "gateway_endpoint": secure.http,
        "call_credentials": SeldonCallCredentials(),
    }
    with (
        SeldonClient(**config, transport=transport, channel_credentials=missing) as client,
        pytest.raises(SeldonClientException, match=r"/nowhere/ca\.pem"),
    ):
        client.predict(data=ROWS)
