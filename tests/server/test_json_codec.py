"""SeldonMessage as JSON: one table for both directions, and what holds for any message at all."""

import json
import math
from typing import Any

import numpy as np
import pytest
from messages import LARGE_JSON, array, shown

from seldon_workbench.errors import ReplyError
from seldon_workbench.message import Array, Meta, PayloadKind, SeldonMessage
from seldon_workbench.server.json_codec import JSON

TENSOR, NDARRAY = PayloadKind.TENSOR, PayloadKind.NDARRAY
META = {"metrics": [{"key": "k"}], "puid": "P", "requestPath": {"n": "i"}, "tags": {"a": 1}}
BOTH = ["t:0", "t:1"]


def message(kind: PayloadKind, value: Any, names: Any = (), meta: Any = None) -> SeldonMessage:
    if meta is None:
        return SeldonMessage(kind, value, list(names))
    whole = Meta(meta["puid"], meta["tags"], meta["requestPath"], meta["metrics"], meta)
    return SeldonMessage(kind, value, list(names), whole)


def f8(values: Any, *shape: int) -> Array:
    return array(values, "f8", shape)


def i8(values: Any, *shape: int) -> Array:
    return array(values, "i8", shape)


CASES: list[tuple[str, SeldonMessage]] = [
    (
        '{"data":{"names":["t:0","t:1"],"tensor":{"shape":[2,2],"values":[1,2,3,4]}},"meta":{}}',
        message(TENSOR, i8([[1, 2], [3, 4]], 2, 2), BOTH),
    ),
    (
        '{"data":{"names":[],"tensor":{"shape":[3],"values":[0.5,-0.0,2.25]}},"meta":{}}',
        message(TENSOR, f8([0.5, -0.0, 2.25], 3)),
    ),
    ('{"data":{"names":[],"tensor":{"shape":[],"values":[5]}},"meta":{}}', message(TENSOR, i8(5))),
    ('{"data":{"names":[],"tensor":{"shape":[0],"values":[]}},"meta":{}}', message(TENSOR, f8([], 0))),
    (
        '{"data":{"names":[],"tensor":{"shape":[0,4],"values":[]}},"meta":{}}',
        message(TENSOR, f8(np.zeros((0, 4)), 0, 4)),
    ),
    (
        '{"data":{"names":[],"tensor":{"shape":[3],"values":["NaN","Infinity","-Infinity"]}},"meta":{}}',
        message(TENSOR, f8([math.nan, math.inf, -math.inf], 3)),
    ),
    (
        '{"data":{"names":["a"],"ndarray":[[1,2],[3,4]]},"meta":{}}',
        message(NDARRAY, i8([[1, 2], [3, 4]], 2, 2), ["a"]),
    ),
    ('{"data":{"names":[],"ndarray":[0.5,2.0]},"meta":{}}', message(NDARRAY, f8([0.5, 2], 2))),
    ('{"data":{"names":[],"ndarray":[]},"meta":{}}', message(NDARRAY, f8([], 0))),
    ('{"data":{"names":[],"ndarray":[[]]},"meta":{}}', message(NDARRAY, f8([[]], 1, 0))),
    ('{"data":{"names":[],"ndarray":[[true,false]]},"meta":{}}', message(NDARRAY, np.array([[True, False]]))),
    ('{"data":{"names":[],"ndarray":["a","bcd"]},"meta":{}}', message(NDARRAY, np.array(["a", "bcd"]))),
    (
        '{"data":{"names":[],"ndarray":[[1.5,"a",null,true]]},"meta":{}}',
        message(NDARRAY, np.array([[1.5, "a", None, True]], dtype=object)),
    ),
    (
        '{"data":{"names":[],"ndarray":[{"a":1},{"b":[2]}]},"meta":{}}',
        message(NDARRAY, np.array([{"a": 1}, {"b": [2]}], dtype=object)),
    ),
    ('{"data":{"names":[],"ndarray":5},"meta":{}}', message(NDARRAY, i8(5))),
    ('{"data":{"names":[],"ndarray":"abc"},"meta":{}}', message(NDARRAY, np.array("abc"))),
    ('{"data":{"names":[],"ndarray":null},"meta":{}}', message(NDARRAY, np.array(None))),
    (
        '{"data":{"names":[],"ndarray":[["NaN",1.5]]},"meta":{}}',
        message(NDARRAY, f8([[math.nan, 1.5]], 1, 2)),
    ),
    ('{"data":{"names":[],"ndarray":["NaN","a"]},"meta":{}}', message(NDARRAY, np.array(["NaN", "a"]))),
    (
        '{"data":{"names":[],"ndarray":[18446744073709551615]},"meta":{}}',
        message(NDARRAY, array([2**64 - 1], "u8", (1,))),
    ),
    (
        '{"data":{"names":[],"ndarray":[99999999999999999999999]},"meta":{}}',
        message(NDARRAY, np.array([99999999999999999999999], dtype=object)),
    ),
    (
        '{"jsonData":{"a":[1,2.5,null,true,"x"]},"meta":{}}',
        message(PayloadKind.JSON, {"a": [1, 2.5, None, True, "x"]}),
    ),
    ('{"jsonData":null,"meta":{}}', message(PayloadKind.JSON, None)),
    ('{"jsonData":18446744073709551617,"meta":{}}', message(PayloadKind.JSON, 2**64 + 1)),
    ('{"meta":{},"strData":"h\\u00e9llo"}', message(PayloadKind.STR, "héllo")),
    ('{"meta":{},"strData":""}', message(PayloadKind.STR, "")),
    ('{"binData":"AAH/","meta":{}}', message(PayloadKind.BIN, b"\x00\x01\xff")),
    ('{"binData":"","meta":{}}', message(PayloadKind.BIN, b"")),
    (
        '{"meta":{"metrics":[{"key":"k"}],"puid":"P","requestPath":{"n":"i"},"tags":{"a":1}},"strData":"x"}',
        message(PayloadKind.STR, "x", meta=META),
    ),
    (
        '{"data":{"names":["\\u00e9"],"tensor":{"shape":[1],"values":[1]}},"meta":{"metrics":[{"key":"k"}],'
        '"puid":"P","requestPath":{"n":"i"},"tags":{"a":1}}}',
        message(TENSOR, i8([1], 1), ["é"], META),
    ),
]
IDS = [text[:60] for text, _ in CASES]


@pytest.mark.parametrize(("text", "expected"), CASES, ids=IDS)
def test_a_message_is_read_from_its_text(text: str, expected: SeldonMessage) -> None:
    for raw in (text, text.encode(), LARGE_JSON + text.encode()):
        assert shown(JSON.decode(raw)) == shown(expected)


@pytest.mark.parametrize(("text", "reply"), CASES, ids=IDS)
def test_a_message_is_written_as_its_text(text: str, reply: SeldonMessage) -> None:
    assert JSON.encode(reply).decode() == f"{text}\n"


# ---- reading -------------------------------------------------------------------------------------

ARRAYS: list[tuple[str, Any, Any]] = [
    ("[[1,2],[3,4]]", [[1, 2], [3, 4]], "<i8"),
    ("[[1.0,2]]", [[1.0, 2.0]], "<f8"),
    ("[1,2,3]", [1, 2, 3], "<i8"),
    ('[[1,"a"]]', [["1", "a"]], "<U21"),
    ('[[1.5,"a"]]', [["1.5", "a"]], "<U32"),
    ('[["a","bcd"]]', [["a", "bcd"]], "<U3"),
    ('[["a",true]]', [["a", "True"]], "<U5"),
    ('[["a",null]]', [["a", None]], "|O"),
    ("[[1,null]]", [[1, None]], "|O"),
    ("[null]", [None], "|O"),
    ("[[true,2]]", [[1, 2]], "<i8"),
    ("[[9007199254740993]]", [[9007199254740993]], "<i8"),
    ("[[9223372036854775808]]", [[9223372036854775808]], "<u8"),
    ("[[-1,9223372036854775808]]", [[-1.0, 9223372036854775808.0]], "<f8"),
    ("[[NaN,1.5]]", [[math.nan, 1.5]], "<f8"),
    ("[[Infinity]]", [[math.inf]], "<f8"),
    ('[[1,"Infinity"],["-Infinity",2]]', [[1.0, math.inf], [-math.inf, 2.0]], "<f8"),
    ('["NaN"]', [math.nan], "<f8"),
    ('["NaN",null]', ["NaN", None], "|O"),
    ('["nan"]', ["nan"], "<U3"),
    ('["NaN",true]', [math.nan, 1.0], "<f8"),
]


@pytest.mark.parametrize(("text", "values", "dtype"), ARRAYS)
def test_an_ndarray_has_the_dtype_numpy_infers(text: str, values: Any, dtype: str) -> None:
    expected = np.array(values, dtype)
    assert shown(JSON.decode(f'{{"data":{{"ndarray":{text}}}}}').value) == shown(expected)


@pytest.mark.parametrize(
    ("shape", "values", "expected"),
    [
        ("[1,2]", "[0.5,2]", f8([[0.5, 2]], 1, 2)),
        ("2", "[1,2]", i8([1, 2], 2)),
        ("null", "[1,2]", i8([1, 2], 2)),
        ("null", "[]", f8([], 0)),
        ("[2,0,3]", "[]", f8(np.zeros((2, 0, 3)), 2, 0, 3)),
        ("[1,1,1,1]", "[5]", i8([[[[5]]]], 1, 1, 1, 1)),
        ("[2]", "[NaN,-Infinity]", f8([math.nan, -math.inf], 2)),
        ("[3]", '["NaN",1.5,2]', f8([math.nan, 1.5, 2], 3)),
        ("[1]", "[99999999999999999999999]", array([99999999999999999999999], "O", (1,))),
        ("[1]", "[1e400]", f8([math.inf], 1)),
    ],
)
def test_a_tensor_is_its_values_in_its_shape(shape: str, values: str, expected: Array) -> None:
    text = f'{{"data":{{"tensor":{{"shape":{shape},"values":{values}}}}}}}'
    for raw in (text, LARGE_JSON + text.encode()):
        assert shown(JSON.decode(raw).value) == shown(expected)
        assert JSON.decode(raw).value.flags.writeable


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ('{"data":{"ndarray":[1]},"jsonData":1,"strData":"x","binData":""}', NDARRAY),
        ('{"jsonData":1,"strData":"x","binData":""}', PayloadKind.JSON),
        ('{"strData":"x","binData":""}', PayloadKind.STR),
        ('{"data":{"ndarray":[1],"tensor":{"shape":[1],"values":[1]}}}', TENSOR),
        ('{"data":{"tftensor":5,"ndarray":[1],"tensor":{"shape":[1],"values":[1]}}}', TENSOR),
        ('{"data":{"tftensor":{"dtype":"DT_INT8"}}}', PayloadKind.TFTENSOR),
        ('{"data":{"tftensor":{"dtype":"DT_INT8"},"ndarray":[1]}}', PayloadKind.TFTENSOR),
        ('{"data":{}}', NDARRAY),
        ('{"data":{"names":["a"]}}', NDARRAY),
        ('{"unknown":1,"status":{},"strData":"x"}', PayloadKind.STR),
    ],
)
def test_of_several_payloads_seldons_first_counts(text: str, kind: PayloadKind) -> None:
    assert JSON.decode(text).kind is kind


def test_an_ndarray_beside_a_tftensor_is_read_and_answered_as_tftensor() -> None:
    text = '{"data":{"ndarray":[[1,9007199254740993]],"tftensor":{"dtype":"DT_INT8"}}}'
    for raw in (text, LARGE_JSON + text.encode()):
        message = JSON.decode(raw)
        assert message.kind is PayloadKind.TFTENSOR
        assert shown(message.value) == shown(i8([[1, 9007199254740993]], 1, 2))


def test_a_message_parsed_already_is_read_alike() -> None:
    for text, expected in CASES:
        assert shown(JSON.decode(json.loads(text))) == shown(expected)
    listed = {"seldonMessages": [json.loads(text) for text, _ in CASES]}
    assert shown(JSON.decode_list(listed)) == shown([expected for _, expected in CASES])


@pytest.mark.parametrize("value", [5, ["a"], None, True, 1.5, {"a": 1}])
def test_json_and_str_data_are_passed_on_whatever_they_are(value: Any) -> None:
    for member in ("jsonData", "strData"):
        assert shown(JSON.decode(json.dumps({member: value})).value) == shown(value)


@pytest.mark.parametrize(
    ("text", "value"),
    [("MTIz", b"123"), ("_-8=", b"\xff\xef"), ("/+8=", b"\xff\xef"), ("MT\nIz\r\n", b"123"), ("", b"")],
)
def test_base64_is_read_in_either_alphabet_and_with_line_breaks(text: str, value: bytes) -> None:
    assert JSON.decode(json.dumps({"binData": text})).value == value


@pytest.mark.parametrize("names", [None, [], ["a"], [1, None]])
def test_names_are_a_list_of_anything(names: Any) -> None:
    assert JSON.decode(json.dumps({"data": {"names": names, "ndarray": [1]}})).names == (names or [])


@pytest.mark.parametrize("meta", [None, {}])
def test_an_empty_meta_is_none(meta: Any) -> None:
    assert shown(JSON.decode(json.dumps({"strData": "x", "meta": meta})).meta) == shown(Meta())


def test_a_meta_keeps_what_the_component_is_shown() -> None:
    given = {"puid": 5, "tags": None, "metrics": None, "requestPath": None, "routing": {"a": 1}, "x": [1]}
    meta = JSON.decode(json.dumps({"strData": "x", "meta": given})).meta
    assert (meta.puid, meta.tags, meta.request_path, meta.metrics, meta.raw) == (5, None, None, (), given)


# ---- lists of messages ---------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["[%s]", '{"seldonMessages":[%s],"other":1}'])
def test_a_list_is_bare_or_under_its_name(form: str) -> None:
    texts = [text for text, _ in CASES]
    decoded = JSON.decode_list(form % ",".join(texts))
    assert shown(decoded) == shown([expected for _, expected in CASES])
    assert JSON.decode_list(form % "") == []


def test_feedback_is_no_business_of_this_codec() -> None:
    with pytest.raises(NotImplementedError):
        JSON.decode_feedback("{}")


# ---- writing -------------------------------------------------------------------------------------


def encoded(kind: PayloadKind, value: Any, listed: Any = None, names: Any = ()) -> Any:
    return json.loads(JSON.encode(SeldonMessage(kind, value, names, listed=listed)))["data"]


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (np.array([0.1], "f4"), "[0.10000000149011612]"),
        (np.array([0.1], "f2"), "[0.0999755859375]"),
        (np.array([0.1], ">f8"), "[0.1]"),
        (np.array([1], ">i8"), "[1]"),
        (np.array([-128], "i1"), "[-128]"),
        (np.array([2**64 - 1], "u8"), "[18446744073709551615]"),
        (np.arange(6)[::2], "[0,2,4]"),
        (np.array([1, math.nan]), '[1.0,"NaN"]'),
        (np.array([1, -math.inf], "f4"), '[1.0,"-Infinity"]'),
        (np.ma.masked_array([1, 2], mask=[False, True]), "[1,null]"),
        (np.array(["2020-01-01"], "M8[ns]"), "[1577836800000000000]"),
    ],
)
def test_an_array_of_any_sort_is_written_exactly(value: Array, written: str) -> None:
    for kind, form in (
        (NDARRAY, '"ndarray":%s'),
        (TENSOR, f'"tensor":{{"shape":[{value.size}],"values":%s}}'),
    ):
        text = JSON.encode(SeldonMessage(kind, value, [])).decode()
        assert text == '{"data":{"names":[],%s},"meta":{}}\n' % (form % written)


@pytest.mark.parametrize(
    ("listed", "written"),
    [
        ([1, 2.5], [1, 2.5]),
        ([(1, 2)], [[1, 2]]),
        ([1, "a"], [1, "a"]),
        ([1, None], [1, None]),
        ([True, False], [True, False]),
        ([1.5, math.nan], [1.5, "NaN"]),
        ([np.float64(1.5), np.int64(2)], [1.5, 2]),
        ([np.float32(0.1)], [0.10000000149011612]),
        ([np.array([1, 2]), np.array([3, 4])], [[1, 2], [3, 4]]),
        ([2**63, -1], [2**63, -1]),
        ([1.5, 2**64], [1.5, 2**64]),
        ([10**30], [10**30]),
        ([{"a": np.int64(1)}], [{"a": 1}]),
        ([], []),
    ],
)
def test_a_list_is_sent_as_it_was_returned(listed: list[Any], written: Any) -> None:
    sent = encoded(NDARRAY, np.array(listed), listed)["ndarray"]
    assert shown(sent) == shown(written)


@pytest.mark.parametrize(
    ("names", "written"),
    [(["a"], ["a"]), (("a", "b"), ["a", "b"]), (None, None), ("ab", "ab"), ([1], [1]), ([np.int64(1)], [1])],
)
def test_names_are_written_whatever_they_are(names: Any, written: Any) -> None:
    assert encoded(NDARRAY, np.array([1]), names=names)["names"] == written


def test_a_reply_is_ascii() -> None:
    reply = SeldonMessage(NDARRAY, np.array(["é"]), ["é", "\ud800"], Meta(puid="é"))
    text = JSON.encode(reply)
    assert text.isascii()
    assert json.loads(text)["data"] == {"names": ["é", "\ud800"], "ndarray": ["é"]}


@pytest.mark.parametrize(
    "reply",
    [
        SeldonMessage(PayloadKind.JSON, {1j: 1}),
        SeldonMessage(NDARRAY, np.array([1j])),
        SeldonMessage(TENSOR, np.array([1j])),
        SeldonMessage(NDARRAY, np.array([1]), names=[b"x"]),
        SeldonMessage(PayloadKind.STR, "x", meta=Meta(tags={"a": b"x"})),
        SeldonMessage(NDARRAY, np.array([b"x"]), listed=[b"x"]),
    ],
)
def test_what_json_cannot_hold_is_a_reply_error(reply: SeldonMessage) -> None:
    with pytest.raises(ReplyError, match=r"serializable|keys must be"):
        JSON.encode(reply)
