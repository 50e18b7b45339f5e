"""What a reply is made of: its kind, its names, and what the component was handed for it."""

from typing import Any

import numpy as np
import pytest
from calling import NDARRAY, Serve
from components import Answer, DeepMnist, Identity, MetaWriter, Named, Scaled

from seldon_workbench import SeldonResponse
from seldon_workbench.errors import UnknownReturnType
from seldon_workbench.methods import AGGREGATE, PREDICT, TRANSFORM_INPUT, TRANSFORM_OUTPUT
from seldon_workbench.server import wire

TENSOR = {"data": {"tensor": {"shape": [1, 2], "values": [1, 2]}}}
TEXT = {"strData": "x"}
BOTH = ["t:0", "t:1"]


def data_of(names: list[str], **payload: Any) -> dict[str, Any]:
    return {"data": {"names": names, **payload}, "meta": {}}


@pytest.mark.parametrize(
    ("request_of", "value", "reply"),
    [
        (NDARRAY, np.array([[1, 2]]), data_of(BOTH, ndarray=[[1, 2]])),
        (TENSOR, np.array([[1, 2]]), data_of(BOTH, tensor={"shape": [1, 2], "values": [1, 2]})),
        (TEXT, np.array([[1, 2]]), data_of(BOTH, tensor={"shape": [1, 2], "values": [1, 2]})),
        ({"data": {"names": ["a"]}}, np.array([1]), data_of([], ndarray=[1])),
        (TENSOR, np.array([["a", "b"]]), data_of(BOTH, ndarray=[["a", "b"]])),
        (TENSOR, np.array([True]), data_of([], ndarray=[True])),
        (TENSOR, [True, False], data_of([], ndarray=[True, False])),
        (TENSOR, [[True, 1]], data_of(BOTH, tensor={"shape": [1, 2], "values": [1, 1]})),
        (NDARRAY, [[1, 2.5]], data_of(BOTH, ndarray=[[1, 2.5]])),
        (TENSOR, [[1, 2.5]], data_of(BOTH, tensor={"shape": [1, 2], "values": [1.0, 2.5]})),
        (NDARRAY, [1, "a"], data_of([], ndarray=[1, "a"])),
        (TENSOR, [[1, None]], data_of(BOTH, ndarray=[[1, None]])),
        (NDARRAY, np.array(5), data_of([], ndarray=5)),
        (TENSOR, np.array(5), data_of([], tensor={"shape": [], "values": [5]})),
        (NDARRAY, [], data_of([], ndarray=[])),
        (TENSOR, [], data_of([], tensor={"shape": [0], "values": []})),
        (NDARRAY, np.zeros((0, 3)), data_of(["t:0", "t:1", "t:2"], ndarray=[])),
        (TENSOR, np.zeros((0, 3)), data_of(["t:0", "t:1", "t:2"], tensor={"shape": [0, 3], "values": []})),
        (NDARRAY, np.zeros((1, 2, 1)), data_of(BOTH, ndarray=[[[0.0], [0.0]]])),
        (NDARRAY, {"a": 1}, {"jsonData": {"a": 1}, "meta": {}}),
        (NDARRAY, "text", {"strData": "text", "meta": {}}),
        (NDARRAY, b"123", {"binData": "MTIz", "meta": {}}),
        (NDARRAY, bytearray(b"123"), {"binData": "MTIz", "meta": {}}),
        (NDARRAY, SeldonResponse("text"), {"strData": "text", "meta": {}}),
    ],
)
def test_a_returned_value_is_sent_in_the_kind_its_type_and_the_request_ask_for(
    serve: Serve, request_of: Any, value: Any, reply: Any
) -> None:
    caller = serve(Answer(value))
    assert caller.json(PREDICT, request_of) == reply
    assert caller.json(TRANSFORM_INPUT, request_of) == reply
    assert caller.json(TRANSFORM_OUTPUT, request_of) == reply
    assert caller.json(AGGREGATE, [request_of]) == reply


@pytest.mark.parametrize(
    "value",
    [None, 5, 1.5, True, (1, 2), {1}, range(2), np.int64(1), object(), SeldonResponse(SeldonResponse([1]))],
)
def test_a_value_of_no_known_type_is_refused_by_its_type(serve: Serve, value: Any) -> None:
    with pytest.raises(UnknownReturnType, match="Unknown data type returned as payload") as caught:
        serve(Answer(value)).predict()
    shown = value.data if type(value) is SeldonResponse else value
    assert str(shown) in caught.value.text
    assert f"returned a {type(shown).__name__};" in caught.value.hint


@pytest.mark.parametrize(
    ("names", "sent"),
    [
        (["x", "y"], ["x", "y"]),
        (("x", "y"), ["x", "y"]),
        (np.array(["x", "y"]), ["x", "y"]),
        ({"x": 1, "y": 2}.keys(), ["x", "y"]),
        (["only one"], ["only one"]),
        ("xy", "xy"),
        (None, None),
        ([1, 2], [1, 2]),
    ],
)
def test_columns_are_named_by_class_names(serve: Serve, names: Any, sent: Any) -> None:
    assert serve(Named(names)).predict()["data"]["names"] == sent


@pytest.mark.parametrize("payload", [{"data": {"ndarray": [1, 2]}}, {"data": {"ndarray": 5}}])
def test_an_array_without_columns_has_no_names(serve: Serve, payload: Any) -> None:
    assert serve(Named(["x", "y"])).predict(payload)["data"]["names"] == []


def test_class_names_set_in_load_are_used(serve: Serve) -> None:
    model = DeepMnist()
    caller = serve(model)
    assert caller.predict()["data"]["names"][:2] == ["t:0", "t:1"]
    model.load()
    assert caller.predict()["data"]["names"] == [f"class:{digit}" for digit in range(10)]


def test_class_names_may_take_the_payload(serve: Serve) -> None:
    class NamedByPayload(Identity):
        def class_names(self, X: Any) -> list[str]:
            return [f"of {len(X)} rows"]

    assert serve(NamedByPayload()).predict()["data"]["names"] == ["of 1 rows"]


def test_names_of_the_request_are_never_echoed(serve: Serve) -> None:
    payload = {"data": {"names": ["a", "b"], "ndarray": [[1, 2]]}}
    assert serve(Identity()).predict(payload)["data"]["names"] == BOTH


def test_a_hook_is_handed_the_value_the_names_and_the_meta(serve: Serve) -> None:
    meta = {"puid": "P", "tags": {"in": 1}, "routing": {"r": 1}, "unknown": [1]}
    model = Answer("done")
    caller = serve(model)
    caller.predict({"data": {"names": ["a", "b"], "ndarray": [[1, 2]]}, "meta": meta})
    ((X, names, seen),) = model.calls
    assert (X.tolist(), names, seen) == ([[1, 2]], ["a", "b"], meta)


@pytest.mark.parametrize("payload", [NDARRAY, TEXT, {"strData": "x", "meta": None}, {"jsonData": 1}])
def test_absent_names_and_meta_are_empty_and_the_components_own(serve: Serve, payload: Any) -> None:
    model = Answer("done")
    caller = serve(model)
    for _ in range(2):
        caller.predict(payload)
        _, names, meta = model.calls[-1]
        assert (names, meta) == ([], {})
        names.append("mine")
        meta["mine"] = 1


def test_over_protobuf_a_hook_is_handed_the_same_plain_values(serve: Serve) -> None:
    message = wire.SeldonMessage()
    message.meta.puid = "P"
    message.meta.tags["in"].number_value = 1
    message.meta.routing["r"] = 1
    message.data.names.extend(["a", "b"])
    message.data.tensor.shape.extend([1, 2])
    message.data.tensor.values.extend([1, 2])
    model = Answer("done")
    serve(model).proto(PREDICT, message)
    ((X, names, meta),) = model.calls
    assert (X.tolist(), type(names), names) == ([[1.0, 2.0]], list, ["a", "b"])
    assert meta == {"puid": "P", "tags": {"in": 1.0}, "routing": {"r": 1}}


def test_what_a_component_writes_into_its_meta_stays_with_it(serve: Serve) -> None:
    meta = {"puid": "P", "tags": {"in": 1}}
    reply = serve(MetaWriter()).predict(NDARRAY | {"meta": meta})
    assert reply == {"data": {"names": BOTH, "ndarray": [[1, 2]]}, "meta": meta}


def test_the_meta_a_component_sees_is_deeply_its_own(serve: Serve) -> None:
    class Deep:
        def predict(self, X: Any, names: Any, meta: Any) -> Any:
            meta["tags"]["nested"].append("written")
            return X

    meta = {"tags": {"nested": [1]}}
    assert serve(Deep()).predict(NDARRAY | {"meta": meta})["meta"] == meta


def test_a_tensor_over_protobuf_may_be_written_into(serve: Serve) -> None:
    class InPlace:
        def predict(self, X: Any, names: Any) -> Any:
            X *= 2
            return X

    message = wire.SeldonMessage()
    message.data.tensor.shape.extend([2])
    message.data.tensor.values.extend([1, 2])
    assert list(serve(InPlace()).proto(PREDICT, message).data.tensor.values) == [2, 4]


def test_a_component_constructed_with_a_parameter_uses_it(serve: Serve) -> None:
    assert serve(Scaled(factor=3)).predict()["data"]["ndarray"] == [[3, 6]]
