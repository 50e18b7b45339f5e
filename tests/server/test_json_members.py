"""tftensor and customData in JSON: read from proto-JSON in either spelling, written as Seldon writes them."""

import base64
import json
from typing import Any

import numpy as np
import pytest
from google.protobuf import struct_pb2
from hypothesis import given
from hypothesis import strategies as st
from messages import ANYTHING, LARGE_JSON, shown

from seldon_workbench.errors import PayloadError, ReplyError
from seldon_workbench.message import PayloadKind, SeldonMessage
from seldon_workbench.server import wire
from seldon_workbench.server.json_codec import JSON
from seldon_workbench.server.tf_tensor import MOST_REPEATED

TFTENSOR, CUSTOM = PayloadKind.TFTENSOR, PayloadKind.CUSTOM


def sent(tensor: Any, **beside: Any) -> str:
    """A message with a tftensor."""
    return json.dumps({"data": {"tftensor": tensor, **beside}})


def dims(*sizes: Any) -> dict[str, Any]:
    return {"dim": [{"size": size} for size in sizes]}


def content(array: Any) -> str:
    return base64.b64encode(np.asarray(array).tobytes()).decode()


# ---- tftensor ------------------------------------------------------------------------------------

SENT = np.array([[1.5, 2.5]])
FORMS: list[dict[str, Any]] = [
    {"dtype": "DT_DOUBLE", "tensorShape": dims("1", "2"), "doubleVal": [1.5, 2.5]},
    {"dtype": "DT_DOUBLE", "tensor_shape": dims(1, 2), "double_val": ["1.5", 2.5]},
    {"dtype": 2, "tensorShape": dims(1, 2), "tensorContent": content(SENT)},
    {"dtype": "DT_DOUBLE", "tensorShape": dims(1, 2), "tensor_content": content(SENT).rstrip("=")},
    {
        "dtype": "DT_DOUBLE",
        "tensorShape": dims(1, 2),
        "tensorContent": content(SENT)[:8] + "\r\n" + content(SENT)[8:],
    },
    {
        "dtype": "DT_DOUBLE",
        "tensorShape": dims(1, 2),
        "doubleVal": [1.5, 2.5],
        "tensorContent": None,
        "intVal": None,
    },
]


@pytest.mark.parametrize("tensor", FORMS)
def test_every_spelling_of_a_tensor_is_read(tensor: dict[str, Any]) -> None:
    text = sent(tensor, names=["a"])
    for raw in (text, text.encode(), LARGE_JSON + text.encode()):
        message = JSON.decode(raw)
        assert (message.kind, message.names) == (TFTENSOR, ["a"])
        assert shown(message.value) == shown(SENT)
        assert message.value.flags.writeable


def test_either_alphabet_of_base64_is_read() -> None:
    for text in ("-_-_", "+/+/"):
        tensor = {"dtype": "DT_UINT8", "tensorShape": dims(3), "tensorContent": text}
        assert JSON.decode(sent(tensor)).value.tolist() == [251, 255, 191]


@pytest.mark.parametrize("field", ["floatVal", "float_val"])
@pytest.mark.parametrize("values", ['["NaN","-Infinity",1]', "[NaN,-Infinity,1]", "[NaN,-1e400,1.0]"])
def test_nan_and_infinities_are_read_bare_and_as_texts(field: str, values: str) -> None:
    shape = json.dumps(dims(3))
    text = f'{{"data":{{"tftensor":{{"dtype":"DT_FLOAT","tensorShape":{shape},"{field}":{values}}}}}}}'
    assert shown(JSON.decode(text).value) == shown(np.array([np.nan, -np.inf, 1], "f4"))


def test_large_integers_are_exact_whatever_the_size_of_the_text() -> None:
    tensor = {"dtype": "DT_UINT64", "tensorShape": dims(2), "uint64Val": [2**64 - 1, str(2**53 + 1)]}
    for raw in (sent(tensor), LARGE_JSON + sent(tensor).encode()):
        assert shown(JSON.decode(raw).value) == shown(np.array([2**64 - 1, 2**53 + 1], "u8"))


REFUSED: list[tuple[Any, str]] = [
    *((given, "data.tftensor is ") for given in (None, 5, "x", [1], True)),
    ({}, "dtype DT_INVALID"),
    ({"foo": 1}, 'no field named "foo"'),
    ({"dtype": "DT_NONSENSE"}, "DT_NONSENSE"),
    ({"dtype": "DT_INT32", "intVal": [1.5]}, "intVal"),
    ({"dtype": "DT_INT32", "intVal": [2**31]}, "intVal"),
    ({"dtype": "DT_INT32", "intVal": [True]}, "intVal"),
    ({"dtype": "DT_FLOAT", "floatVal": [10**400]}, "data.tftensor"),
    ({"dtype": "DT_FLOAT", "floatVal": [1e39]}, "floatVal"),
    ({"dtype": "DT_INT32", "tensorShape": 5}, "data.tftensor"),
    ({"dtype": "DT_INT32", "tensorShape": dims(-1), "intVal": [1]}, "negative size"),
    ({"dtype": "DT_INT32", "tensorShape": dims(2**63), "intVal": [1]}, "data.tftensor"),
    ({"dtype": "DT_INT32", "tensorShape": dims(3), "intVal": [1, 2, 3, 4]}, "does not fit 4 values"),
    ({"dtype": "DT_INT8", "tensorContent": "!!!!"}, "tensorContent is not base64"),
    ({"dtype": "DT_INT8", "tensorContent": "é"}, "tensorContent is not base64"),
    ({"dtype": "DT_INT8", "tensorContent": "A"}, "tensorContent is not base64"),
    ({"dtype": "DT_INT8", "tensorContent": "AA=A"}, "tensorContent is not base64"),
    ({"dtype": "DT_INT8", "tensorContent": 5}, "no base64 text"),
    ({"dtype": "DT_INT64", "tensorShape": dims(2**50), "int64Val": ["1"]}, "claims"),
]


@pytest.mark.parametrize(("tensor", "why"), REFUSED, ids=[f"{tensor}"[:60] for tensor, _ in REFUSED])
def test_what_is_no_tensor_is_refused_and_told_why(tensor: Any, why: str) -> None:
    for raw in (sent(tensor), LARGE_JSON + sent(tensor).encode()):
        with pytest.raises(PayloadError) as caught:
            JSON.decode(raw)
        assert why in caught.value.text
        assert len(caught.value.text) < 600


def test_the_tensors_of_a_list_share_what_their_shapes_may_claim() -> None:
    claim = {
        "data": {"tftensor": {"dtype": "DT_BOOL", "tensorShape": dims(MOST_REPEATED), "boolVal": [True]}}
    }
    assert JSON.decode_list(json.dumps([claim]))[0].value.size == MOST_REPEATED
    with pytest.raises(PayloadError, match="claims"):
        JSON.decode_list(json.dumps([claim, claim]))


TENSORS = st.fixed_dictionaries(
    {},
    optional={
        "dtype": st.sampled_from(["DT_FLOAT", "DT_INT64", "DT_STRING", "DT_UINT8", 9, 14]) | ANYTHING,
        "tensorShape": st.lists(st.integers(-1, 4), max_size=3).map(lambda sizes: dims(*sizes)) | ANYTHING,
        "tensorContent": st.binary(max_size=16).map(lambda raw: base64.b64encode(raw).decode()) | ANYTHING,
        "floatVal": st.lists(st.floats(), max_size=3) | ANYTHING,
        "int64Val": st.lists(st.integers(), max_size=3) | ANYTHING,
        "stringVal": st.lists(st.sampled_from(["YQ==", "YQ", "!"]), max_size=3) | ANYTHING,
    },
)


@given(TENSORS | ANYTHING)
def test_any_json_is_a_tensor_or_refused(tensor: Any) -> None:
    try:
        message = JSON.decode(sent(tensor))
    except PayloadError:
        return
    assert message.kind is TFTENSOR
    assert message.value.flags.writeable


@pytest.mark.parametrize(
    ("array", "form"),
    [
        (
            np.array([1, 2]),
            {"dtype": "DT_INT64", "tensorShape": dims("2"), "tensorContent": "AQAAAAAAAAACAAAAAAAAAA=="},
        ),
        (np.array(5), {"dtype": "DT_INT64", "tensorShape": {}, "int64Val": ["5"]}),
        (np.array([0.1], "f4"), {"dtype": "DT_FLOAT", "tensorShape": dims("1"), "floatVal": [0.1]}),
        (np.array([np.nan]), {"dtype": "DT_DOUBLE", "tensorShape": dims("1"), "doubleVal": ["NaN"]}),
        (np.zeros((0, 3)), {"dtype": "DT_DOUBLE", "tensorShape": {"dim": [{}, {"size": "3"}]}}),
        (np.array([1, 2], "u2"), {"dtype": "DT_UINT16", "tensorShape": dims("2"), "intVal": [1, 2]}),
    ],
)
def test_a_tensor_is_written_as_seldon_writes_it(array: Any, form: dict[str, Any]) -> None:
    text = JSON.encode(SeldonMessage(TFTENSOR, array, ["é"]))
    assert text.isascii()
    assert text.endswith(b'}},"meta":{}}\n')
    assert json.loads(text) == {"data": {"names": ["é"], "tftensor": form}, "meta": {}}


def test_what_a_tensor_cannot_hold_is_a_reply_error() -> None:
    with pytest.raises(ReplyError, match="cannot hold timedelta64"):
        JSON.encode(SeldonMessage(TFTENSOR, np.array([1], "m8[s]"), []))


# ---- customData ----------------------------------------------------------------------------------

FORM = {"@type": "type.googleapis.com/seldon.protos.Tensor", "shape": [2], "values": [1.0, "NaN"]}


def packed(message: Any) -> Any:
    made = wire.Any()
    made.Pack(message)
    return made


def test_custom_data_is_the_any_of_its_form() -> None:
    for raw in (json.dumps({"customData": FORM}), {"customData": FORM}):
        message = JSON.decode(raw)
        assert message.kind is CUSTOM
        tensor = wire.Tensor()
        assert message.value.Unpack(tensor)
        assert list(tensor.shape) == [2]


def test_custom_data_comes_last() -> None:
    for name, value in {"data": {}, "jsonData": 1, "strData": "x", "binData": ""}.items():
        assert JSON.decode(json.dumps({"customData": FORM, name: value})).kind is not CUSTOM


@pytest.mark.parametrize(
    ("form", "why"),
    [
        *((form, "customData is ") for form in (None, 5, "x", [FORM], True)),
        ({"a": 1}, "@type"),
        ({"@type": 5}, "customData"),
        ({"@type": "type.googleapis.com/no.such.Message"}, "no.such.Message"),
        ({"@type": "nonsense"}, "nonsense"),
        ({"@type": FORM["@type"], "foo": 1}, 'no field named "foo"'),
        ({"@type": FORM["@type"], "shape": "x"}, "shape"),
    ],
)
def test_custom_data_that_is_no_message_is_refused(form: Any, why: str) -> None:
    with pytest.raises(PayloadError) as caught:
        JSON.decode(json.dumps({"customData": form}))
    assert why in caught.value.text


def test_an_unknown_type_is_told_what_to_do() -> None:
    with pytest.raises(PayloadError) as caught:
        JSON.decode('{"customData":{"@type":"type.googleapis.com/no.such.Message"}}')
    assert "import the generated module" in caught.value.hint


@given(ANYTHING)
def test_any_json_is_custom_data_or_refused(value: Any) -> None:
    for form in (value, {**FORM, "values": value}):
        try:
            message = JSON.decode(json.dumps({"customData": form}))
        except PayloadError:
            continue
        assert message.kind is CUSTOM


def test_an_any_is_written_as_custom_data() -> None:
    text = JSON.encode(SeldonMessage(CUSTOM, packed(wire.Tensor(shape=[2], values=[1, float("nan")]))))
    assert json.loads(text) == {"customData": FORM, "meta": {}}
    assert text.startswith(b'{"customData":')


NAN = packed(struct_pb2.Value(number_value=float("nan")))


@pytest.mark.parametrize(
    "value",
    [
        wire.Any(type_url="type.googleapis.com/no.such.Message", value=b"x"),
        wire.Any(type_url=FORM["@type"], value=b"\xff"),
        NAN,
    ],
)
def test_an_any_that_has_no_json_is_a_reply_error(value: Any) -> None:
    with pytest.raises(ReplyError, match="customData cannot be sent as JSON") as caught:
        JSON.encode(SeldonMessage(CUSTOM, value))
    assert caught.value.hint
