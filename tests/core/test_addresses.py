"""Where a component is served, shown for people and for programs."""

import dataclasses
import json
import shlex

import pytest

from seldon_workbench.addresses import Addresses, Endpoint

PORTS = {"rest": 9000, "metrics": 6000, "grpc": 5000}
ALL = Addresses.of("127.0.0.1", PORTS, "/prometheus")
WITHOUT_GRPC = Addresses.of("127.0.0.1", {"rest": 9000, "metrics": 6000}, "/metrics")


def test_an_endpoint_is_a_target_and_a_url() -> None:
    endpoint = Endpoint("localhost", 5000)
    assert (endpoint.target, endpoint.url) == ("localhost:5000", "http://localhost:5000")


def test_addresses_as_json() -> None:
    assert ALL.to_dict() == {
        "rest": "http://127.0.0.1:9000",
        "grpc": "127.0.0.1:5000",
        "metrics": "http://127.0.0.1:6000/prometheus",
    }
    assert WITHOUT_GRPC.to_dict()["grpc"] == ""
    assert WITHOUT_GRPC.grpc is None


def test_links_open_on_the_rest_port() -> None:
    assert ALL.links == {
        "try it": "http://127.0.0.1:9000/docs",
        "health": "http://127.0.0.1:9000/health/status",
        "metadata": "http://127.0.0.1:9000/metadata",
        "metrics": "http://127.0.0.1:9000/prometheus",
    }


def test_the_first_request_is_a_command_a_shell_understands() -> None:
    addresses = dataclasses.replace(ALL, example=("/predict", '{"data":{"ndarray":[[1,2]]}}'))
    words = shlex.split(addresses.curl)
    assert (words[0], words[words.index("-H") + 1]) == ("curl", "Content-Type: application/json")
    assert "http://127.0.0.1:9000/predict" in words
    assert json.loads(words[words.index("-d") + 1]) == {"data": {"ndarray": [[1, 2]]}}


def test_without_an_example_the_first_request_asks_for_metadata() -> None:
    assert shlex.split(ALL.curl) == ["curl", "-s", "http://127.0.0.1:9000/metadata"]


@pytest.mark.parametrize(("addresses", "grpc"), [(ALL, "127.0.0.1:5000"), (WITHOUT_GRPC, "off")])
def test_addresses_for_people_name_every_port(addresses: Addresses, grpc: str) -> None:
    shown = [line.split(maxsplit=1) for line in str(addresses).splitlines()]
    assert shown[0] == ["REST", "http://127.0.0.1:9000"]
    assert shown[1] == ["gRPC", grpc]
    assert shown[2][0] == "metrics"
    assert shown[2][1].startswith(addresses.metrics.url + addresses.metrics_path)
    assert shown[3] == ["page", "http://127.0.0.1:9000/docs  (sends requests, in a browser)"]
