"""Who may read replies when a terminal serves: any origin, unless that is switched off."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from components import Identity

from .serving import NDARRAY, TIMEOUT, Served, serving

FOREIGN = "http://x.com"


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving(Identity, guarded=False) as running:
        yield running


@pytest.fixture(scope="module")
def closed() -> Iterator[Served]:
    with serving(Identity, guarded=False, cors=False) as running:
        yield running


def cors(response: requests.Response) -> dict[str, str]:
    names = ("Vary", *(name for name in response.headers if name.startswith("Access-Control")))
    return {name: response.headers[name] for name in names if name in response.headers}


@pytest.mark.parametrize("verb", ["GET", "HEAD", "POST", "OPTIONS"])
def test_without_an_origin_every_origin_is_named(served: Served, verb: str) -> None:
    assert cors(served.ask(verb, "/predict", json=NDARRAY)) == {"Access-Control-Allow-Origin": "*"}


@pytest.mark.parametrize(("path", "status"), [("/predict", 200), ("/nope", 404), ("/health/ping", 405)])
def test_an_origin_is_echoed_by_answers_and_refusals(served: Served, path: str, status: int) -> None:
    response = served.post(NDARRAY, path, headers={"Origin": FOREIGN})
    assert response.status_code == status
    assert cors(response) == {"Access-Control-Allow-Origin": FOREIGN, "Vary": "Origin"}


def test_a_preflight_allows_what_it_asks_for(served: Served) -> None:
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type,x-a"}
    response = served.ask("OPTIONS", "/predict", headers={"Origin": FOREIGN} | asked)
    assert (response.status_code, response.content) == (200, b"")
    assert cors(response) == {
        "Access-Control-Allow-Origin": FOREIGN,
        "Access-Control-Allow-Headers": "content-type, x-a",
        "Access-Control-Allow-Methods": "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT",
        "Vary": "Origin",
    }


@pytest.mark.parametrize("headers", [{}, {"Origin": FOREIGN}])
def test_without_cors_no_reply_mentions_origins(closed: Served, headers: dict[str, str]) -> None:
    for verb in ("GET", "POST", "OPTIONS"):
        assert cors(closed.ask(verb, "/predict", json=NDARRAY, headers=headers)) == {}


def scraped(served: Served, verb: str, **options: Any) -> requests.Response:
    return requests.request(verb, served.metrics_url, timeout=TIMEOUT, **options)


def test_the_metrics_port_follows_the_same_rule(served: Served, closed: Served) -> None:
    headers = {"Origin": FOREIGN}
    assert cors(scraped(served, "GET", headers=headers)) == {
        "Access-Control-Allow-Origin": FOREIGN,
        "Vary": "Origin",
    }
    assert cors(scraped(served, "GET")) == {"Access-Control-Allow-Origin": "*"}
    assert cors(scraped(closed, "GET", headers=headers)) == {}
