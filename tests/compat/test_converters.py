"""``seldon_core.utils``: messages, arrays and plain Python into one another.

The expected values were observed: they are what seldon-core 1.18.2 gives, the marked ones excepted.
"""

from typing import Any

import numpy as np
import pytest
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.struct_pb2 import ListValue, Value
from seldon_core import utils
from seldon_core.flask_utils import SeldonMicroserviceException
from seldon_core.proto import prediction_pb2

NDARRAY = {"data": {"names": ["a", "b"], "ndarray": [[1, 2.5]]}}
TENSOR = {
    "data": {"tensor": {"shape": [1, 2], "values": [1, 2]}},
    "meta": {
        "puid": "P",
        "routing": {"a": 1},
        "tags": {"x": [1, "y"]},
        "metrics": [{"key": "k", "value": 0.1}, {"key": "g", "type": "GAUGE", "value": 1}],
    },
}


def message(given: Any) -> Any:
    return utils.json_to_seldon_message(given)


def custom() -> Any:
    packed = AnyMessage()
    packed.Pack(Value(string_value="s"))
    return prediction_pb2.SeldonMessage(customData=packed)


# ---- messages and plain Python -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ({"strData": "x"}, {"strData": "x"}),
        (NDARRAY, {"data": {"names": ["a", "b"], "ndarray": [[1.0, 2.5]]}}),
        (TENSOR, {"data": {"tensor": {"shape": [1, 2], "values": [1.0, 2.0]}}, "meta": TENSOR["meta"]}),
        ({"binData": "MTIz"}, {"binData": "MTIz"}),
        ({"jsonData": {"a": [1, None, True]}}, {"jsonData": {"a": [1.0, None, True]}}),
        ({"data": {"names": ["a"]}}, {"data": {"names": ["a"]}}),
        ({"data": {"ndarray": []}}, {"data": {"ndarray": []}}),
        ({"meta": {"puid": "p"}}, {"meta": {"puid": "p"}}),
        ({}, {}),
        ([], {}),
        (None, {}),
    ],
)
def test_a_message_from_json_and_back(given: Any, read: Any) -> None:
    found = utils.json_to_seldon_message(given)
    assert isinstance(found, prediction_pb2.SeldonMessage)
    assert utils.seldon_message_to_json(found) == read


def test_nan_in_a_message_is_spelled_out_in_its_json() -> None:
    # Deviation: the original raises.
    found = prediction_pb2.SeldonMessage(jsonData=Value(number_value=float("nan")))
    assert utils.seldon_message_to_json(found) == {"jsonData": "NaN"}


@pytest.mark.parametrize(
    ("convert", "given", "said"),
    [
        (utils.json_to_seldon_message, {"bad": 1}, 'has no field named "bad" at "SeldonMessage"'),
        (utils.json_to_seldon_message, {"strData": 5}, "Failed to parse strData field"),
        (utils.json_to_seldon_message, "x", "'x' is no object"),
        (utils.json_to_seldon_message, 5, "5 is no object"),
        (utils.json_to_seldon_messages, {"x": 1}, 'has no field named "x" at "SeldonMessageList"'),
        (utils.json_to_seldon_messages, [{"strData": "x"}], "is no object"),
        (utils.json_to_feedback, {"bad": 1}, "['request', 'response', 'reward', 'truth']"),
        (utils.json_to_feedback, {"reward": "abc"}, "Failed to parse reward field"),
        (utils.json_to_seldon_model_metadata, {"versions": "v"}, "versions"),
    ],
)
def test_what_is_no_such_message_is_invalid_json(convert: Any, given: Any, said: str) -> None:
    with pytest.raises(SeldonMicroserviceException) as raised:
        convert(given)
    assert raised.value.message.startswith("Invalid JSON: ")
    assert said in raised.value.message
    assert (raised.value.status_code, raised.value.reason) == (400, "MICROSERVICE_BAD_DATA")


def test_a_list_of_messages_from_json_and_back() -> None:
    given = {"seldonMessages": [{"strData": "x"}, {"jsonData": 1.0}]}
    found = utils.json_to_seldon_messages(given)
    assert [each.WhichOneof("data_oneof") for each in found.seldonMessages] == ["strData", "jsonData"]
    assert utils.seldon_messages_to_json(found) == given
    assert utils.seldon_messages_to_json(utils.json_to_seldon_messages([])) == {}


def test_feedback_from_json_and_back() -> None:
    given = {"reward": 0.1, "truth": {"strData": "x"}}
    found = utils.json_to_feedback(given)
    assert found.reward == pytest.approx(0.1)
    assert utils.feedback_to_json(found) == given


def test_model_metadata_from_json_passes_over_what_it_has_no_field_for() -> None:
    found = utils.json_to_seldon_model_metadata(
        {
            "name": "n",
            "versions": ["v"],
            "bad": 1,
            "inputs": [{"name": "i", "datatype": "BYTES", "shape": [1, 2]}],
        }
    )
    assert (found.name, list(found.versions), list(found.inputs[0].shape)) == ("n", ["v"], [1, 2])
    assert utils.seldon_model_metadata_to_json(found)["versions"] == ["v"]
    assert utils.json_to_seldon_model_metadata(None) == prediction_pb2.SeldonModelMetadata()


# ---- what is in a message ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "payload"),
    [
        ({"strData": "x"}, "x"),
        ({"binData": "MTIz"}, b"123"),
        ({"jsonData": {"a": [1, None, True]}}, {"a": [1.0, None, True]}),
        ({"jsonData": 5}, 5.0),
        ({"jsonData": [1]}, [1.0]),
    ],
)
def test_the_payload_of_a_message_in_plain_python(given: Any, payload: Any) -> None:
    found = utils.get_data_from_proto(message(given))
    assert found == payload
    assert type(found) is type(payload)


ARRAYS = [
    (NDARRAY["data"], np.array([[1.0, 2.5]])),
    (TENSOR["data"], np.array([[1.0, 2.0]])),
    ({"names": ["a"]}, np.array([])),
    ({"ndarray": []}, np.array([])),
    ({"ndarray": [["a", 1]]}, np.array([["a", "1.0"]])),
    ({"ndarray": [["a", None]]}, np.array([["a", None]], dtype=object)),
]


@pytest.mark.parametrize(("data", "array"), ARRAYS)
def test_the_payload_of_data_is_an_array(data: Any, array: Any) -> None:
    for found in (
        utils.get_data_from_proto(message({"data": data})),
        utils.grpc_datadef_to_array(message({"data": data}).data),
    ):
        assert isinstance(found, np.ndarray)
        assert (found.dtype.kind, found.shape) == (array.dtype.kind, array.shape)
        assert found.tolist() == array.tolist()


def test_the_payload_of_custom_data_is_the_any() -> None:
    assert utils.get_data_from_proto(custom()) == custom().customData


def test_a_message_without_payload_has_none() -> None:
    with pytest.raises(SeldonMicroserviceException) as raised:
        utils.get_data_from_proto(prediction_pb2.SeldonMessage())
    assert raised.value.message == "Unknown data in SeldonMessage"


@pytest.mark.parametrize(
    "data",
    [
        {"tensor": {"shape": [2, 2], "values": [1, 2]}},
        {"tensor": {"values": [1, 2]}},
        {"ndarray": [[1], [1, 2]]},
    ],
)
def test_an_array_that_is_none_is_refused(data: Any) -> None:
    # Deviation: the original raises whatever numpy raises.
    with pytest.raises(SeldonMicroserviceException) as raised:
        utils.grpc_datadef_to_array(message({"data": data}).data)
    assert raised.value.status_code == 400


def test_the_meta_of_a_message_is_a_dict() -> None:
    assert utils.get_meta_from_proto(message(TENSOR)) == TENSOR["meta"]
    assert utils.get_meta_from_proto(message({"strData": "x"})) == {}


def test_the_parts_of_a_message() -> None:
    request = message(TENSOR)
    features, meta, datadef, kind = utils.extract_request_parts(request)
    assert features.tolist() == [[1.0, 2.0]]
    assert meta == TENSOR["meta"]
    assert datadef == request.data
    assert kind == "data"


@pytest.mark.parametrize(
    ("given", "kind"),
    [({"strData": "x"}, "strData"), ({"binData": "MTIz"}, "binData"), ({"jsonData": 1}, "jsonData")],
)
def test_the_parts_of_a_message_without_array(given: Any, kind: str) -> None:
    _, meta, datadef, found = utils.extract_request_parts(message(given))
    assert (meta, datadef, found) == ({}, prediction_pb2.DefaultData(), kind)
    _, meta, datadef, found = utils.extract_request_parts_json(given)
    assert (meta, datadef, found) == (None, None, kind)


def test_the_parts_of_a_message_in_plain_python_keep_their_types() -> None:
    request = {"data": {"ndarray": [[1]], "names": ["a"]}, "meta": {"tags": {"a": 1}}}
    features, meta, datadef, kind = utils.extract_request_parts_json(request)
    assert (features.dtype, features.tolist()) == (np.int64, [[1]])
    assert meta is request["meta"]
    assert datadef is request["data"]
    assert kind == "data"


@pytest.mark.parametrize("given", [{}, [], None, 5, {"bad": 1}, [{"strData": "x"}], {"seldonMessages": []}])
def test_what_is_no_message_has_no_parts(given: Any) -> None:
    with pytest.raises(SeldonMicroserviceException) as raised:
        utils.extract_request_parts_json(given)
    assert raised.value.message == f"Invalid request data type: {given}"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (
            {"request": NDARRAY, "truth": {"data": {"tensor": {"shape": [1], "values": [2]}}}, "reward": 0.5},
            ([[1.0, 2.5]], [2.0], 0.5),
        ),
        ({}, ([], [], 0.0)),
        ({"request": {"strData": "x"}, "truth": {"strData": "y"}}, ([], [], 0.0)),
    ],
)
def test_the_parts_of_feedback(given: Any, expected: Any) -> None:
    feedback = utils.json_to_feedback(given)
    datadef, features, truth, reward = utils.extract_feedback_request_parts(feedback)
    assert datadef == feedback.request.data
    assert (features.tolist(), truth.tolist(), reward) == expected


# ---- arrays --------------------------------------------------------------------------------------

INT, TEXT = np.array([[1, 2]]), np.array([["a", "b"]])
MIXED = np.array([["a", None, 1.5]], dtype=object)


@pytest.mark.parametrize(
    ("kind", "array", "data"),
    [
        ("tensor", INT, {"tensor": {"shape": [1, 2], "values": [1.0, 2.0]}}),
        ("ndarray", INT, {"ndarray": [[1.0, 2.0]]}),
        ("data", INT, {"ndarray": [[1.0, 2.0]]}),
        ("nonsense", INT, {"ndarray": [[1.0, 2.0]]}),
        ("ndarray", TEXT, {"ndarray": [["a", "b"]]}),
        ("ndarray", MIXED, {"ndarray": [["a", None, 1.5]]}),
        ("ndarray", np.array([[True]]), {"ndarray": [[True]]}),
        ("tensor", np.array([[True]]), {"tensor": {"shape": [1, 1], "values": [1.0]}}),
        ("tensor", np.array([1.5]), {"tensor": {"shape": [1], "values": [1.5]}}),
        ("ndarray", np.array([1.5]), {"ndarray": [1.5]}),
        ("tensor", np.array([]), {"tensor": {"shape": [0]}}),
        ("ndarray", np.array([]), {"ndarray": []}),
        ("tensor", np.array(5), {"tensor": {"values": [5.0]}}),
        ("ndarray", np.array(5), {"ndarray": [5.0]}),  # deviation: the original raises
        ("ndarray", [[1, 2]], {"ndarray": [[1.0, 2.0]]}),  # deviation: the original takes arrays only
    ],
)
def test_an_array_as_protobuf_data(kind: str, array: Any, data: Any) -> None:
    found = utils.array_to_grpc_datadef(kind, array, ["a", "b"])
    assert isinstance(found, prediction_pb2.DefaultData)
    assert found == message({"data": {"names": ["a", "b"], **data}}).data


@pytest.mark.parametrize("names", [{}, {"names": None}, {"names": ()}])
def test_protobuf_data_without_names(names: Any) -> None:
    assert utils.array_to_grpc_datadef("tensor", INT, **names).names == []


def test_a_tensor_holds_no_text_over_grpc() -> None:
    with pytest.raises(TypeError, match="a tensor cannot hold"):
        utils.array_to_grpc_datadef("tensor", TEXT)


@pytest.mark.parametrize(
    ("kind", "array", "data"),
    [
        ("tensor", INT, {"tensor": {"shape": [1, 2], "values": [1, 2]}}),
        ("tensor", TEXT, {"tensor": {"shape": [1, 2], "values": ["a", "b"]}}),
        ("ndarray", INT, {"ndarray": [[1, 2]]}),
        ("nonsense", MIXED, {"ndarray": [["a", None, 1.5]]}),
        ("ndarray", np.array(5), {"ndarray": 5}),
        ("tensor", np.array([]), {"tensor": {"shape": [0], "values": []}}),
    ],
)
def test_an_array_as_data_in_plain_python(kind: str, array: Any, data: Any) -> None:
    found = utils.array_to_rest_datadef(kind, array, ["a", "b"])
    assert found == {"names": ["a", "b"], **data}
    assert {type(value) for value in np.ravel(array).tolist()} == {type(value) for value in leaves(data)}


def leaves(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return leaves(value.get("values", value.get("tensor", value.get("ndarray"))))
    return [leaf for each in value for leaf in leaves(each)] if isinstance(value, list) else [value]


def test_data_in_plain_python_has_names_always() -> None:
    assert utils.array_to_rest_datadef("ndarray", INT) == {"names": [], "ndarray": [[1, 2]]}
    utils.array_to_rest_datadef("ndarray", INT)["names"].append("spoiled")
    assert utils.array_to_rest_datadef("ndarray", INT)["names"] == []


@pytest.mark.parametrize(
    ("array", "values"),
    [
        (INT, [[1.0, 2.0]]),
        (TEXT, [["a", "b"]]),
        (MIXED, [["a", None, 1.5]]),
        (np.array([]), []),
        (np.array([1.5]), [1.5]),
    ],
)
def test_an_array_as_a_list_value(array: Any, values: list[Any]) -> None:
    expected = ListValue()
    expected.extend(values)
    assert utils.array_to_list_value(array) == expected


def test_an_array_is_added_to_the_list_value_that_is_given() -> None:
    given = ListValue()
    given.append(7)
    assert utils.array_to_list_value(np.array([1]), given) is given
    assert list(given) == [7.0, 1.0]


@pytest.mark.parametrize("kind", ["tensor", "ndarray"])
def test_an_array_comes_back_from_data(kind: str) -> None:
    array = np.arange(6.0).reshape(1, 2, 3)
    found = utils.grpc_datadef_to_array(utils.array_to_grpc_datadef(kind, array))
    np.testing.assert_array_equal(found, array)
    found[0] = 0  # and may be written to
