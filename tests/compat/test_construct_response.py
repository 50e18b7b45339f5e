"""Replies put together by hand.

The expected values were observed: they are what seldon-core 1.18.2 gives, the marked ones excepted.
"""

from typing import Any

import numpy as np
import pytest
from google.protobuf.any_pb2 import Any as AnyMessage
from seldon_core.flask_utils import SeldonMicroserviceException
from seldon_core.proto import prediction_pb2
from seldon_core.user_model import SeldonComponent
from seldon_core.utils import (
    construct_response,
    construct_response_json,
    get_request_path,
    json_to_seldon_message,
    seldon_message_to_json,
)

META = {
    "puid": "P",
    "tags": {"a": 1},
    "metrics": [{"key": "rm", "type": "GAUGE", "value": 1}],
    "requestPath": {"n": "i"},
}
STR: Any = {"strData": "x"}
NDARRAY: Any = {"data": {"names": ["q"], "ndarray": [[1]]}, "meta": META}
TENSOR: Any = {"data": {"tensor": {"shape": [1], "values": [1]}}}


class Plain:
    pass


class Named:
    def class_names(self) -> list[str]:
        return ["c0", "c1"]

    def feature_names(self) -> list[str]:
        return ["f0", "f1"]

    def tags(self) -> dict[str, Any]:
        return {"st": 1}

    def metrics(self) -> list[dict[str, Any]]:
        return [{"key": "mm", "type": "COUNTER", "value": 1}]


def both(user: object, is_request: bool, request: Any, returned: Any, *more: Any) -> Any:
    """The reply over either wire, in plain Python; they are one reply."""
    over_json = construct_response_json(user, is_request, request, returned, *more)
    over_proto = construct_response(user, is_request, json_to_seldon_message(request), returned, *more)
    assert isinstance(over_proto, prediction_pb2.SeldonMessage)
    assert over_proto.HasField("meta")
    assert json_to_seldon_message(over_json) == over_proto
    return over_json


AS_TENSOR = {"tensor": {"shape": [1, 2], "values": [1, 2]}}
AS_NDARRAY = {"ndarray": [[1, 2]]}


@pytest.mark.parametrize("returned", [np.array([[1, 2]]), [[1, 2]]], ids=["array", "list"])
@pytest.mark.parametrize(
    ("request_", "data"), [(STR, AS_TENSOR), (NDARRAY, AS_NDARRAY), (TENSOR, AS_TENSOR), ({}, AS_TENSOR)]
)
def test_numbers_are_sent_in_the_kind_that_was_asked(returned: Any, request_: Any, data: Any) -> None:
    assert both(Plain(), False, request_, returned)["data"] == {"names": ["t:0", "t:1"], **data}


@pytest.mark.parametrize("request_", [STR, NDARRAY, TENSOR])
@pytest.mark.parametrize(
    ("returned", "fields"),
    [
        ("s", {"strData": "s"}),
        (b"b", {"binData": "Yg=="}),
        (bytearray(b"b"), {"binData": "Yg=="}),
        ({"a": 1}, {"jsonData": {"a": 1}}),
        ([["a"]], {"data": {"names": ["t:0"], "ndarray": [["a"]]}}),
    ],
)
def test_everything_else_has_a_kind_of_its_own(request_: Any, returned: Any, fields: Any) -> None:
    reply = both(Plain(), False, request_, returned)
    reply.pop("meta")
    assert reply == fields


def test_a_list_keeps_its_numbers_in_plain_python() -> None:
    reply = construct_response_json(Plain(), False, NDARRAY, [[1, 2.5]])
    assert list(map(type, reply["data"]["ndarray"][0])) == [int, float]


def test_an_any_is_custom_data() -> None:
    packed = AnyMessage(type_url="u", value=b"v")
    reply = construct_response(Plain(), False, json_to_seldon_message(STR), packed)
    assert reply.WhichOneof("data_oneof") == "customData"
    assert reply.customData == packed


@pytest.mark.parametrize("build", [construct_response, construct_response_json])
def test_what_no_kind_stands_for_is_refused(build: Any) -> None:
    request = STR if build is construct_response_json else json_to_seldon_message(STR)
    with pytest.raises(SeldonMicroserviceException) as raised:
        build(Plain(), False, request, 5)
    assert raised.value.message == "Unknown data type returned as payload (must be list or np array):5"
    assert raised.value.status_code == 400


@pytest.mark.parametrize(
    ("user", "is_request", "names"),
    [
        (Plain(), False, ["t:0", "t:1"]),
        (Named(), False, ["c0", "c1"]),
        (Plain(), True, ["q"]),
        (Named(), True, ["f0", "f1"]),
        (SeldonComponent(), True, ["q"]),
        (SeldonComponent(), False, ["t:0", "t:1"]),
    ],
)
def test_names_are_those_of_classes_or_of_features(user: Any, is_request: bool, names: list[str]) -> None:
    assert both(user, is_request, NDARRAY, [[1, 2]])["data"]["names"] == names


def test_an_array_of_one_dimension_has_no_names() -> None:
    assert both(Named(), False, NDARRAY, [1, 2])["data"]["names"] == []


def test_only_the_puid_is_taken_from_the_request() -> None:
    assert both(Plain(), False, NDARRAY, "s")["meta"] == {"puid": "P"}
    assert both(Named(), False, NDARRAY, "s")["meta"] == {"puid": "P", "tags": {"st": 1}}


def test_meta_goes_before_the_components_own() -> None:
    carried = {
        "tags": {"m": 2, "st": 0, "rt": 0},
        "metrics": [{"key": "mt", "type": "GAUGE", "value": 1}],
        "requestPath": {"q": "r"},
        "puid": "Z",
    }
    own = [{"key": "cm", "type": "TIMER", "value": 1}]
    meta = both(Named(), False, NDARRAY, [[1, 2]], carried, own, {"rt": 1})["meta"]
    assert meta == {
        "puid": "P",
        "tags": {"m": 2, "st": 1, "rt": 1},
        "metrics": [*carried["metrics"], *own],  # type: ignore[misc]
        "requestPath": {"q": "r"},
    }
    # Deviation: the original writes into the meta it is given, once more at every call.
    assert carried["metrics"] == [{"key": "mt", "type": "GAUGE", "value": 1}]
    assert carried["tags"] == {"m": 2, "st": 0, "rt": 0}


def test_the_unit_is_in_the_request_path(monkeypatch: pytest.MonkeyPatch) -> None:
    assert get_request_path() == {}
    monkeypatch.setenv("PREDICTIVE_UNIT_ID", "clf")
    monkeypatch.setenv("PREDICTIVE_UNIT_IMAGE", "reg/img:2")
    assert get_request_path() == {"clf": "reg/img:2"}
    meta = both(Plain(), False, NDARRAY, "s", {"requestPath": {"q": "r"}})["meta"]
    assert meta["requestPath"] == {"clf": "reg/img:2", "q": "r"}


def test_nan_is_spelled_out_in_plain_python() -> None:
    # Deviation: the original leaves the float, for which JSON has no number.
    reply = construct_response_json(Plain(), False, NDARRAY, np.array([[np.nan]]))
    assert reply["data"]["ndarray"] == [["NaN"]]


@pytest.mark.parametrize("request_", [None, "x", 5, [NDARRAY]])
def test_a_request_that_is_no_dict_is_refused(request_: Any) -> None:
    with pytest.raises(SeldonMicroserviceException, match="Invalid request data type"):
        construct_response_json(Plain(), False, request_, "s")


@pytest.mark.parametrize("build", [construct_response, construct_response_json])
def test_what_the_component_raises_is_raised(build: Any) -> None:
    class Angry:
        def tags(self) -> Any:
            raise KeyError("mine")

    request = STR if build is construct_response_json else json_to_seldon_message(STR)
    with pytest.raises(KeyError, match="mine"):
        build(Angry(), False, request, "s")


def test_the_reply_of_an_empty_feedback_is_an_empty_tensor() -> None:
    reply = construct_response(Plain(), False, prediction_pb2.Feedback().request, [])
    assert seldon_message_to_json(reply) == {"data": {"tensor": {"shape": [0]}}, "meta": {}}
