"""SeldonClient and a component's own server: every method, every payload, both wires."""

import inspect
from typing import Any

import numpy as np
import pytest

from seldon_workbench.companions.seldon_client import (
    SeldonClient,
    SeldonClientCombine,
    SeldonClientException,
    SeldonClientFeedback,
    SeldonClientPrediction,
)
from seldon_workbench.server import wire

from .conftest import Everything, Served
from .gateway import Gateway

ROWS = np.array([[1.5, 2.0]])

WIRES = pytest.mark.parametrize("transport", ["rest", "grpc"])


def client(served: Served, transport: str, **config: Any) -> SeldonClient:
    place = served.target if transport == "grpc" else served.url.removeprefix("http://")
    return SeldonClient(transport=transport, microservice_endpoint=place, gateway_endpoint=place, **config)


@WIRES
@pytest.mark.parametrize("payload_type", ["tensor", "ndarray"])
@pytest.mark.parametrize("method", ["predict", "transform-input", "transform-output", None])
def test_what_passes_through_a_component_comes_back(
    served: Served, transport: str, payload_type: str, method: str | None
) -> None:
    with client(served, transport, payload_type=payload_type) as seldon:
        result = seldon.microservice(method=method, data=ROWS, names=["a", "b"])
    assert isinstance(result, SeldonClientPrediction)
    assert (result.success, result.msg) == (True, "")
    assert list(result.request.data.names) == ["a", "b"]
    data = result.response.data
    assert data.WhichOneof("data_oneof") == payload_type
    if payload_type == "tensor":
        assert (list(data.tensor.shape), list(data.tensor.values)) == ([1, 2], [1.5, 2.0])


@WIRES
@pytest.mark.parametrize("rows", [ROWS, np.array([[1], [2]], "float32"), np.array([["a", "ü"]])])
def test_a_component_reads_what_is_sent_as_tftensor(served: Served, transport: str, rows: Any) -> None:
    with client(served, transport, gateway="seldon", payload_type="tftensor") as seldon:
        result = seldon.predict(data=rows)
    assert result.success, result.msg
    (kind,) = result.response["data"].keys() - {"names"}
    assert kind == ("ndarray" if rows.dtype.kind == "U" else "tftensor")
    if kind == "ndarray":
        assert result.response["data"]["ndarray"] == [["a", "ü"]]


@WIRES
@pytest.mark.parametrize(
    ("payload", "kind", "value"),
    [
        ({"str_data": "hey"}, "strData", "hey"),
        ({"bin_data": b"\x00\xff"}, "binData", b"\x00\xff"),
        ({"bin_data": bytearray(b"a")}, "binData", b"a"),
    ],
)
def test_text_and_bytes_come_back_as_they_went(
    served: Served, transport: str, payload: Any, kind: str, value: Any
) -> None:
    with client(served, transport) as seldon:
        response = seldon.microservice(method="predict", **payload).response
    assert getattr(response, kind) == value


@WIRES
def test_json_comes_back_as_it_went(served: Served, transport: str) -> None:
    with client(served, transport) as seldon:
        response = seldon.predict(gateway="seldon", json_data={"a": [1, {"b": None}]}).response
    assert response["jsonData"] == {"a": [1, {"b": None}]}


@WIRES
def test_a_router_and_a_combiner_are_called(served: Served, transport: str) -> None:
    with client(served, transport) as seldon:
        routed = seldon.microservice(method="route", data=ROWS).response
        assert list(routed.data.tensor.values) == [1.0]
        combined = seldon.microservice(method="aggregate", datas=[ROWS, 2 * ROWS], names=["a", "b"])
        assert isinstance(combined, SeldonClientCombine)
        assert isinstance(combined.request, wire.SeldonMessageList)
        assert list(combined.response.data.tensor.values) == [1.5, 2.0]
        random = seldon.microservice(method="aggregate", ndatas=3, shape=(2, 2))
        assert len(random.request.seldonMessages) == 3
        assert list(random.response.data.tensor.shape) == [2, 2]


@WIRES
def test_feedback_for_a_reply_reaches_the_component(
    served: Served, component: Everything, transport: str
) -> None:
    with client(served, transport) as seldon:
        replied = seldon.microservice(data=ROWS)
        told = seldon.microservice_feedback(replied.request, replied.response, reward=0.5)
        assert isinstance(told, SeldonClientFeedback)
        assert told.success, told.msg
        as_dicts = seldon.predict(gateway="seldon", data=ROWS)
        told = seldon.feedback(as_dicts.request, as_dicts.response, reward=1, gateway="seldon")
        assert told.success, told.msg
    assert component.rewards == [0.5, 1.0]


@WIRES
def test_meta_reaches_the_component_as_tags(served: Served, transport: str) -> None:
    with client(served, transport, gateway="seldon") as seldon:
        for payload in ({"data": ROWS}, {"json_data": {"a": 1}}, {"str_data": "x"}):
            reply = seldon.predict(meta={"user": "me"}, **payload).response
            assert reply["meta"]["tags"] == {"user": "me"}


@WIRES
def test_what_a_component_raises_is_told(served: Served, transport: str) -> None:
    with client(served, transport, gateway="seldon") as seldon:
        for result in (seldon.predict(data=-ROWS), seldon.microservice(data=-ROWS)):
            assert not result.success
            assert "a negative row" in result.msg


@WIRES
def test_one_client_serves_many_threads(served: Served, transport: str) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with client(served, transport, gateway="seldon") as seldon, ThreadPoolExecutor(8) as pool:
        asked = [np.array([[float(number)]]) for number in range(100)]
        replies = list(pool.map(lambda data: seldon.predict(data=data).response, asked))
    assert [reply["data"]["tensor"]["values"] for reply in replies] == [[float(n)] for n in range(100)]


@pytest.mark.parametrize(
    "call",
    [{"method": "send-feedback"}, {"method": "nonsense"}, {"method": "aggregate"}, {"data": [1]}],
)
def test_a_call_that_cannot_be_made_says_why(here: Gateway, call: Any) -> None:
    with (
        SeldonClient(microservice_endpoint=here.http) as seldon,
        pytest.raises(SeldonClientException) as caught,
    ):
        seldon.microservice(**call)
    assert str(caught.value) == caught.value.message != ""
    assert here.arrived == []


def test_debug_logs_what_is_sent(here: Gateway, caplog: pytest.LogCaptureFixture) -> None:
    with SeldonClient(microservice_endpoint=here.http, debug=True) as seldon, caplog.at_level("INFO"):
        seldon.microservice(str_data="hey")
    assert 'sent strData: "hey"' in caplog.text


ARGUMENTS = {
    "__init__": """
        gateway transport namespace deployment_name payload_type gateway_endpoint microservice_endpoint
        grpc_max_send_message_length grpc_max_receive_message_length channel_credentials call_credentials
        debug client_return_type ssl
    """,
    "predict": """
        gateway transport deployment_name payload_type gateway_endpoint microservice_endpoint method shape
        namespace data bin_data str_data json_data custom_data names gateway_prefix headers http_path meta
        client_return_type raw_data ssl
    """,
    "feedback": """
        prediction_request prediction_response prediction_truth reward gateway transport deployment_name
        payload_type gateway_endpoint microservice_endpoint method shape namespace gateway_prefix
        client_return_type raw_request ssl
    """,
    "explain": """
        gateway transport deployment_name payload_type gateway_endpoint shape namespace data bin_data
        str_data json_data names gateway_prefix headers http_path client_return_type predictor ssl
    """,
    "microservice": """
        gateway transport deployment_name payload_type gateway_endpoint microservice_endpoint method shape
        namespace data datas ndatas bin_data str_data json_data custom_data names
    """,
    "microservice_feedback": """
        prediction_request prediction_response reward gateway transport deployment_name payload_type
        gateway_endpoint microservice_endpoint method shape namespace
    """,
}
"""As ``inspect.signature`` tells them of the original's."""


@pytest.mark.parametrize("name", ARGUMENTS)
def test_names_and_order_of_arguments_are_the_originals(name: str) -> None:
    assert list(inspect.signature(getattr(SeldonClient, name)).parameters)[1:] == ARGUMENTS[name].split()
