"""Feedback over REST is proto-JSON: read strictly, and answered the way protobuf prints."""

import json
import math
from typing import Any

import numpy as np
import pytest
from google.protobuf import json_format
from hypothesis import example, given
from messages import ANYTHING, FEEDBACKS, array, outcome, shown

from seldon_workbench.errors import PayloadError, ReplyError
from seldon_workbench.message import Array, Feedback, Meta, PayloadKind, SeldonMessage
from seldon_workbench.server import wire
from seldon_workbench.server.proto_codec import PROTO
from seldon_workbench.server.proto_json import PROTO_JSON

TENSOR, NDARRAY = PayloadKind.TENSOR, PayloadKind.NDARRAY
NO_ARRAY = array([], "f8", (0,))


def read(value: Any) -> Feedback:
    return PROTO_JSON.decode_feedback(json.dumps(value))


# ---- reading -------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["{}", "[]", b" {} ", '{"reward":null}'])
def test_an_empty_feedback_is_all_defaults(text: bytes | str) -> None:
    feedback = PROTO_JSON.decode_feedback(text)
    assert shown(feedback.truth) == shown(feedback.request.value) == shown(NO_ARRAY)
    assert (feedback.request.kind, feedback.reward, feedback.routing) == (TENSOR, 0.0, {})


@pytest.mark.parametrize(
    ("given_reward", "reward"),
    [(0.75, 0.75), (0.1, 0.10000000149011612), ("0.5", 0.5), (-1, -1.0), ("Infinity", math.inf)],
)
def test_a_reward_is_a_float_of_32_bits(given_reward: Any, reward: float) -> None:
    assert read({"reward": given_reward}).reward == reward


ARRAYS: list[tuple[Any, Any]] = [
    ({"ndarray": [[1, 2], [3, 4.5]]}, array([[1, 2], [3, 4.5]], "f8", (2, 2))),
    ({"ndarray": [["a", "b"]]}, np.array([["a", "b"]])),
    ({"ndarray": [[1, None]]}, np.array([[1.0, None]], dtype=object)),
    ({"ndarray": [[math.nan, 1.5]]}, array([[math.nan, 1.5]], "f8", (1, 2))),
    ({"ndarray": [["NaN", 1.5], ["-Infinity", 2]]}, array([[math.nan, 1.5], [-math.inf, 2]], "f8", (2, 2))),
    ({"ndarray": ["NaN", "a"]}, np.array(["NaN", "a"])),
    ({"ndarray": ["NaN", None]}, np.array(["NaN", None], dtype=object)),
    ({"ndarray": [True]}, np.array([True])),
    ({"ndarray": [9007199254740993]}, array([9007199254740992], "f8", (1,))),
    ({"ndarray": []}, NO_ARRAY),
    ({"tensor": {"shape": [1, 2], "values": ["NaN", 1]}}, array([[math.nan, 1]], "f8", (1, 2))),
    ({"tensor": {"shape": ["2"], "values": [1, 2]}}, array([1, 2], "f8", (2,))),
    ({"names": ["a"]}, NO_ARRAY),
]


@pytest.mark.parametrize(("data", "expected"), ARRAYS, ids=[str(data) for data, _ in ARRAYS])
def test_features_and_truth_are_arrays(data: Any, expected: Array) -> None:
    feedback = read({"request": {"data": data}, "truth": {"data": data}})
    assert shown(feedback.request.value) == shown(feedback.truth) == shown(expected)


@pytest.mark.parametrize("payload", [{"strData": "x"}, {"jsonData": {"a": 1}}, {"binData": "eA=="}, {}])
def test_a_payload_that_is_no_array_is_an_empty_one(payload: Any) -> None:
    feedback = read({"request": payload, "truth": payload})
    assert shown(feedback.request.value) == shown(feedback.truth) == shown(NO_ARRAY)
    assert feedback.request.kind is TENSOR


def test_names_meta_and_routing_are_read() -> None:
    request = {"data": {"names": ["a"], "ndarray": [1]}, "meta": {"puid": "P", "tags": {"a": 1}}}
    feedback = read({"request": request, "response": {"meta": {"routing": {"r": 2}}}})
    assert (feedback.request.kind, feedback.request.names) == (NDARRAY, ["a"])
    assert feedback.request.meta.raw == {"puid": "P", "tags": {"a": 1.0}}
    assert feedback.routing == {"r": 2}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("5", "feedback is 5, which is no object"),
        ('"x"', 'feedback is "x", which is no object'),
        ("null", "feedback is null, which is no object"),
        ("[1]", "feedback is [1], which is no object"),
        ('{"bad":1}', 'Invalid JSON: Message type "seldon.protos.Feedback" has no field named "bad"'),
        ('{"reward":"abc"}', "Invalid JSON: Failed to parse reward field: "),
        ('{"reward":1e39}', "Invalid JSON: Failed to parse reward field: "),
        ('{"reward":{}}', "Invalid JSON: Failed to parse reward field: "),
        ('{"request":5}', "Invalid JSON: "),
        ('{"request":{"data":5}}', "Invalid JSON: "),
        ('{"truth":{"data":{"ndarray":5}}}', "Invalid JSON: "),
        ('{"request":{"data":{"ndarray":[[1,2],[3]]}}}', "ndarray is ragged: "),
        ('{"request":{"data":{"tensor":{"shape":[3],"values":[1]}}}}', "tensor.shape [3] does not fit 1"),
        (f'{{"request":{{"jsonData":{10**400}}}}}', "Invalid JSON: int too large to convert to float"),
        ('{"request":{"strData":"\\ud800"}}', "Invalid JSON: "),
        ('{"request":{"customData":{"@type":"x.y/Nothing"}}}', "Invalid JSON: "),
        (f'{{"request":{{"jsonData":{"[" * 200}{"]" * 200}}}}}', "Invalid JSON: "),
        (f'{{"request":{{"jsonData":{"[" * 600}{"]" * 600}}}}}', "nested deeper than 512"),
        ('{"request":{"strData":"a","binData":"eA=="}}', "Invalid JSON: "),
        ("{", "Can't find JSON in data"),
        (json.dumps(["x" * 1000]), 'feedback is ["xxx'),
    ],
)
def test_a_malformed_feedback_is_refused_and_told_why(text: str, why: str) -> None:
    with pytest.raises(PayloadError) as caught:
        PROTO_JSON.decode_feedback(text)
    assert caught.value.text.startswith(why) or why in caught.value.text
    assert len(caught.value.text) < 500


def test_a_long_feedback_is_shown_in_part() -> None:
    with pytest.raises(PayloadError) as caught:
        PROTO_JSON.decode_feedback(json.dumps("x" * 1000))
    assert caught.value.text == f'feedback is "{"x" * 199}, which is no object'


@given(FEEDBACKS | ANYTHING)
@example({"request": {"strData": "", "meta": {"metrics": [{"type": 7}]}}})
def test_any_json_is_a_feedback_or_a_payload_error(value: Any) -> None:
    outcome(PROTO_JSON.decode_feedback, json.dumps(value))


@given(FEEDBACKS)
def test_what_protobuf_reads_is_read_the_same_over_both_wires(value: Any) -> None:
    try:
        raw = json_format.ParseDict(value, wire.Feedback()).SerializeToString()
    except (json_format.ParseError, OverflowError, AttributeError):  # the last is a bug of its reader
        return
    over_json, over_proto = (
        outcome(PROTO_JSON.decode_feedback, json.dumps(value)),
        outcome(PROTO.decode_feedback, raw),
    )
    if not any(special in json.dumps(value) for special in ("NaN", "Infinity")):
        assert repr(over_json) == repr(over_proto)


def test_messages_are_no_business_of_this_codec() -> None:
    for decode in (PROTO_JSON.decode, PROTO_JSON.decode_list):
        with pytest.raises(NotImplementedError):
            decode("{}")


# ---- writing -------------------------------------------------------------------------------------

REPLIES: list[tuple[SeldonMessage, str]] = [
    (SeldonMessage(NDARRAY, NO_ARRAY), '{"data":{"ndarray":[]},"meta":{}}'),
    (SeldonMessage(TENSOR, NO_ARRAY), '{"data":{"tensor":{"shape":[0]}},"meta":{}}'),
    (SeldonMessage(NDARRAY, np.array([1, 2])), '{"data":{"ndarray":[1.0,2.0]},"meta":{}}'),
    (
        SeldonMessage(TENSOR, np.array([[1, 2]]), ["a", "b"]),
        '{"data":{"names":["a","b"],"tensor":{"shape":[1,2],"values":[1.0,2.0]}},"meta":{}}',
    ),
    (SeldonMessage(NDARRAY, np.array(["é"])), '{"data":{"ndarray":["\\u00e9"]},"meta":{}}'),
    (
        SeldonMessage(NDARRAY, np.array([[math.nan, 1], [math.inf, -math.inf]])),
        '{"data":{"ndarray":[["NaN",1.0],["Infinity","-Infinity"]]},"meta":{}}',
    ),
    (
        SeldonMessage(TENSOR, np.array([math.nan, -math.inf])),
        '{"data":{"tensor":{"shape":[2],"values":["NaN","-Infinity"]}},"meta":{}}',
    ),
    (
        SeldonMessage(PayloadKind.JSON, {"b": [math.nan, {"c": math.inf}], "a": 1}),
        '{"jsonData":{"a":1.0,"b":["NaN",{"c":"Infinity"}]},"meta":{}}',
    ),
    (SeldonMessage(PayloadKind.JSON, {}), '{"jsonData":{},"meta":{}}'),
    (SeldonMessage(PayloadKind.STR, "x"), '{"meta":{},"strData":"x"}'),
    (SeldonMessage(PayloadKind.BIN, b"x"), '{"binData":"eA==","meta":{}}'),
    (
        SeldonMessage(
            PayloadKind.STR,
            "x",
            meta=Meta(
                puid="P",
                tags={"a": math.nan, "b": [math.inf, None]},
                request_path={"n": "i"},
                metrics=[
                    {"type": "COUNTER", "key": "c", "value": 1},
                    {"type": "GAUGE", "key": "g", "value": math.nan, "tags": {"t": "v"}},
                ],
            ),
        ),
        '{"meta":{"metrics":[{"key":"c","value":1.0},{"key":"g","tags":{"t":"v"},"type":"GAUGE","value":"NaN"}],'
        '"puid":"P","requestPath":{"n":"i"},"tags":{"a":"NaN","b":["Infinity",null]}},"strData":"x"}',
    ),
]


@pytest.mark.parametrize(("reply", "text"), REPLIES, ids=[text[:50] for _, text in REPLIES])
def test_a_reply_is_written_as_protobuf_prints_it(reply: SeldonMessage, text: str) -> None:
    assert PROTO_JSON.encode(reply).decode() == f"{text}\n"


WITHIN: dict[str, Any] = {}
WITHIN["a"] = WITHIN


@pytest.mark.parametrize(
    "value", [{"a": {1}}, {"a": 10**400}, WITHIN, {"a": "\ud800"}], ids=["set", "huge", "within", "surrogate"]
)
def test_what_protobuf_cannot_hold_is_a_reply_error(value: Any) -> None:
    with pytest.raises(ReplyError):
        PROTO_JSON.encode(SeldonMessage(PayloadKind.JSON, value))
    with pytest.raises(ReplyError):
        PROTO_JSON.encode(SeldonMessage(PayloadKind.STR, "x", meta=Meta(tags=value)))


@given(ANYTHING)
def test_any_plain_value_is_written_as_valid_json_or_a_reply_error(value: Any) -> None:
    def refuse(constant: str) -> Any:
        raise AssertionError(constant)

    try:
        text = PROTO_JSON.encode(SeldonMessage(PayloadKind.JSON, {"a": value}))
    except ReplyError:
        return
    json.loads(text, parse_constant=refuse)
