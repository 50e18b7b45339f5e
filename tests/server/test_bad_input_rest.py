"""Malformed requests over REST: each is refused with a Status that names the mistake; the server goes on."""

import logging
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
import requests
from components import Everything

from .malformed import AGGREGATES, FEEDBACKS, MALFORMED, raw
from .serving import ANSWER, NDARRAY, TIMEOUT, Served, serving, status_of

VERBS = ("/predict", "/transform-input", "/transform-output", "/route")
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving(Everything) as running:
        yield running


@pytest.fixture(autouse=True)
def still_healthy(served: Served, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    caplog.set_level(logging.ERROR)
    yield
    assert served.post(NDARRAY).json() == ANSWER
    assert not caplog.records, "what a client does wrong is no error of the server"


def refused(response: requests.Response, named: str) -> dict[str, Any]:
    assert response.status_code == 400, response.text
    assert response.headers["Content-Type"] == "application/json"
    status = status_of(response)
    assert named in status["info"], status
    assert status["reason"] == "MICROSERVICE_BAD_DATA"
    return status


@pytest.mark.parametrize("kind", MALFORMED)
def test_a_malformed_body_is_refused_by_name(served: Served, kind: str) -> None:
    named, bodies = MALFORMED[kind]
    with requests.Session() as session:
        for place, body in enumerate(bodies):
            url = served.url + VERBS[place % len(VERBS)]
            refused(session.post(url, data=raw(body), headers=JSON, timeout=TIMEOUT), named)


@pytest.mark.parametrize("kind", sorted(MALFORMED.keys() - {"nothing", "bytes that are no text"}))
def test_the_same_in_a_form_or_a_query_is_refused_alike(served: Served, kind: str) -> None:
    named, bodies = MALFORMED[kind]
    with requests.Session() as session:
        for body in bodies:
            text = urlencode({"json": raw(body)})
            refused(session.post(f"{served.url}/predict", data=text, headers=FORM, timeout=TIMEOUT), named)
            refused(session.get(f"{served.url}/predict?{text}", timeout=TIMEOUT), named)


def test_malformed_feedback_is_refused(served: Served) -> None:
    for body in FEEDBACKS.bodies:
        refused(served.ask("POST", "/send-feedback", data=raw(body), headers=JSON), FEEDBACKS.named)


def test_malformed_lists_are_refused(served: Served) -> None:
    for body in AGGREGATES.bodies:
        refused(served.ask("POST", "/aggregate", data=raw(body), headers=JSON), AGGREGATES.named)


def test_a_long_value_is_not_repeated_in_full(served: Served) -> None:
    info = refused(served.post({"data": "x" * 100_000}), "data is")["info"]
    assert len(info) < 400


def test_a_number_too_long_for_python_is_refused(served: Served) -> None:
    text = f'{{"data":{{"ndarray":[{"9" * 5000}]}}}}'
    refused(served.ask("POST", "/predict", data=text, headers=JSON), "JSON")


def test_there_are_enough_of_them() -> None:
    kinds = {**MALFORMED, "feedback": FEEDBACKS, "aggregate": AGGREGATES}
    assert len(kinds) >= 20
    assert sum(len(kind.bodies) for kind in kinds.values()) >= 170
