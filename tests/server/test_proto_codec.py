"""SeldonMessage as protobuf: one table for both directions, what is refused, what cannot be sent."""

import datetime
import json
import math
from typing import Any

import numpy as np
import pytest
from google.protobuf import json_format
from messages import LARGE_PROTO, array, shown

from seldon_workbench.errors import PayloadError, ReplyError
from seldon_workbench.message import Array, Meta, PayloadKind, SeldonMessage
from seldon_workbench.metadata import ModelMetadata
from seldon_workbench.server import wire
from seldon_workbench.server.proto_codec import PROTO
from seldon_workbench.server.proto_metadata import encode_metadata
from seldon_workbench.server.tf_tensor import MOST_REPEATED

TENSOR, NDARRAY = PayloadKind.TENSOR, PayloadKind.NDARRAY
META = {
    "puid": "P",
    "tags": {"a": 1.0},
    "requestPath": {"n": "i"},
    "metrics": [{"key": "k", "value": 2.5, "tags": {"t": "v"}}, {"key": "g", "type": "GAUGE", "value": 1.0}],
}


def message(kind: PayloadKind, value: Any, names: Any = (), meta: Any = None) -> SeldonMessage:
    if meta is None:
        return SeldonMessage(kind, value, list(names), Meta(tags={}, request_path={}))
    whole = Meta(meta["puid"], meta["tags"], meta["requestPath"], meta["metrics"], meta)
    return SeldonMessage(kind, value, list(names), whole)


def f8(values: Any, *shape: int) -> Array:
    return array(values, "f8", shape)


def parsed(text: str, kind: Any = wire.SeldonMessage) -> Any:
    return json_format.Parse(text, kind())


# In proto-JSON, which leaves out what is empty or a default.
CASES: list[tuple[str, SeldonMessage]] = [
    (
        '{"data":{"names":["a","b"],"tensor":{"shape":[1,2],"values":[1,2.5]}},"meta":{}}',
        message(TENSOR, f8([[1, 2.5]], 1, 2), ["a", "b"]),
    ),
    ('{"data":{"tensor":{"values":[5]}},"meta":{}}', message(TENSOR, f8(5))),
    ('{"data":{"tensor":{"shape":[0]}},"meta":{}}', message(TENSOR, f8([], 0))),
    ('{"data":{"tensor":{"shape":[0,3]}},"meta":{}}', message(TENSOR, f8(np.zeros((0, 3)), 0, 3))),
    (
        '{"data":{"tensor":{"shape":[3],"values":["NaN","Infinity","-Infinity"]}},"meta":{}}',
        message(TENSOR, f8([math.nan, math.inf, -math.inf], 3)),
    ),
    (
        '{"data":{"names":["a"],"ndarray":[[1,2],[3,4.5]]},"meta":{}}',
        message(NDARRAY, f8([[1, 2], [3, 4.5]], 2, 2), "a"),
    ),
    ('{"data":{"ndarray":[1,2,3]},"meta":{}}', message(NDARRAY, f8([1, 2, 3], 3))),
    ('{"data":{"ndarray":[]},"meta":{}}', message(NDARRAY, f8([], 0))),
    ('{"data":{"ndarray":[[]]},"meta":{}}', message(NDARRAY, f8([[]], 1, 0))),
    ('{"data":{"ndarray":[true,false]},"meta":{}}', message(NDARRAY, np.array([True, False]))),
    ('{"data":{"ndarray":[["a","bcd"]]},"meta":{}}', message(NDARRAY, np.array([["a", "bcd"]]))),
    ('{"data":{"ndarray":["NaN"]},"meta":{}}', message(NDARRAY, np.array(["NaN"]))),
    (
        '{"data":{"ndarray":[[1.5,"a",null,true]]},"meta":{}}',
        message(NDARRAY, np.array([[1.5, "a", None, True]], dtype=object)),
    ),
    (
        '{"data":{"ndarray":[{"a":1},{"b":["c"]}]},"meta":{}}',
        message(NDARRAY, np.array([{"a": 1.0}, {"b": ["c"]}], dtype=object)),
    ),
    ('{"strData":"héllo","meta":{}}', message(PayloadKind.STR, "héllo")),
    ('{"strData":"","meta":{}}', message(PayloadKind.STR, "")),
    ('{"binData":"AAH/","meta":{}}', message(PayloadKind.BIN, b"\x00\x01\xff")),
    (
        '{"jsonData":{"a":[1,null,true,"x",{}],"b":[]},"meta":{}}',
        message(PayloadKind.JSON, {"a": [1.0, None, True, "x", {}], "b": []}),
    ),
    ('{"jsonData":5.5,"meta":{}}', message(PayloadKind.JSON, 5.5)),
    ('{"jsonData":null,"meta":{}}', message(PayloadKind.JSON, None)),
    (json.dumps({"strData": "x", "meta": META}), message(PayloadKind.STR, "x", (), META)),
    (
        json.dumps({"data": {"tensor": {"shape": [1], "values": [1]}}, "meta": META}),
        message(TENSOR, f8([1], 1), (), META),
    ),
    (
        json.dumps({"data": {"names": ["a"], "ndarray": [[1]]}, "meta": META}),
        message(NDARRAY, f8([[1]], 1, 1), ["a"], META),
    ),
]
IDS = [text[:60] for text, _ in CASES]


@pytest.mark.parametrize(("text", "expected"), CASES, ids=IDS)
def test_a_message_is_read_whatever_its_size(text: str, expected: SeldonMessage) -> None:
    raw = parsed(text).SerializeToString()
    assert shown(PROTO.decode(raw)) == shown(expected)
    assert shown(PROTO.decode(LARGE_PROTO + raw)) == shown(expected)


@pytest.mark.parametrize(("text", "reply"), CASES, ids=IDS)
def test_a_message_is_written(text: str, reply: SeldonMessage) -> None:
    written = wire.SeldonMessage.FromString(PROTO.encode(reply))
    expected = parsed(text)
    assert written.SerializeToString(deterministic=True) == expected.SerializeToString(deterministic=True)
    assert written.HasField("meta")


def test_a_custom_message_is_passed_on_as_it_is() -> None:
    sent = wire.SeldonMessage()
    sent.customData.Pack(wire.Tensor(shape=[1]))
    decoded = PROTO.decode(sent.SerializeToString())
    assert (decoded.kind, decoded.value) == (PayloadKind.CUSTOM, sent.customData)
    assert wire.SeldonMessage.FromString(PROTO.encode(decoded)).customData == sent.customData


def test_data_without_an_array_is_an_empty_one() -> None:
    decoded = PROTO.decode(parsed('{"data":{"names":["a"]}}').SerializeToString())
    assert (decoded.kind, decoded.names) == (NDARRAY, ["a"])
    assert shown(decoded.value) == shown(f8([], 0))


@pytest.mark.parametrize("text", [text for text, expected in CASES if expected.kind.is_array])
def test_an_array_may_be_written_into(text: str) -> None:
    raw = parsed(text).SerializeToString()
    for value in (PROTO.decode(raw).value, PROTO.decode(LARGE_PROTO + raw).value):
        assert value.flags.writeable
        assert value.flags.owndata or value.base.flags.writeable


def test_names_are_a_list() -> None:
    raw = parsed('{"data":{"names":["a"],"ndarray":[1]}}').SerializeToString()
    assert type(PROTO.decode(raw).names) is type(PROTO.decode(LARGE_PROTO + raw).names) is list


def test_a_meta_shows_what_is_set_and_nothing_else() -> None:
    raw = parsed('{"strData":"x","meta":{"routing":{"a":0,"b":-1},"puid":""}}').SerializeToString()
    meta = PROTO.decode(raw).meta
    assert meta.raw == {"routing": {"a": 0, "b": -1}}
    assert (meta.puid, meta.tags, meta.request_path, list(meta.metrics)) == ("", {}, {}, [])


@pytest.mark.parametrize(
    ("metric", "shown_as"),
    [
        ({"key": "k", "value": 1}, {"key": "k", "value": 1.0}),
        ({"key": "k", "type": "TIMER", "value": 0.5}, {"key": "k", "type": "TIMER", "value": 0.5}),
        ({"key": "COUNTER"}, {"key": "COUNTER"}),
        ({"type": "GAUGE"}, {"type": "GAUGE"}),
        ({"type": 7}, {"type": 7}),
        ({}, {}),
    ],
)
def test_a_metric_of_a_request_goes_through_as_it_came(metric: Any, shown_as: Any) -> None:
    sent = json_format.ParseDict({"strData": "x", "meta": {"metrics": [metric]}}, wire.SeldonMessage())
    decoded = PROTO.decode(sent.SerializeToString())
    assert decoded.meta.metrics == [shown_as]
    assert wire.SeldonMessage.FromString(PROTO.encode(decoded)) == sent


# ---- malformed -----------------------------------------------------------------------------------

MALFORMED = [
    ("{}", "Invalid request data type: no payload"),
    ('{"meta":{"puid":"x"}}', "no payload"),
    ('{"data":{"tensor":{}}}', "tensor.shape [] does not fit 0 values"),
    ('{"data":{"tensor":{"shape":[2]}}}', "tensor.shape [2] does not fit 0 values"),
    ('{"data":{"tensor":{"values":[1,2]}}}', "tensor.shape [] does not fit 2 values"),
    ('{"data":{"tensor":{"shape":[2],"values":[1,2,3]}}}', "tensor.shape [2] does not fit 3 values"),
    ('{"data":{"tensor":{"shape":[3],"values":[1,2]}}}', "tensor.shape [3] does not fit 2 values"),
    ('{"data":{"tensor":{"shape":[0],"values":[1]}}}', "tensor.shape [0] does not fit 1 values"),
    ('{"data":{"tensor":{"shape":[-1,2],"values":[1,2]}}}', "tensor.shape [-1, 2] does not fit 2 values"),
    ('{"data":{"tensor":{"shape":[-1,-2],"values":[1,2]}}}', "tensor.shape [-1, -2] does not fit 2"),
    ('{"data":{"tensor":{"shape":[2147483647,2147483647,8],"values":[1]}}}', "does not fit 1 values"),
    (f'{{"data":{{"tensor":{{"shape":[1{",1" * 64}],"values":[1]}}}}}}', "maximum"),
    ('{"data":{"ndarray":[[1,2],[3]]}}', "ndarray is ragged: "),
    ('{"data":{"ndarray":[["a"],"b"]}}', "ndarray is ragged: "),
    ('{"data":{"tftensor":{}}}', "tftensor"),
]


@pytest.mark.parametrize(("text", "why"), MALFORMED)
def test_a_malformed_message_is_refused_whatever_its_size(text: str, why: str) -> None:
    raw = parsed(text).SerializeToString()
    for each in (raw, LARGE_PROTO + raw):
        with pytest.raises(PayloadError) as caught:
            PROTO.decode(each)
        assert why in caught.value.text


def test_sizes_without_end_are_not_multiplied() -> None:
    sent = wire.SeldonMessage()
    sent.data.tensor.shape.extend([2**31 - 1] * 500_000)
    with pytest.raises(PayloadError, match=r"tensor.shape has 500000 dimensions, the maximum is 64"):
        PROTO.decode(sent.SerializeToString())


def test_a_tftensor_is_read_and_written() -> None:
    raw = parsed(
        '{"data":{"names":["a"],"tftensor":{"dtype":"DT_HALF","halfVal":[15360]}}}'
    ).SerializeToString()
    for each in (raw, LARGE_PROTO + raw):
        message = PROTO.decode(each)
        assert (message.kind, message.names) == (PayloadKind.TFTENSOR, ["a"])
        assert shown(message.value) == shown(array(1, "f2", ()))
    written = wire.SeldonMessage.FromString(PROTO.encode(message))
    assert json_format.MessageToDict(written) == {
        "meta": {},
        "data": {"names": ["a"], "tftensor": {"dtype": "DT_HALF", "tensorShape": {}, "halfVal": [15360]}},
    }


def test_the_tensors_of_a_list_share_what_their_shapes_may_claim() -> None:
    claim = wire.SeldonMessage()
    claim.data.tftensor.dtype = 10
    claim.data.tftensor.tensor_shape.dim.add(size=MOST_REPEATED)
    assert PROTO.decode_list(wire.SeldonMessageList(seldonMessages=[claim]).SerializeToString())
    with pytest.raises(PayloadError, match="claims"):
        PROTO.decode_list(wire.SeldonMessageList(seldonMessages=[claim, claim]).SerializeToString())


def test_what_a_tftensor_cannot_hold_is_a_reply_error() -> None:
    with pytest.raises(ReplyError, match="a tftensor cannot hold timedelta64"):
        PROTO.encode(SeldonMessage(PayloadKind.TFTENSOR, np.array([1], "m8[s]"), []))


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("{}", "set one of data, strData, binData or jsonData"),
        ('{"data":{"ndarray":[[1],[2,3]]}}', "send rows of equal length, or jsonData"),
    ],
)
def test_the_hint_tells_what_to_send(text: str, hint: str) -> None:
    with pytest.raises(PayloadError) as caught:
        PROTO.decode(parsed(text).SerializeToString())
    assert caught.value.hint == hint


@pytest.mark.parametrize(
    ("decode", "name"),
    [
        (PROTO.decode, "SeldonMessage"),
        (PROTO.decode_list, "SeldonMessageList"),
        (PROTO.decode_feedback, "Feedback"),
    ],
)
def test_bytes_that_are_no_message_are_refused_by_name(decode: Any, name: str) -> None:
    with pytest.raises(PayloadError, match=f"the request is no {name}: "):
        decode(b"\xff\xff")


# ---- lists and feedback --------------------------------------------------------------------------


def test_a_list_is_its_messages() -> None:
    raw = parsed(f'{{"seldonMessages":[{",".join(text for text, _ in CASES)}]}}', wire.SeldonMessageList)
    decoded = PROTO.decode_list(raw.SerializeToString())
    assert shown(decoded) == shown([expected for _, expected in CASES])
    assert PROTO.decode_list(b"") == []


def test_a_list_with_an_empty_message_is_refused() -> None:
    raw = parsed('{"seldonMessages":[{"strData":"x"},{}]}', wire.SeldonMessageList).SerializeToString()
    with pytest.raises(PayloadError, match="no payload"):
        PROTO.decode_list(raw)


FEEDBACKS: list[tuple[str, tuple[Any, ...]]] = [
    ("{}", (TENSOR, f8([], 0), [], f8([], 0), 0.0, {})),
    ('{"reward":0.75,"request":{"strData":"x"}}', (TENSOR, f8([], 0), [], f8([], 0), 0.75, {})),
    (
        '{"request":{"data":{"names":["a"],"ndarray":[[1]]}},"truth":{"data":{"tensor":{"shape":[1],"values":[2]}}}}',
        (NDARRAY, f8([[1]], 1, 1), ["a"], f8([2], 1), 0.0, {}),
    ),
    ('{"truth":{"jsonData":5}}', (TENSOR, f8([], 0), [], f8([], 0), 0.0, {})),
    (
        '{"response":{"meta":{"routing":{"r":1}}},"reward":-1}',
        (TENSOR, f8([], 0), [], f8([], 0), -1.0, {"r": 1}),
    ),
]


@pytest.mark.parametrize(("text", "expected"), FEEDBACKS)
def test_a_feedback_is_features_truth_reward_and_routing(text: str, expected: tuple[Any, ...]) -> None:
    feedback = PROTO.decode_feedback(parsed(text, wire.Feedback).SerializeToString())
    asked = feedback.request
    found = (asked.kind, asked.value, list(asked.names), feedback.truth, feedback.reward, feedback.routing)
    assert shown(found) == shown(expected)


def test_the_meta_of_a_feedbacks_request_is_kept() -> None:
    text = '{"request":{"strData":"x","meta":{"puid":"P"}}}'
    feedback = PROTO.decode_feedback(parsed(text, wire.Feedback).SerializeToString())
    assert feedback.request.meta.puid == "P"


# ---- writing -------------------------------------------------------------------------------------


def written(reply: SeldonMessage) -> dict[str, Any]:
    fields: dict[str, Any] = json_format.MessageToDict(wire.SeldonMessage.FromString(PROTO.encode(reply)))
    assert fields.pop("meta") == {}
    return fields


@pytest.mark.parametrize("kind", [TENSOR, NDARRAY])
@pytest.mark.parametrize(
    ("value", "numbers"),
    [
        (np.array([[1, 2]], "i4"), [[1, 2]]),
        (np.array([0.1], "f4"), [0.10000000149011612]),
        (np.array([1.5], ">f8"), [1.5]),
        (np.array([2**64 - 1], "u8"), [2.0**64]),
        (np.array([9007199254740993]), [9007199254740992]),
        (np.array([0.5], "g"), [0.5]),
        (np.asfortranarray([[1, 2], [3, 4]]), [[1, 2], [3, 4]]),
        (np.arange(12).reshape(3, 4)[::2, ::-1], [[3, 2, 1, 0], [11, 10, 9, 8]]),
        (np.array([[1, 2]]).view(np.matrix), [[1, 2]]),
        (np.ma.masked_array([1, 2], mask=[False, True]), [1, 2]),
    ],
)
def test_any_numbers_are_sent_as_doubles(kind: PayloadKind, value: Array, numbers: Any) -> None:
    data = written(SeldonMessage(kind, value, []))["data"]
    if kind is NDARRAY:
        assert data == {"ndarray": numbers}
    else:
        assert data == {"tensor": {"shape": list(value.shape), "values": np.array(numbers).ravel().tolist()}}


@pytest.mark.parametrize(
    ("value", "entries"),
    [
        (np.array(5), [5.0]),
        (np.array("x"), ["x"]),
        (np.array(["2020-01-01"], "M8[ns]"), [1577836800000000000.0]),
        (np.array([(1, 2.5)], [("a", "i8"), ("b", "f8")]), [[1.0, 2.5]]),
        (np.array([np.int64(1), np.bool_(True), np.float32(0.5)], dtype=object), [1.0, True, 0.5]),
        (np.array([{"a": (1, np.array([2]))}], dtype=object), [{"a": [1.0, [2.0]]}]),
        (np.array([{1: "a", None: "b"}], dtype=object), [{"1": "a", "None": "b"}]),
        (np.array(["é", "a"]), ["é", "a"]),
    ],
)
def test_any_other_array_is_sent_as_values(value: Array, entries: list[Any]) -> None:
    assert written(SeldonMessage(NDARRAY, value, []))["data"] == {"ndarray": entries}


@pytest.mark.parametrize(
    ("names", "sent"), [(["a"], ["a"]), (("a",), ["a"]), (None, []), ("ab", ["a", "b"]), ([1], ["1"])]
)
@pytest.mark.parametrize("value", [np.array([1.0]), np.array(["x"])])
def test_names_are_sent_as_texts(names: Any, sent: list[str], value: Array) -> None:
    for kind in (TENSOR, NDARRAY) if value.dtype.kind == "f" else (NDARRAY,):
        assert written(SeldonMessage(kind, value, names))["data"].get("names", []) == sent


WITHIN: dict[str, Any] = {}
WITHIN["a"] = WITHIN


@pytest.mark.parametrize(
    "reply",
    [
        SeldonMessage(TENSOR, np.array([1j])),
        SeldonMessage(TENSOR, np.array([1], "m8[s]")),
        SeldonMessage(TENSOR, np.array([1]), names=5),
        SeldonMessage(TENSOR, np.array([1]), names=["\ud800"]),
        SeldonMessage(NDARRAY, np.array([1]), names=5),
        SeldonMessage(NDARRAY, np.array([1j])),
        SeldonMessage(NDARRAY, np.array([10**400], dtype=object)),
        SeldonMessage(PayloadKind.JSON, {"a": {1}}),
        SeldonMessage(PayloadKind.JSON, {"a": object()}),
        SeldonMessage(PayloadKind.JSON, {"a": 10**400}),
        SeldonMessage(PayloadKind.JSON, WITHIN),
        SeldonMessage(PayloadKind.STR, "\ud800"),
        SeldonMessage(PayloadKind.STR, "x", meta=Meta(tags={"a": b"x"})),
        SeldonMessage(PayloadKind.STR, "x", meta=Meta(puid="\ud800")),
        SeldonMessage(TENSOR, np.array([1]), meta=Meta(tags={"a": datetime.timedelta(1)})),
    ],
)
def test_what_protobuf_cannot_hold_is_a_reply_error(reply: SeldonMessage) -> None:
    with pytest.raises(ReplyError) as caught:
        PROTO.encode(reply)
    assert caught.value.hint == "return arrays, lists, dicts, strings, numbers"


@pytest.mark.parametrize("dtype", ["c16", "m8[s]", "M8[s]"])
def test_a_tensor_names_the_dtype_it_cannot_hold(dtype: str) -> None:
    with pytest.raises(ReplyError) as caught:
        PROTO.encode(SeldonMessage(TENSOR, np.zeros(1, dtype)))
    assert caught.value.text == f"a tensor cannot hold {np.dtype(dtype)}"


def test_a_meta_with_other_than_texts_is_sent_as_texts() -> None:
    meta = Meta(puid=5, tags={1: True}, request_path={2: 3}, metrics=[{"key": "k"}])
    for reply in (
        SeldonMessage(PayloadKind.STR, "x", meta=meta),
        SeldonMessage(TENSOR, f8([1], 1), meta=meta),
    ):
        sent = json_format.MessageToDict(wire.SeldonMessage.FromString(PROTO.encode(reply)))["meta"]
        expected = {"puid": "5", "tags": {"1": True}, "requestPath": {"2": "3"}, "metrics": [{"key": "k"}]}
        assert sent == expected


# ---- metadata ------------------------------------------------------------------------------------


def test_metadata_is_sent_in_both_forms() -> None:
    inputs: tuple[dict[str, Any], ...] = ({"name": "i", "datatype": "BYTES", "shape": [1, 2.0, -1]}, {})
    outputs = ({"messagetype": "tensor", "schema": {"names": ["a"], "shape": [4]}},)
    metadata = ModelMetadata("n", ("v1", "v2"), "p", inputs, outputs, {"a": "b"})
    sent = wire.SeldonModelMetadata.FromString(encode_metadata(metadata))
    assert json_format.MessageToDict(sent) == {
        "name": "n",
        "versions": ["v1", "v2"],
        "platform": "p",
        "inputs": [{"name": "i", "datatype": "BYTES", "shape": ["1", "2", "-1"]}, {}],
        "outputs": [{"messagetype": "tensor", "schema": {"names": ["a"], "shape": [4.0]}}],
        "custom": {"a": "b"},
    }


def test_default_metadata_is_an_empty_version() -> None:
    sent = wire.SeldonModelMetadata.FromString(encode_metadata(ModelMetadata()))
    assert json_format.MessageToDict(sent) == {"versions": [""]}
