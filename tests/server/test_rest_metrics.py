"""Metrics: on a port of their own and on the REST port, because browsers refuse port 6000."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from components import Everything, ModelWithMetrics

from .serving import NDARRAY, TIMEOUT, Served, Serving, message, serving, status_of

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving(ModelWithMetrics) as running:
        yield running


def at_metrics_port(served: Served, verb: str, path: str = "/metrics") -> requests.Response:
    return requests.request(verb, served.addresses.metrics.url + path, timeout=TIMEOUT)


def test_both_ports_expose_what_both_wires_counted(serve_here: Serving) -> None:
    served = serve_here(ModelWithMetrics)
    served.post(NDARRAY)
    served.call("Model/Predict", message(**NDARRAY))
    counted = served.scrape()
    assert (counted["mycounter_total"], counted["mygauge"], counted["mytimer_count"]) == (2, 100, 2)
    assert served.ask("GET", "/metrics").text == at_metrics_port(served, "GET").text


def test_the_content_type_names_one_charset(served: Served) -> None:
    for response in (at_metrics_port(served, "GET"), served.ask("GET", "/metrics")):
        assert (response.status_code, response.headers["Content-Type"]) == (200, CONTENT_TYPE)


def test_the_metrics_port_answers_head_and_options(served: Served) -> None:
    head = at_metrics_port(served, "HEAD")
    assert (head.status_code, head.content, head.headers["Content-Type"]) == (200, b"", CONTENT_TYPE)
    options = at_metrics_port(served, "OPTIONS")
    assert (options.status_code, options.content) == (200, b"")
    assert options.headers["Allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize("verb", ["POST", "PUT", "DELETE", "PATCH"])
def test_the_metrics_port_refuses_to_be_written(served: Served, verb: str) -> None:
    response = at_metrics_port(served, verb)
    assert (response.status_code, response.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")
    assert verb in status_of(response)["info"]


def test_the_metrics_port_says_where_they_are(served: Served) -> None:
    response = at_metrics_port(served, "GET", "/predict")
    assert response.status_code == 404
    assert "/metrics" in status_of(response)["info"]


def test_a_refused_head_has_no_body(served: Served) -> None:
    with requests.Session() as session:
        for _ in range(3):  # on one connection, where a body would be taken for the next reply
            response = session.head(f"{served.addresses.metrics.url}/nope", timeout=TIMEOUT)
            assert (response.status_code, response.content) == (404, b"")


def test_the_path_is_the_operators_choice(serve_here: Serving) -> None:
    served = serve_here(ModelWithMetrics, metrics_path="/prometheus")
    served.post(NDARRAY)
    assert served.metrics_url.endswith("/prometheus")
    for base in (served.url, served.addresses.metrics.url):
        text = requests.get(f"{base}/prometheus", timeout=TIMEOUT).text
        assert "mycounter_total" in text
        assert requests.get(f"{base}/metrics", timeout=TIMEOUT).text == text


def test_each_method_counts_under_its_tag(serve_here: Serving) -> None:
    class Counting(Everything):
        def metrics(self) -> Any:
            return [{"type": "COUNTER", "key": "seen", "value": 1}]

    served = serve_here(Counting)
    for path in ("/predict", "/transform-input", "/transform-output", "/route"):
        served.post(NDARRAY, path)
    served.post([NDARRAY], "/aggregate")
    served.post({"reward": 0.5}, "/send-feedback")
    served.ask("GET", "/health/status")
    text = served.ask("GET", "/metrics").text
    for tag in ("predict", "inputtransform", "outputtransform", "router", "aggregate", "feedback", "health"):
        (line,) = [line for line in text.splitlines() if "seen_total{" in line and f'method="{tag}"' in line]
        assert line.endswith(" 1.0")
    assert served.scrape()["seldon_api_model_feedback_reward_total"] == 0.5


def test_nothing_counted_is_nothing_exposed(serve_here: Serving) -> None:
    served = serve_here(Everything)
    served.post(NDARRAY)
    assert served.ask("GET", "/metrics").text == ""
