"""What SeldonClient sends through a gateway: where to, with what, in which form."""

import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.json_format import MessageToDict
from google.protobuf.struct_pb2 import Value

from seldon_workbench.companions.seldon_client import (
    SeldonCallCredentials,
    SeldonClient,
    SeldonClientException,
)
from seldon_workbench.server import wire
from seldon_workbench.server.wire import types_pb2

from .gateway import ANSWER, Arrived, Gateway

ROWS = np.array([[1.5, 2.0]])
BODY = {"meta": {}, "data": {"tensor": {"shape": [1, 2], "values": [1.5, 2.0]}}}
DIRECT = {"data": BODY["data"]}


def client(here: Gateway, transport: str = "rest", **config: Any) -> SeldonClient:
    endpoint = here.grpc if transport == "grpc" else here.http
    given = {"deployment_name": "dep", "gateway_endpoint": endpoint, "transport": transport}
    return SeldonClient(**(given | config))


def sent(here: Gateway, transport: str = "rest", *, config: Any = (), **call: Any) -> Arrived:
    """What arrives of a prediction."""
    with client(here, transport, **dict(config)) as seldon:
        assert seldon.predict(**call).success
    return here.only()


def plain(one: Arrived) -> Any:
    return MessageToDict(one.body) if one.verb == "RPC" else one.body


# ---- where to ------------------------------------------------------------------------------------


@pytest.mark.parametrize("gateway", ["ambassador", "istio"])
@pytest.mark.parametrize(
    ("call", "path"),
    [
        ({}, "/seldon/dep/api/v1.0/predictions"),
        ({"namespace": "ns"}, "/seldon/ns/dep/api/v1.0/predictions"),
        ({"namespace": "ns", "gateway_prefix": "/pre/fix"}, "/pre/fix/api/v1.0/predictions"),
        ({"namespace": "ns", "http_path": "/my/path"}, "/seldon/ns/dep/my/path"),
        ({"http_path": "/my/path"}, "/seldon/dep/my/path"),
        ({"namespace": "ns", "http_path": "/p", "gateway_prefix": "/pre"}, "/seldon/ns/dep/p"),
    ],
)
def test_a_prediction_goes_where_the_gateway_has_the_deployment(
    here: Gateway, gateway: str, call: dict[str, str], path: str
) -> None:
    one = sent(here, config={"gateway": gateway}, data=ROWS, **call)
    assert (one.verb, one.path, one.body) == ("POST", path, BODY)


def test_the_service_itself_is_called_at_the_bare_path(here: Gateway) -> None:
    one = sent(here, config={"gateway": "seldon", "deployment_name": None}, data=ROWS, namespace="ns")
    assert (one.path, one.body) == ("/api/v1.0/predictions", BODY)


def test_an_rpc_names_its_deployment_in_the_metadata(here: Gateway) -> None:
    one = sent(here, "grpc", data=ROWS, namespace="ns", headers={"X-A": "1"})
    assert one.path == "/seldon.protos.Seldon/Predict"
    assert one.headers == {"seldon": "dep", "namespace": "ns", "x-a": "1"}
    assert plain(one) == BODY


def test_an_rpc_to_the_service_itself_names_nothing(here: Gateway) -> None:
    one = sent(here, "grpc", config={"gateway": "seldon"}, data=ROWS, namespace="ns")
    assert (one.headers, plain(one)) == ({}, DIRECT)


def test_feedback_goes_to_feedback(here: Gateway) -> None:
    with client(here, namespace="ns") as seldon:
        result = seldon.feedback({"strData": "x"}, {"meta": {"routing": {"r": 1}}}, reward=0.5)
    assert result.success
    one = here.only()
    assert one.path == "/seldon/ns/dep/api/v1.0/feedback"
    expected = {"request": {"strData": "x"}, "response": {"meta": {"routing": {"r": 1}}}, "reward": 0.5}
    assert one.body == expected


def test_an_explanation_comes_from_the_explainer_of_a_predictor(here: Gateway) -> None:
    with client(here, namespace="ns") as seldon:
        result = seldon.explain(data=ROWS, predictor="main", headers={"x-a": "1"})
    one = here.only()
    assert one.path == "/seldon/ns/dep-explainer/main/api/v1.0/explain"
    assert one.headers["x-a"] == "1"
    assert (one.body, result.request, result.response) == (DIRECT, DIRECT, ANSWER)


@pytest.mark.parametrize("gateway", ["istio", "seldon"])
def test_headers_reach_the_server(here: Gateway, gateway: str) -> None:
    one = sent(here, config={"gateway": gateway}, data=ROWS, headers={"x-a": "1"})
    assert one.headers["x-a"] == "1"


def test_a_token_goes_in_clear_text_only_if_asked_to(here: Gateway) -> None:
    credentials = SeldonCallCredentials("T")
    one = sent(here, config={"call_credentials": credentials}, data=ROWS, ssl=False)
    assert one.headers["x-auth-token"] == "T"
    with client(here, call_credentials=credentials) as seldon:
        assert not seldon.predict(data=ROWS).success  # it tried TLS
    assert here.arrived == []
    assert "T" not in repr(credentials).replace("Token", "").replace("SeldonCall", "")


def test_a_call_wins_over_the_client(here: Gateway) -> None:
    with client(here, namespace="ns", payload_type="tensor", gateway="istio") as seldon:
        seldon.predict(data=ROWS, namespace="other", deployment_name="own", payload_type="ndarray")
        assert here.only().path == "/seldon/other/own/api/v1.0/predictions"
        seldon.predict(data=ROWS)
        assert here.only().path == "/seldon/ns/dep/api/v1.0/predictions"


# ---- with what -----------------------------------------------------------------------------------


def packed() -> AnyMessage:
    message = AnyMessage()
    message.Pack(Value(string_value="x"))
    return message


@pytest.mark.parametrize("transport", ["rest", "grpc"])
@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ({"bin_data": b"\x00\x01\xff"}, {"meta": {}, "binData": "AAH/"}),
        ({"str_data": "hey"}, {"meta": {}, "strData": "hey"}),
        ({"str_data": ""}, {"meta": {}, "strData": ""}),
        ({"json_data": {"a": [1, None, "x"]}}, {"jsonData": {"a": [1.0, None, "x"]}}),
        ({"json_data": "text"}, {"jsonData": "text"}),
        (
            {"custom_data": packed()},
            {"meta": {}, "customData": {"@type": "type.googleapis.com/google.protobuf.Value", "value": "x"}},
        ),
        ({"bin_data": b"x", "str_data": "s", "data": ROWS}, {"meta": {}, "binData": "eA=="}),
        (
            {"data": ROWS, "names": np.array(["a", "b"])},
            {"meta": {}, "data": BODY["data"] | {"names": ["a", "b"]}},
        ),
        ({"raw_data": {"data": {"ndarray": [[1.0]]}, "meta": {"puid": "p"}}, "str_data": "s"},
         {"data": {"ndarray": [[1.0]]}, "meta": {"puid": "p"}}),
    ],
)  # fmt: skip
def test_every_kind_of_payload_is_sent(here: Gateway, transport: str, payload: Any, expected: Any) -> None:
    assert plain(sent(here, transport, **payload)) == expected


@pytest.mark.parametrize("transport", ["rest", "grpc"])
@pytest.mark.parametrize("gateway", ["istio", "seldon"])
@pytest.mark.parametrize("payload", [{"data": ROWS}, {"str_data": "s"}, {"json_data": {"a": 1}}])
def test_meta_becomes_tags_of_every_request(
    here: Gateway, transport: str, gateway: str, payload: Any
) -> None:
    one = sent(here, transport, config={"gateway": gateway}, meta={"a": 1, "b": "c"}, **payload)
    assert plain(one)["meta"] == {"tags": {"a": 1.0, "b": "c"}}


def test_text_and_numbers_go_as_ndarray_with_their_types(here: Gateway) -> None:
    rows = np.array([["a", 1.5]], dtype=object)
    assert sent(here, data=rows, payload_type="ndarray").body["data"] == {"ndarray": [["a", 1.5]]}


@pytest.mark.parametrize("payload_type", ["tensor", "ndarray"])
def test_what_is_no_number_is_spelled_out_over_rest(here: Gateway, payload_type: str) -> None:
    data = sent(here, data=np.array([[np.nan, -np.inf]]), payload_type=payload_type).body["data"]
    spelled = data["ndarray"][0] if payload_type == "ndarray" else data["tensor"]["values"]
    assert spelled == ["NaN", "-Infinity"]


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64", "uint8", "float16"])
def test_a_tftensor_carries_the_dtype_and_its_bytes(here: Gateway, dtype: str) -> None:
    rows = np.array([[0, 1, 1]], dtype=dtype)
    tensor = sent(here, "grpc", data=rows, payload_type="tftensor").body.data.tftensor
    words = {"float32": "DT_FLOAT", "float64": "DT_DOUBLE", "float16": "DT_HALF"}
    assert types_pb2.DataType.Name(tensor.dtype) == words.get(dtype, f"DT_{dtype.upper()}")
    assert [axis.size for axis in tensor.tensor_shape.dim] == [1, 3]
    assert np.array_equal(np.frombuffer(tensor.tensor_content, dtype), rows.ravel())


def test_a_tftensor_carries_truth_values(here: Gateway) -> None:
    rows = np.array([[True, False]])
    tensor = sent(here, "grpc", data=rows, payload_type="tftensor").body.data.tftensor
    assert (tensor.dtype, list(tensor.bool_val)) == (types_pb2.DT_BOOL, [True, False])
    assert [axis.size for axis in tensor.tensor_shape.dim] == [1, 2]


def test_a_tftensor_of_texts_carries_them(here: Gateway) -> None:
    tensor = sent(here, "grpc", data=np.array([["a", "ü"]]), payload_type="tftensor").body.data.tftensor
    assert (tensor.dtype, list(tensor.string_val)) == (types_pb2.DT_STRING, [b"a", "ü".encode()])


def test_without_any_data_random_numbers_are_sent(here: Gateway) -> None:
    np.random.seed(0)
    first = sent(here, shape=(2, 3)).body["data"]["tensor"]
    assert first["shape"] == [2, 3]
    assert first["values"][0] == 0.5488135039273248  # what the original draws
    assert len(set(first["values"])) == 6


# ---- what comes back -----------------------------------------------------------------------------


@pytest.mark.parametrize("transport", ["rest", "grpc"])
def test_a_client_returns_dicts_unless_messages_are_asked_for(here: Gateway, transport: str) -> None:
    with client(here, transport) as seldon:
        assert isinstance(seldon.predict(data=ROWS).response, dict)
        as_message = seldon.predict(data=ROWS, client_return_type="proto")
        assert isinstance(as_message.response, wire.SeldonMessage)
        assert isinstance(as_message.request, wire.SeldonMessage)
        assert isinstance(seldon.feedback(reward=1, client_return_type="proto").response, wire.SeldonMessage)


def test_a_result_prints_everything_it_holds(here: Gateway) -> None:
    with client(here) as seldon:
        text = repr(seldon.predict(str_data="hey"))
    assert text.startswith("Success:True message:\nRequest:\n")
    assert "hey" in text
    assert text.endswith(f"Response:\n{ANSWER}")


@pytest.mark.parametrize(
    "call",
    [
        {"gateway": "foo"},
        {"transport": "foo"},
        {"client_return_type": "foo"},
        {"payload_type": "foo"},
        {"data": [[1, 2]]},
        {"data": np.array([["a"]])},
        {"data": np.array([[1j]])},
        {"data": np.array([["2026-01-01"]], "M8"), "payload_type": "tftensor"},
        {"json_data": {"a": object()}},
        {"raw_data": {"what": 1}},
        {"deployment_name": ""},
    ],
)
def test_a_call_that_cannot_be_made_says_why_and_sends_nothing(here: Gateway, call: Any) -> None:
    with client(here) as seldon, pytest.raises(SeldonClientException) as caught:
        seldon.predict(**call)
    assert str(caught.value) == caught.value.message != ""
    assert here.arrived == []


@pytest.mark.parametrize(
    "call",
    [{}, {"predictor": "p", "transport": "grpc"}, {"predictor": "p", "gateway": "seldon"},
     {"predictor": "p", "client_return_type": "proto"}],
)  # fmt: skip
def test_an_explanation_that_cannot_be_asked_for_says_why(here: Gateway, call: Any) -> None:
    with client(here) as seldon, pytest.raises(SeldonClientException) as caught:
        seldon.explain(data=ROWS, **call)
    assert str(caught.value)
    assert here.arrived == []


def test_importing_the_client_loads_neither_requests_nor_grpc() -> None:
    program = (
        "import sys, seldon_workbench.companions.seldon_client as client; client.SeldonClient();"
        "print([name for name in ('requests', 'grpc') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
