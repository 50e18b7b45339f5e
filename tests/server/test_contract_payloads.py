"""Seldon's own tables, row by row and over both wires: what a component is given, and how replies are sent.

Where ours differs on purpose (tests/parity/deviations.toml), the row says what ours does.
"""

import datetime
import json
import math
from collections import OrderedDict, namedtuple
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

import grpc
import numpy as np
import pytest
from google.protobuf import json_format
from messages import shown

from seldon_workbench.server import wire
from seldon_workbench.server.proto_json import to_json

from .serving import Served, serving, status_of

JSON = {"Content-Type": "application/json"}
SKIPPED = object()
"""On this wire the request cannot be made."""

REFUSED = object()
"""The request is at fault: 400, INVALID_ARGUMENT."""

FAILED = object()
"""The reply cannot be sent: 500, INTERNAL."""

UNKNOWN = object()
"""The reply is of no payload's type: 400, INVALID_ARGUMENT."""


class Listening:
    """Says what it was given, or returns what it was asked for."""

    def predict(self, X: Any, names: Any, meta: Any = None) -> Any:
        self.given = X, names, meta
        word = names[0] if names else X
        return RETURNED[word] if isinstance(word, str) and word in RETURNED else "heard"

    def send_feedback(self, features: Any, names: Any, reward: Any, truth: Any, routing: Any = None) -> None:
        self.given = features, names, reward, truth, routing


class Identity:
    def predict(self, X: Any, names: Any) -> Any:
        return X

    def aggregate(self, Xs: Any, names: Any) -> Any:
        return Xs[0]


@pytest.fixture(scope="module")
def component() -> Listening:
    return Listening()


@pytest.fixture(scope="module")
def listening(component: Listening) -> Iterator[Served]:
    with serving(component) as served:
        yield served


@pytest.fixture(scope="module")
def identity() -> Iterator[Served]:
    with serving(Identity) as served:
        yield served


def rest(served: Served, text: str, path: str = "/predict") -> Any:
    """The reply to a JSON text, or the word for a refusal."""
    response = served.ask("POST", path, data=text.encode(), headers=JSON)
    if response.status_code == 200:
        return response.json()
    reason = status_of(response)["reason"]
    if response.status_code == 400:
        assert reason == "MICROSERVICE_BAD_DATA"
        return UNKNOWN if "Unknown data type" in response.text else REFUSED
    assert (response.status_code, reason) == (500, "MICROSERVICE_INTERNAL_ERROR")
    return FAILED


def rpc(served: Served, text: str, name: str = "Model/Predict", kind: Any = wire.SeldonMessage) -> Any:
    """The same over gRPC, from and to the JSON form of messages."""
    try:
        return to_json(served.call(name, message_of(text, kind)))
    except grpc.RpcError as error:
        if error.code() is grpc.StatusCode.INVALID_ARGUMENT:
            return UNKNOWN if "Unknown data type" in error.details() else REFUSED
        return FAILED if error.code() is grpc.StatusCode.INTERNAL else error


def message_of(text: str, kind: Any = wire.SeldonMessage) -> Any:
    """The message of a JSON text, in which NaN stands bare in an ndarray."""
    message = json_format.ParseDict(json.loads(text, parse_constant=lambda name: f"bare {name}"), kind())
    if kind is wire.SeldonMessage:
        unspell(message.data.ndarray)
        unspell(message.jsonData.struct_value.fields.values())
    return message


def unspell(values: Any) -> None:
    """Numbers in place of the texts that stand for barewords."""
    for value in getattr(values, "values", values):
        if value.WhichOneof("kind") == "list_value":
            unspell(value.list_value)
        elif value.string_value.startswith("bare "):
            value.number_value = float(value.string_value.removeprefix("bare "))


# ---- 3.1: which payload --------------------------------------------------------------------------

CUSTOM = '{"@type":"type.googleapis.com/seldon.protos.Tensor","shape":[1]}'
TENSOR, NDARRAY = '"tensor":{"shape":[1],"values":[1]}', '"ndarray":[2]'
TFTENSOR = '"tftensor":{"dtype":"DT_INT32","intVal":[3]}'

SELECTED = {
    "data first": (f'{{"data":{{{NDARRAY}}},"jsonData":1,"strData":"s","binData":""}}', np.array([2])),
    "then jsonData": ('{"jsonData":1,"strData":"s","binData":""}', 1),
    "then strData": ('{"strData":"s","binData":"","customData":5}', "s"),
    "then binData": (f'{{"binData":"MTIz","customData":{CUSTOM}}}', b"123"),
    "tensor first": (f'{{"data":{{{TFTENSOR},{NDARRAY},{TENSOR}}}}}', np.array([1])),
    "then ndarray": (f'{{"data":{{{TFTENSOR},{NDARRAY}}}}}', np.array([2])),
    "then tftensor": (f'{{"data":{{{TFTENSOR}}}}}', np.array(3, "i4")),
    "only names": ('{"data":{"names":["a"]}}', np.zeros(0)),
    "unknown keys, a status": ('{"foo":1,"status":{"code":5},"strData":"s"}', "s"),
    "the last of a key that comes twice": ('{"strData":"a","strData":"b"}', "b"),
    "no object": ("5", REFUSED),
    "nothing": ("{}", REFUSED),
    "data a list": ('{"data":[1,2]}', REFUSED),
    "data a text with a member's name": ('{"data":"tensor"}', REFUSED),
    "data a number": ('{"data":5}', REFUSED),
    "data null": ('{"data":null}', REFUSED),
    "a member null": ('{"data":{"tensor":null}}', REFUSED),
}


@pytest.mark.parametrize("row", SELECTED)
def test_which_payload_is_read(listening: Served, component: Listening, row: str) -> None:
    text, expected = SELECTED[row]
    reply = rest(listening, text)
    assert reply is REFUSED if expected is REFUSED else shown(component.given[0]) == shown(expected)


def test_custom_data_is_an_any_on_both_wires(listening: Served, component: Listening) -> None:
    text = f'{{"customData":{CUSTOM}}}'
    for ask in (rest, rpc):
        ask(listening, text)
        assert component.given[0].DESCRIPTOR.full_name == "google.protobuf.Any"
        assert component.given[1:] == ([], {})


@pytest.mark.parametrize(
    ("members", "answered"),
    [((TENSOR, NDARRAY), "tensor"), ((NDARRAY, TFTENSOR), "tftensor"), ((TENSOR, TFTENSOR), "tensor")],
)
def test_of_several_members_one_decides_the_reply(identity: Served, members: Any, answered: str) -> None:
    assert answered in rest(identity, f'{{"data":{{{",".join(members)}}}}}')["data"]


# ---- 3.2, 3.3: what the component gets -----------------------------------------------------------

F, OBJECTS = np.float64, object
NAN, INF = math.nan, math.inf


def a(values: Any, dtype: Any = None) -> Any:
    return np.array(values, dtype)


NDARRAYS: dict[str, tuple[Any, Any]] = {
    "[[1,2],[3,4]]": (a([[1, 2], [3, 4]]), a([[1, 2], [3, 4]], F)),
    "[[1.0,2]]": (a([[1.0, 2]]), a([[1.0, 2]])),
    "[1,2,3]": (a([1, 2, 3]), a([1, 2, 3], F)),
    "[]": (a([]), a([])),
    "[[]]": (a([[]]), a([[]])),
    '[[1,"a"]]': (a([["1", "a"]], "<U21"), a([["1.0", "a"]], "<U32")),
    '[["a","bcd"]]': (a([["a", "bcd"]]), a([["a", "bcd"]])),
    '[[1.5,"a",null,true]]': (a([[1.5, "a", None, True]], OBJECTS), a([[1.5, "a", None, True]], OBJECTS)),
    "[[1,null]]": (a([[1, None]]), a([[1.0, None]])),
    "[null]": (a([None]), a([None])),
    "[[true,false]]": (a([[True, False]]), a([[True, False]])),
    "[[true,2]]": (a([[1, 2]]), a([[1.0, 2.0]])),
    "[[1,2],[3]]": (REFUSED, REFUSED),
    '[["a"],["b","c"]]': (REFUSED, REFUSED),
    '[{"a":1},{"b":2}]': (a([{"a": 1}, {"b": 2}]), a([{"a": 1.0}, {"b": 2.0}])),
    "[[9007199254740993]]": (a([[9007199254740993]]), a([[9007199254740992.0]])),
    "[[99999999999999999999999]]": (a([[99999999999999999999999]], OBJECTS), a([[1e23]])),
    "[[NaN]]": (a([[NAN]]), a([[NAN]])),
    "[[Infinity]]": (a([[INF]]), a([[INF]])),
    "[[NaN,1.5]]": (a([[NAN, 1.5]]), a([[NAN, 1.5]])),
    '[["NaN",1.5]]': (a([[NAN, 1.5]]), SKIPPED),
    '[[1.5,"a"]]': (a([["1.5", "a"]], "<U32"), a([["1.5", "a"]], "<U32")),
    '[["a",true]]': (a([["a", "True"]], "<U5"), a([["a", "True"]], "<U5")),
    '[["a",null]]': (a([["a", None]]), a([["a", None]])),
    "[[9223372036854775808]]": (a([[2**63]], "u8"), a([[2.0**63]])),
    "[[18446744073709551615]]": (a([[2**64 - 1]], "u8"), a([[2.0**64]])),
    "[[-1,9223372036854775808]]": (a([[-1, 2**63]], F), a([[-1, 2**63]], F)),
    "5": (a(5), SKIPPED),
    '"abc"': (a("abc"), SKIPPED),
    '{"a":1}': (a({"a": 1}), SKIPPED),
    "null": (a(None), SKIPPED),
    "[[[[1]]]]": (a([[[[1]]]]), a([[[[1.0]]]])),
    "[[],[]]": (a([[], []]), a([[], []])),
}

TENSORS: dict[str, tuple[Any, Any]] = {
    '"shape":[2,2],"values":[1,2,3,4]': (a([[1, 2], [3, 4]]), a([[1, 2], [3, 4]], F)),
    '"shape":[1,2],"values":[0.5,2]': (a([[0.5, 2]]), a([[0.5, 2]])),
    '"shape":[2],"values":["a","b"]': (REFUSED, SKIPPED),
    '"shape":[2],"values":["1","NaN"]': (REFUSED, a([1.0, NAN])),
    '"shape":[2],"values":[1,"NaN"]': (a([1.0, NAN]), a([1.0, NAN])),
    '"shape":[2],"values":[true,false]': (REFUSED, SKIPPED),
    '"shape":[2,2],"values":[[1,2],[3,4]]': (REFUSED, SKIPPED),
    '"shape":2,"values":[1,2]': (a([1, 2]), SKIPPED),
    '"shape":null,"values":[1,2]': (a([1, 2]), REFUSED),
    '"shape":[2.0],"values":[1,2]': (REFUSED, a([1.0, 2.0])),
    '"shape":["2"],"values":[1,2]': (REFUSED, a([1.0, 2.0])),
    '"shape":[1],"values":5': (REFUSED, SKIPPED),
    '"shape":[-1,2],"values":[1,2,3,4]': (REFUSED, REFUSED),
    '"shape":[],"values":[1]': (a(1), a(1.0)),
    '"shape":[],"values":[]': (REFUSED, REFUSED),
    '"shape":[0],"values":[]': (a([]), a([])),
    '"shape":[0,4],"values":[]': (np.zeros((0, 4)), np.zeros((0, 4))),
    '"shape":[0],"values":[1]': (REFUSED, REFUSED),
    '"shape":[3],"values":[1,2]': (REFUSED, REFUSED),
    '"shape":[2],"values":[1,2,3]': (REFUSED, REFUSED),
    '"values":[1,2]': (REFUSED, REFUSED),
    '"shape":[2]': (REFUSED, REFUSED),
    '"shape":[1],"values":[9007199254740993]': (a([9007199254740993]), a([9007199254740992.0])),
    '"shape":[1],"values":[18446744073709551616]': (a([2**64], OBJECTS), a([2.0**64])),
    '"shape":[2147483647,2147483647],"values":[1]': (REFUSED, REFUSED),
    '"shape":[' + ",".join(["1"] * 64) + '],"values":[1]': (a(1).reshape([1] * 64), a(1.0).reshape([1] * 64)),
    '"shape":[' + ",".join(["1"] * 65) + '],"values":[1]': (REFUSED, REFUSED),
}

TFTENSORS: dict[str, tuple[Any, Any]] = {
    f'"dtype":"{name}","tensorShape":{{"dim":[{{"size":2}}]}},"{field}":[1,2]': (a([1, 2], dtype),) * 2
    for name, field, dtype in [
        ("DT_INT64", "int64Val", "i8"),
        ("DT_DOUBLE", "doubleVal", "f8"),
        ("DT_FLOAT", "float_val", "f4"),
        ("DT_INT32", "int_val", "i4"),
    ]
} | {
    '"dtype":"DT_BOOL","tensorShape":{"dim":[{"size":2}]},"boolVal":[true]': (a([True, True]),) * 2,
    '"dtype":"DT_STRING","tensorShape":{"dim":[{"size":1}]},"stringVal":["/w=="]': (a([b"\xff"], OBJECTS),)
    * 2,
    '"dtype":"DT_INT64","tensorShape":{},"int64Val":["5"]': (a(5),) * 2,
    '"foo":1': (REFUSED, SKIPPED),
}

SCALARS: dict[str, tuple[Any, Any]] = {
    '"strData":"hello"': ("hello", "hello"),
    '"strData":""': ("", ""),
    '"strData":5': (5, SKIPPED),
    '"strData":["a"]': (["a"], SKIPPED),
    '"strData":null': (None, SKIPPED),
    '"binData":"MTIz"': (b"123", b"123"),
    '"binData":""': (b"", b""),
    '"binData":"!!!"': (REFUSED, SKIPPED),
    '"binData":"__-_"': (b"\xff\xff\xbf", b"\xff\xff\xbf"),
    '"binData":"MTI"': (REFUSED, b"12"),
    '"binData":"MT\\nIz"': (b"123", b"123"),
    '"binData":"é"': (REFUSED, SKIPPED),
    '"binData":null': (REFUSED, REFUSED),
    '"binData":5': (REFUSED, SKIPPED),
    '"jsonData":{"a":NaN}': ({"a": NAN}, {"a": NAN}),
    '"jsonData":{"a":1,"b":[1,2.5,null,true,"x"]}': (
        {"a": 1, "b": [1, 2.5, None, True, "x"]},
        {"a": 1.0, "b": [1.0, 2.5, None, True, "x"]},
    ),
    '"jsonData":5': (5, 5.0),
    '"jsonData":"s"': ("s", "s"),
    '"jsonData":null': (None, None),
    '"jsonData":true': (True, True),
    '"jsonData":[1,2]': ([1, 2], [1.0, 2.0]),
    '"jsonData":"{}"': ("{}", "{}"),
    '"jsonData":9007199254740993': (9007199254740993, 9007199254740992.0),
    '"jsonData":18446744073709551616': (18446744073709551616, 18446744073709551616.0),
}

GIVEN = (
    {f'{{"data":{{"ndarray":{text}}}}}': row for text, row in NDARRAYS.items()}
    | {f'{{"data":{{"tensor":{{{text}}}}}}}': row for text, row in TENSORS.items()}
    | {f'{{"data":{{"tftensor":{{{text}}}}}}}': row for text, row in TFTENSORS.items()}
    | {f"{{{text}}}": row for text, row in SCALARS.items()}
)


def check_given(component: Listening, reply: Any, expected: Any) -> None:
    """That a request was refused, or gave the component what it had to."""
    if expected is REFUSED:
        assert reply is REFUSED
        return
    assert reply == {"meta": {}, "strData": "heard"}
    value, names, meta = component.given
    assert shown(value) == shown(expected)
    assert (names, meta) == ([], {})
    assert not isinstance(value, np.ndarray) or value.flags.writeable


@pytest.mark.parametrize("text", GIVEN, ids=lambda text: text[1:-1][:70])
def test_what_a_component_is_given_over_rest(listening: Served, component: Listening, text: str) -> None:
    check_given(component, rest(listening, text), GIVEN[text][0])


OVER_GRPC = [text for text, (_, expected) in GIVEN.items() if expected is not SKIPPED]


@pytest.mark.parametrize("text", OVER_GRPC, ids=lambda text: text[1:-1][:70])
def test_what_a_component_is_given_over_grpc(listening: Served, component: Listening, text: str) -> None:
    check_given(component, rpc(listening, text), GIVEN[text][1])


# ---- 3.4, 3.5: names and meta --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("names", "given"),
    [
        ('["a","b"]', ["a", "b"]),
        ("[]", []),
        ("null", []),
        ('"ab"', REFUSED),
        ("5", REFUSED),
        ("[1,2]", [1, 2]),
    ],
)
def test_names_are_a_list(listening: Served, component: Listening, names: str, given: Any) -> None:
    text = f'{{"data":{{"names":{names},"ndarray":[1]}}}}'
    reply = rest(listening, text)
    assert reply is REFUSED if given is REFUSED else component.given[1] == given
    if given not in (REFUSED, [1, 2]):
        rpc(listening, text)
        assert component.given[1] == given
        assert type(component.given[1]) is list


METAS: dict[str, tuple[Any, Any, Any]] = {
    "{}": ({}, {}, {}),
    "null": ({}, {}, {}),
    '{"puid":"P","tags":{"in":1}}': (
        {"puid": "P", "tags": {"in": 1}},
        {"puid": "P", "tags": {"in": 1.0}},
        {"puid": "P", "tags": {"in": 1}},
    ),
    '{"routing":{"r":1}}': ({"routing": {"r": 1}}, {"routing": {"r": 1}}, {}),
    '{"requestPath":{"n":"i"}}': (
        {"requestPath": {"n": "i"}},
        {"requestPath": {"n": "i"}},
        {"requestPath": {"n": "i"}},
    ),
    '{"metrics":[{"key":"k","type":"GAUGE","value":1}]}': (
        {"metrics": [{"key": "k", "type": "GAUGE", "value": 1}]},
        {"metrics": [{"key": "k", "type": "GAUGE", "value": 1.0}]},
        {"metrics": [{"key": "k", "type": "GAUGE", "value": 1}]},
    ),
    '{"foo":1}': ({"foo": 1}, SKIPPED, {}),
    '{"puid":5}': ({"puid": 5}, SKIPPED, {"puid": 5}),
    '{"puid":""}': ({"puid": ""}, {}, {}),
    '{"tags":null,"metrics":null,"requestPath":null}': (
        {"tags": None, "metrics": None, "requestPath": None},
        {},
        {},
    ),
    "[]": (REFUSED, SKIPPED, None),
    '"x"': (REFUSED, SKIPPED, None),
    "5": (REFUSED, SKIPPED, None),
    "true": (REFUSED, SKIPPED, None),
    '{"tags":5}': (REFUSED, SKIPPED, None),
}


@pytest.mark.parametrize("meta", METAS)
def test_meta_is_shown_to_the_component_and_echoed(
    listening: Served, component: Listening, meta: str
) -> None:
    text = f'{{"strData":"x","meta":{meta}}}'
    over_rest, over_grpc, echoed = METAS[meta]
    reply = rest(listening, text)
    if over_rest is REFUSED:
        assert reply is REFUSED
        return
    assert shown(component.given[2]) == shown(over_rest)
    assert reply["meta"] == echoed
    if over_grpc is not SKIPPED:
        assert rpc(listening, text)["meta"] == echoed
        assert shown(component.given[2]) == shown(over_grpc)


# ---- 3.6: feedback -------------------------------------------------------------------------------

NOTHING = np.zeros(0)
FEEDBACKS: dict[str, tuple[Any, Any, Any, Any]] = {
    "{}": (NOTHING, [], 0.0, NOTHING),
    '{"request":{"data":{"names":["a"],"ndarray":[[1,2]]}}}': (a([[1.0, 2.0]]), ["a"], 0.0, NOTHING),
    '{"request":{"data":{"tensor":{"shape":[1],"values":[1]}}}}': (a([1.0]), [], 0.0, NOTHING),
    '{"request":{"data":{"tftensor":{"dtype":"DT_INT8","intVal":[1]}}}}': (a(1, "i1"), [], 0.0, NOTHING),
    '{"request":{"strData":"x"}}': (NOTHING, [], 0.0, NOTHING),
    '{"request":{"jsonData":5}}': (NOTHING, [], 0.0, NOTHING),
    '{"reward":0.1}': (NOTHING, [], 0.10000000149011612, NOTHING),
    '{"reward":0.75}': (NOTHING, [], 0.75, NOTHING),
    '{"reward":null}': (NOTHING, [], 0.0, NOTHING),
    '{"reward":"2"}': (NOTHING, [], 2.0, NOTHING),
    '{"truth":{"data":{"ndarray":[1]}}}': (NOTHING, [], 0.0, a([1.0])),
    '{"truth":{"strData":"x"}}': (NOTHING, [], 0.0, NOTHING),
}


@pytest.mark.parametrize("text", FEEDBACKS)
def test_feedback_is_the_same_on_both_wires(listening: Served, component: Listening, text: str) -> None:
    over_rest = rest(listening, text, "/send-feedback")
    assert shown(component.given[:4]) == shown(FEEDBACKS[text])
    over_grpc = rpc(listening, text, "Model/SendFeedback", wire.Feedback)
    assert shown(component.given) == shown((*FEEDBACKS[text], None))
    assert over_rest == over_grpc


@pytest.mark.parametrize("text", ['{"reward":1e39}', '{"reward":"abc"}', '{"bad":1}', "5", '{"request":5}'])
def test_what_is_no_feedback_is_refused(listening: Served, text: str) -> None:
    assert rest(listening, text, "/send-feedback") is REFUSED


# ---- 5.1, 5.2: what a component returns ----------------------------------------------------------

Pair = namedtuple("Pair", "left right")


@dataclass
class Point:
    x: int


class Row:
    """A returned value and the data it becomes, per kind of request; over gRPC the same unless told."""

    def __init__(
        self,
        value: Any,
        ndarray: Any,
        tensor: Any = None,
        names: Any = (),
        *,
        rpc_ndarray: Any = None,
        rpc_tensor: Any = None,
    ) -> None:
        self.value = value
        self.names = list(names)
        self.rest_ndarray = {"ndarray": ndarray}
        self.rest_tensor = self.rest_ndarray if tensor is None else tensor_of(tensor)
        self.rpc_ndarray = self.rest_ndarray if rpc_ndarray is None else {"ndarray": rpc_ndarray}
        self.rpc_tensor = self.rpc_ndarray if tensor is None else self.rest_tensor
        if rpc_tensor is not None:
            self.rpc_tensor = tensor_of(rpc_tensor)


def tensor_of(shape_and_values: tuple[list[int], list[Any]]) -> dict[str, Any]:
    shape, values = shape_and_values
    return {"tensor": {"shape": shape, "values": values}}


TWO = ["t:0", "t:1"]
DAY = datetime.datetime(2020, 1, 1)
DAY_TEXT = "Wed, 01 Jan 2020 00:00:00 GMT"
MASKED = np.ma.masked_array([1, 2], [False, True])

ROWS: dict[str, Row] = {
    "[[1,2]]": Row(a([[1, 2]]), [[1, 2]], ([1, 2], [1, 2]), TWO),
    "[1,2]": Row(a([1, 2]), [1, 2], ([2], [1, 2])),
    "list": Row([1, 2], [1, 2], ([2], [1, 2])),
    "0-d": Row(a(5), 5, ([], [5]), rpc_ndarray=[5]),
    "empty": Row(a([]), [], ([0], [])),
    "empty list": Row([], [], ([0], [])),
    "shape (0,3)": Row(np.zeros((0, 3)), [], ([0, 3], []), ["t:0", "t:1", "t:2"]),
    "shape (1,2,2)": Row(np.zeros((1, 2, 2)), [[[0.0, 0.0], [0.0, 0.0]]], ([1, 2, 2], [0.0] * 4), TWO),
    "bool array": Row(a([True]), [True]),
    "str array": Row(a(["a", "é"]), ["a", "é"]),
    "object array": Row(a([1, None, "x"], OBJECTS), [1, None, "x"]),
    "bool list": Row([True, False], [True, False]),
    "list with None": Row([[1, None]], [[1, None]], None, TWO),
    "beyond uint64": Row([2**64], [2**64]),
    "bool and int": Row([[True, 1]], [[True, 1]], ([1, 2], [1, 1]), TWO, rpc_ndarray=[[1, 1]]),
    "float and bool": Row([1.5, True], [1.5, True], ([2], [1.5, 1.0]), rpc_ndarray=[1.5, 1]),
    "tuples": Row([(1, 2)], [[1, 2]], ([1, 2], [1, 2]), TWO),
    "masked": Row(MASKED, [1, None], ([2], [1, None]), rpc_ndarray=[1, 2], rpc_tensor=([2], [1, 2])),
    "structured": Row(a([(1, 2.5)], [("x", "i8"), ("y", "f8")]), [[1, 2.5]]),
    "int and float": Row([[1, 2.5]], [[1, 2.5]], ([1, 2], [1.0, 2.5]), TWO),
    "mixed": Row([1, "a"], [1, "a"], rpc_ndarray=["1", "a"]),
    "dicts": Row([{"a": 1}], [{"a": 1}]),
    "numpy floats": Row([np.float64(1.5)], [1.5], ([1], [1.5])),
    "numpy scalars": Row([np.float64(1.5), np.int64(2)], [1.5, 2], ([2], [1.5, 2.0])),
    "arrays in a list": Row([a([1]), a([2])], [[1], [2]], ([2, 1], [1, 2]), ["t:0"]),
    "float32": Row(a([[0.1]], "f4"), [[0.10000000149011612]], ([1, 1], [0.10000000149011612]), ["t:0"]),
    "datetime64": Row(a(["2020-01-01"], "M8[s]"), [DAY_TEXT]),
    "datetimes": Row([DAY], [DAY_TEXT]),
    "datetime64[ns]": Row(a(["2020-01-01"], "M8[ns]"), [1577836800000000000]),
    "NaN": Row(a([[NAN, INF]]), [["NaN", "Infinity"]], ([1, 2], ["NaN", "Infinity"]), TWO),
    "int64": Row(
        a([2**53 + 1]), [2**53 + 1], ([1], [2**53 + 1]), rpc_ndarray=[2**53], rpc_tensor=([1], [2**53])
    ),
    "uint64": Row(
        a([2**64 - 1], "u8"), [2**64 - 1], ([1], [2**64 - 1]), rpc_ndarray=[2**64], rpc_tensor=([1], [2**64])
    ),
    "bytes": Row(a([b"x"]), ["x"]),
    "bytes in a list": Row([b"x", 1], ["x", 1], rpc_ndarray=["x", "1"]),
}

FAILING: dict[str, Any] = {
    "ragged list": [[1, 2], [3]],
    "complex": a([1j]),
    "timedelta64": a([1], "m8[s]"),
    "bytes that are no text": a([b"\xff"]),
    "dict of sets": {"a": {1}},
    "dict of bytes": {"a": b"x"},
}

CONVERTED: dict[str, tuple[Any, Any]] = {
    "dict": ({"a": 1}, {"jsonData": {"a": 1}}),
    "OrderedDict": (OrderedDict(b=1, a=2), {"jsonData": {"a": 2, "b": 1}}),
    "dict with tuple": ({"t": (1, 2)}, {"jsonData": {"t": [1, 2]}}),
    "dict with int keys": ({1: "a", "b": 2}, {"jsonData": {"1": "a", "b": 2}}),
    "dict with NaN": ({"a": NAN}, {"jsonData": {"a": "NaN"}}),
    "dict with a date": ({"a": DAY}, {"jsonData": {"a": DAY_TEXT}}),
    "dict with a decimal": ({"a": Decimal("1.50")}, {"jsonData": {"a": "1.50"}}),
    "dict with a UUID": ({"a": UUID(int=1)}, {"jsonData": {"a": str(UUID(int=1))}}),
    "dict with a dataclass": ({"a": Point(1)}, {"jsonData": {"a": {"x": 1}}}),
    "dict with numpy": ({"a": np.int64(1), "b": a([1])}, {"jsonData": {"a": 1, "b": [1]}}),
    "str": ("text", {"strData": "text"}),
    "np.str_": (np.str_("text"), {"strData": "text"}),
    "bytes": (b"\x00", {"binData": "AA=="}),
    "bytearray": (bytearray(b"\x00"), {"binData": "AA=="}),
    "np.bytes_": (np.bytes_(b"x"), {"binData": "eA=="}),
    "Any": (wire.Any(), {"customData": {}}),
}

UNKNOWN_TYPES: dict[str, Any] = {
    "tuple": (1, 2),
    "named tuple": Pair(1, 2),
    "int": 5,
    "float": 1.5,
    "bool": True,
    "None": None,
    "set": {1},
    "range": range(2),
    "generator": iter(()),
    "memoryview": memoryview(b"x"),
    "numpy number": np.int64(1),
    "SeldonMessage": wire.SeldonMessage(),
}

RETURNED: dict[str, Any] = (
    {f"row {name}": row.value for name, row in ROWS.items()}
    | {f"failing {name}": value for name, value in FAILING.items()}
    | {f"converted {name}": value for name, (value, _) in CONVERTED.items()}
    | {f"unknown {name}": value for name, value in UNKNOWN_TYPES.items()}
)


def asking(kind: str, word: str) -> str:
    """A request of a kind that makes the component return something."""
    name = json.dumps(word)
    forms = {
        "tensor": f'{{"data":{{"names":[{name}],{TENSOR}}}}}',
        "ndarray": f'{{"data":{{"names":[{name}],{NDARRAY}}}}}',
        "names": f'{{"data":{{"names":[{name}]}}}}',
        "strData": f'{{"strData":{name}}}',
    }
    return forms[kind]


KINDS = ("tensor", "ndarray", "names", "strData")
"""Of a request. One with nothing but names counts as an ndarray, one without data as a tensor."""


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ROWS)
def test_an_array_is_sent_in_the_kind_of_the_request(listening: Served, name: str, kind: str) -> None:
    row = ROWS[name]
    is_tensor = kind in ("tensor", "strData")
    reply = rest(listening, asking(kind, f"row {name}"))
    expected = row.rest_tensor if is_tensor else row.rest_ndarray
    assert shown(reply) == shown({"data": {"names": row.names, **expected}, "meta": {}})
    over_grpc = rpc(listening, asking(kind, f"row {name}"))
    expected = row.rpc_tensor if is_tensor else row.rpc_ndarray
    assert over_grpc == {"meta": {}, "data": without_empty({"names": row.names, **expected})}


def without_empty(data: dict[str, Any]) -> dict[str, Any]:
    """Data as proto-JSON has it: no names, shape or values where there are none."""
    tensor = data.get("tensor", {})
    data |= {"tensor": {key: each for key, each in tensor.items() if each}} if tensor else {}
    return data if data["names"] else {key: each for key, each in data.items() if key != "names"}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", FAILING)
def test_what_cannot_be_sent_is_a_failure_of_the_component(listening: Served, name: str, kind: str) -> None:
    for ask in (rest, rpc):
        assert ask(listening, asking(kind, f"failing {name}")) is FAILED


@pytest.mark.parametrize("name", CONVERTED)
def test_what_is_no_array_has_a_kind_of_its_own(listening: Served, name: str) -> None:
    expected = {"meta": {}, **CONVERTED[name][1]}
    for kind in KINDS:
        assert rest(listening, asking(kind, f"converted {name}")) == expected
        assert rpc(listening, asking(kind, f"converted {name}")) == expected


@pytest.mark.parametrize("name", UNKNOWN_TYPES)
def test_any_other_type_is_refused(listening: Served, name: str) -> None:
    for ask in (rest, rpc):
        assert ask(listening, asking("ndarray", f"unknown {name}")) is UNKNOWN


# ---- 5.3, 5.9: what an identity sends ------------------------------------------------------------

TFTENSOR_OF_TWO = '"dtype":"DT_INT64","tensorShape":{"dim":[{"size":"2"}]}'

IDENTITIES: dict[str, tuple[Any, Any]] = {
    '{"jsonData":[1,2]}': ({"data": {"names": [], "tensor": {"shape": [2], "values": [1, 2]}}},) * 2,
    '{"jsonData":"s"}': ({"strData": "s"},) * 2,
    '{"jsonData":[]}': (
        {"data": {"names": [], "tensor": {"shape": [0], "values": []}}},
        {"data": {"tensor": {"shape": [0]}}},
    ),
    '{"jsonData":["a",1]}': (
        {"data": {"names": [], "ndarray": ["a", 1]}},
        {"data": {"ndarray": ["a", "1.0"]}},
    ),
    '{"data":{"ndarray":[[NaN,1.5]]}}': ({"data": {"names": TWO, "ndarray": [["NaN", 1.5]]}},) * 2,
    '{"data":{"ndarray":null}}': ({"data": {"names": [], "ndarray": None}}, SKIPPED),
    '{"jsonData":5}': (UNKNOWN, UNKNOWN),
    '{"jsonData":true}': (UNKNOWN, UNKNOWN),
    '{"jsonData":null}': (UNKNOWN, UNKNOWN),
    '{"jsonData":[[1,2],[3]]}': (FAILED, FAILED),
    '{"data":{"names":["a","b"],"ndarray":[[1,2]]}}': ({"data": {"names": TWO, "ndarray": [[1, 2]]}},) * 2,
    '{"jsonData":{"b":1,"a":[2]}}': ({"jsonData": {"a": [2], "b": 1}},) * 2,
    '{"binData":"__-_"}': ({"binData": "//+/"},) * 2,
    f'{{"customData":{CUSTOM}}}': ({"customData": json.loads(CUSTOM)},) * 2,
    f'{{"data":{{"tftensor":{{{TFTENSOR_OF_TWO},"int64Val":["1","2"]}}}}}}': (
        {
            "data": {
                "names": [],
                "tftensor": json.loads(f'{{{TFTENSOR_OF_TWO},"tensorContent":"AQAAAAAAAAACAAAAAAAAAA=="}}'),
            }
        },
    )
    * 2,
    '{"data":{"tftensor":{"dtype":"DT_INT64","int64Val":["5"]}}}': (
        {"data": {"names": [], "tftensor": {"dtype": "DT_INT64", "tensorShape": {}, "int64Val": ["5"]}}},
    )
    * 2,
    '{"data":{"tftensor":{"dtype":"DT_BOOL","tensorShape":{"dim":[{"size":1}]},"boolVal":[true]}}}': (
        {"data": {"names": [], "ndarray": [True]}},
    )
    * 2,
    '{"data":{"tftensor":{"dtype":"DT_STRING","stringVal":["YQ=="]}}}': (
        {"data": {"names": [], "ndarray": "a"}},
        {"data": {"ndarray": ["a"]}},
    ),
    '{"data":{"tftensor":{"dtype":"DT_STRING","stringVal":["/w=="]}}}': (FAILED, FAILED),
}


@pytest.mark.parametrize("text", IDENTITIES, ids=lambda text: text[1:-1][:70])
def test_what_an_identity_sends(identity: Served, text: str) -> None:
    over_rest, over_grpc = IDENTITIES[text]
    reply = rest(identity, text)
    assert reply is over_rest if over_rest in (UNKNOWN, FAILED) else reply == {"meta": {}, **over_rest}
    if over_grpc is SKIPPED:
        return
    reply = rpc(identity, text)
    if over_grpc in (UNKNOWN, FAILED):
        assert reply is over_grpc
        return
    data = over_grpc.get("data")
    expected = over_grpc if data is None else {"data": without_empty({"names": [], **data})}
    assert reply == {"meta": {}, **expected}


def test_a_list_answers_in_the_kind_of_its_first_message(identity: Served) -> None:
    tensor, ndarray = f'{{"data":{{{TENSOR}}}}}', f'{{"data":{{{NDARRAY}}}}}'
    tftensor = f'{{"data":{{{TFTENSOR}}}}}'
    for text, kind in ((f"[{tensor},{ndarray}]", "tensor"), (f"[{tftensor},{tensor}]", "tftensor")):
        assert kind in rest(identity, text, "/aggregate")["data"]
        listed = f'{{"seldonMessages":{text}}}'
        assert kind in rpc(identity, listed, "Combiner/Aggregate", wire.SeldonMessageList)["data"]
