"""Who may talk to a kernel's server: this machine's pages, under this machine's names."""

from collections.abc import Iterator
from urllib.parse import quote

import pytest
import requests

from .raw import body, exchange, status_line
from .serving import NDARRAY, TIMEOUT, Served, serving, status_of


class Watched:
    """Counts the calls that reach it."""

    runs = 0

    def predict(self, X: object) -> object:
        Watched.runs += 1
        return X

    def health_status(self) -> str:
        Watched.runs += 1
        return "well"


@pytest.fixture(scope="module")
def kernel() -> Iterator[Served]:
    with serving(Watched, allowed_hosts=("lab.example",)) as running:
        yield running


@pytest.fixture(autouse=True)
def count_from_zero() -> None:
    Watched.runs = 0


ASKED_IN_THE_URL = "/predict?json=" + quote('{"strData":"x"}')

FOREIGN_ORIGINS = (
    *("http://evil.com", "https://evil.com", "http://evil.com:9000", "http://127.0.0.1.evil.com"),
    *("http://localhost.evil.com", "http://evillocalhost", "null", "file://", "http://127.0.0.1@evil.com"),
    *("http://[::2]", "http://10.0.0.1", "http://0.0.0.0", "chrome-extension://abcdef", ""),
)
OWN_ORIGINS = (
    *("http://localhost", "http://localhost:8888", "http://127.0.0.1:8888", "https://localhost:8443"),
    *("http://[::1]:8888", "http://LOCALHOST:8888", "https://lab.example", "https://lab.example:8443"),
)


@pytest.mark.parametrize("origin", FOREIGN_ORIGINS)
def test_a_foreign_origin_never_reaches_the_component(kernel: Served, origin: str) -> None:
    headers = {"Origin": origin}
    responses = [
        kernel.post(NDARRAY, headers=headers),
        kernel.ask("GET", ASKED_IN_THE_URL, headers=headers),
        kernel.ask("POST", "/predict", data={"json": '{"strData":"x"}'}, headers=headers),
        kernel.ask("GET", "/health/status", headers=headers),
        kernel.ask("OPTIONS", "/predict", headers=headers | {"Access-Control-Request-Method": "POST"}),
    ]
    assert [response.status_code for response in responses] == [403] * 5
    assert Watched.runs == 0
    assert "origin" in status_of(responses[0])["info"]
    assert not [name for name in responses[0].headers if name.startswith("Access-Control")]


@pytest.mark.parametrize("origin", OWN_ORIGINS)
def test_a_page_of_this_machine_may_read_the_reply(kernel: Served, origin: str) -> None:
    response = kernel.post(NDARRAY, headers={"Origin": origin})
    assert (response.status_code, Watched.runs) == (200, 1)
    assert response.headers["Access-Control-Allow-Origin"] == origin


@pytest.mark.parametrize(
    "host",
    [
        *(
            "evil.com",
            "evil.com:9000",
            "localhost.evil.com",
            "127.0.0.1.evil.com:9000",
            "10.0.0.1",
            "[::2]:9000",
        ),
        *("localhost:9000:9000", "", "localhost:", "localhost:x", "127.0.0.1, evil.com"),
    ],
)
def test_an_unlisted_host_never_reaches_the_component(kernel: Served, host: str) -> None:
    response = kernel.post(NDARRAY, headers={"Host": host})
    assert (response.status_code, Watched.runs) == (403, 0)
    assert "is not served here" in status_of(response)["info"]


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:1", "LocalHost:9000", "127.0.0.1", "[::1]:9000", "lab.example"]
)
def test_this_machines_names_and_the_allowed_are_served(kernel: Served, host: str) -> None:
    assert kernel.post(NDARRAY, headers={"Host": host}).status_code == 200


def test_two_host_headers_are_not_one_that_is_allowed(kernel: Served) -> None:
    reply = exchange(
        kernel.addresses.rest.port,
        b"GET /health/status HTTP/1.1\r\nHost: localhost\r\nHost: evil.com\r\nConnection: close\r\n\r\n",
    )
    assert (status_line(reply), Watched.runs) == (b"HTTP/1.1 403 Forbidden", 0)


def test_a_client_without_a_host_header_is_no_browser_and_is_served(kernel: Served) -> None:
    reply = exchange(kernel.addresses.rest.port, b"GET /health/ping HTTP/1.0\r\n\r\n")
    assert body(reply) == b"pong"


@pytest.mark.parametrize("path", ["/health/ping", "/metrics", "/metadata", "/nope"])
def test_what_calls_no_component_is_guarded_too(kernel: Served, path: str) -> None:
    for headers in ({"Host": "evil.com"}, {"Origin": "http://evil.com"}):
        assert kernel.ask("GET", path, headers=headers).status_code == 403


def test_the_metrics_port_is_guarded_too(kernel: Served) -> None:
    for headers in ({"Host": "evil.com"}, {"Origin": "http://evil.com"}):
        response = requests.get(kernel.metrics_url, headers=headers, timeout=TIMEOUT)
        assert response.status_code == 403
        assert status_of(response)["reason"]


def test_a_refused_head_keeps_the_connection_in_order(kernel: Served) -> None:
    with requests.Session() as session:
        refused = session.head(f"{kernel.url}/health/ping", headers={"Host": "evil.com"}, timeout=TIMEOUT)
        assert (refused.status_code, refused.content) == (403, b"")
        assert session.get(f"{kernel.url}/health/ping", timeout=TIMEOUT).text == "pong"


def test_the_hint_says_how_to_let_a_host_in() -> None:
    from seldon_workbench.errors import RequestRefused
    from seldon_workbench.server.guard import Guard

    with pytest.raises(RequestRefused) as refused:
        Guard().check("lab.example:8888", None)
    assert refused.value.hint.endswith("--allow-host lab.example")


def test_only_loopback_is_bound(kernel: Served) -> None:
    addresses = kernel.addresses
    assert addresses.grpc is not None
    assert {addresses.rest.host, addresses.grpc.host, addresses.metrics.host} == {"127.0.0.1"}


@pytest.mark.parametrize("site", ["same-origin", "same-site", "none"])
def test_a_page_of_this_machine_may_ask_without_an_origin(kernel: Served, site: str) -> None:
    response = kernel.ask("GET", ASKED_IN_THE_URL, headers={"Sec-Fetch-Site": site})
    assert (response.status_code, Watched.runs) == (200, 1)


def test_a_picture_on_a_foreign_page_never_reaches_the_component(kernel: Served) -> None:
    foreign = {"Sec-Fetch-Site": "cross-site"}
    responses = [
        kernel.ask("GET", ASKED_IN_THE_URL, headers=foreign),
        kernel.post(NDARRAY, headers=foreign),
    ]
    assert [response.status_code for response in responses] == [403] * 2
    assert Watched.runs == 0
    assert "another site" in status_of(responses[0])["info"]


def test_a_link_to_the_metadata_opens_from_anywhere(kernel: Served) -> None:
    assert kernel.ask("GET", "/metadata", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200
