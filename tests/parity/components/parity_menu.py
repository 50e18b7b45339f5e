"""Every value a parity component can be asked to return, by name; a rule takes what the hook was given."""

import datetime
import decimal
import uuid
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np
from seldon_core.flask_utils import SeldonMicroserviceException
from seldon_core.user_model import SeldonNotImplementedError, SeldonResponse

Rule = Callable[[Any], Any]

LONG_TEXT = 'Grüße, мир, 世界 \N{ROCKET} "quoted" back\\slash\ttab\nline'
NESTED = {
    "z": {"deep": [1, 2.5, None, True, "x"]},
    "a": {"n": None, "b": False, "ü": "é"},
    "list": [[1], {"k": []}],
}

ARRAYS: dict[str, Rule] = {
    "f64_0d": lambda x: np.array(5.5),
    "f64_1d": lambda x: np.array([0.1, -0.0, 2.5]),
    "f64_2d": lambda x: np.array([[0.1, 2.0], [-3.5, 1e-300]]),
    "f64_3d": lambda x: np.arange(8.0).reshape(2, 2, 2),
    "f64_huge": lambda x: np.array([[1e308, 5e-324, -1.7976931348623157e308]]),
    "f32_2d": lambda x: np.array([[0.1, 3.4e38]], dtype=np.float32),
    "f16_2d": lambda x: np.array([[0.1, 2.0]], dtype=np.float16),
    "i64_0d": lambda x: np.array(7),
    "i64_1d": lambda x: np.array([1, -2, 3]),
    "i64_2d": lambda x: np.array([[1, 2, 3], [4, 5, 6]]),
    "i64_huge": lambda x: np.array([[9007199254740993, -9223372036854775808]]),
    "i32_2d": lambda x: np.array([[1, -2147483648]], dtype=np.int32),
    "i8_2d": lambda x: np.array([[1, -128]], dtype=np.int8),
    "u8_2d": lambda x: np.array([[0, 255], [7, 8]], dtype=np.uint8),
    "u64_2d": lambda x: np.array([[18446744073709551615, 1]], dtype=np.uint64),
    "bool_0d": lambda x: np.array(True),
    "bool_1d": lambda x: np.array([True, False]),
    "bool_2d": lambda x: np.array([[True, False]]),
    "str_0d": lambda x: np.array("zero"),
    "str_1d": lambda x: np.array(["a", "bc", ""]),
    "str_2d": lambda x: np.array([["é", "世界"], ["", "d e"]]),
    "object_1d": lambda x: np.array([1, "a", None, 2.5, True], dtype=object),
    "object_2d": lambda x: np.array([[1, "a"], [None, 2.5]], dtype=object),
    "object_dicts": lambda x: np.array([{"a": 1}, {"b": [None, "c"]}], dtype=object),
    "object_numbers": lambda x: np.array([[1, 2.5]], dtype=object),
    "empty_1d": lambda x: np.array([]),
    "empty_0x3": lambda x: np.zeros((0, 3)),
    "empty_2x0": lambda x: np.zeros((2, 0)),
    "empty_i64": lambda x: np.array([], dtype=np.int64),
    "fortran": lambda x: np.asfortranarray(np.array([[1.0, 2.0], [3.0, 4.0]])),
    "strided": lambda x: np.arange(12).reshape(3, 4)[::2, ::-1],
    "nan_2d": lambda x: np.array([[np.nan, np.inf, -np.inf, 1.5]]),
    "complex_2d": lambda x: np.array([[1 + 2j]]),
    "datetime64_day": lambda x: np.array(["2020-01-01"], dtype="datetime64[D]"),
    "datetime64_ns": lambda x: np.array(["2020-01-01"], dtype="datetime64[ns]"),
    "timedelta64": lambda x: np.array([[5]], dtype="timedelta64[s]"),
    "bytes_1d": lambda x: np.array([b"a", b"b"]),
    "structured": lambda x: np.array([(1, 2.5), (3, 4.5)], dtype=[("i", "i8"), ("f", "f8")]),
    "matrix": lambda x: np.matrix([[1, 2], [3, 4]]),
    "masked": lambda x: np.ma.masked_array([1, 2], mask=[False, True]),
}

LISTS: dict[str, Rule] = {
    "list_ints": lambda x: [1, 2, -3],
    "list_floats": lambda x: [0.1, 2.0, -0.0],
    "list_mixed_numbers": lambda x: [[1, 2.5]],
    "list_strings": lambda x: ["a", "é", ""],
    "list_strings_2d": lambda x: [["a", "b"], ["c", "d"]],
    "list_nested_ints": lambda x: [[1, 2], [3, 4]],
    "list_nested_3d": lambda x: [[[1], [2]], [[3], [4]]],
    "list_bools": lambda x: [True, False],
    "list_bools_and_numbers": lambda x: [1.5, True],
    "list_empty": lambda x: [],
    "list_empty_2d": lambda x: [[]],
    "list_with_none": lambda x: [[1, None], [2.5, "a"]],
    "list_dicts": lambda x: [{"a": 1}, {"b": {"c": None}}],
    "list_mixed": lambda x: [1, "a"],
    "list_mixed_2d": lambda x: [[1.5, "a"], ["b", True]],
    "list_tuples": lambda x: [(1, 2), (3, 4)],
    "list_big_ints": lambda x: [[9223372036854775808, 1]],
    "list_bigger_ints": lambda x: [[99999999999999999999999, 1]],
    "list_nan": lambda x: [float("nan"), 1.5],
    "list_np_float64": lambda x: [np.float64(1.5), np.float64(2)],
    "list_np_scalars": lambda x: [np.float64(1.5), np.int64(2)],
    "list_np_float32": lambda x: [np.float32(1.5)],
    "list_arrays": lambda x: [np.array([1, 2]), np.array([3, 4])],
    "list_ragged": lambda x: [[1, 2], [3]],
    "list_ragged_strings": lambda x: [["a"], ["b", "c"]],
    "list_bytes": lambda x: [b"a"],
    "list_datetime": lambda x: [datetime.datetime(2020, 1, 2, 3, 4, 5)],
    "list_decimal": lambda x: [decimal.Decimal("1.50")],
    "list_deep_33": lambda x: nested_list(33),
    "list_deep_40": lambda x: nested_list(40),
    "list_deep_70": lambda x: nested_list(70),
}

TEXTS: dict[str, Rule] = {
    "str": lambda x: "hello",
    "str_empty": lambda x: "",
    "str_unicode": lambda x: LONG_TEXT,
    "str_long": lambda x: "ab" * 3000,
    "str_np": lambda x: np.str_("np text"),
    "bytes": lambda x: b"\x00\x01\xff binary",
    "bytes_empty": lambda x: b"",
    "bytes_all": lambda x: bytes(range(256)),
    "bytes_np": lambda x: np.bytes_(b"np bytes"),
    "bytearray": lambda x: bytearray(b"array"),
}

DICTS: dict[str, Rule] = {
    "dict_empty": lambda x: {},
    "dict_flat": lambda x: {"i": 1, "f": 2.5, "s": "t", "n": None, "t": True, "u": "\N{ROCKET}"},
    "dict_nested": lambda x: NESTED,
    "dict_ordered": lambda x: OrderedDict(b=1, a=2),
    "dict_big_int": lambda x: {"big": 9007199254740993},
    "dict_np_float64": lambda x: {"v": np.float64(0.1)},
    "dict_nan": lambda x: {"v": float("nan"), "i": float("inf")},
    "dict_int_keys": lambda x: {1: "a", 2: "b"},
    "dict_mixed_keys": lambda x: {1: "a", "b": 2},
    "dict_none_key": lambda x: {None: 1},
    "dict_bool_key": lambda x: {True: 1},
    "dict_float_key": lambda x: {1.5: 1},
    "dict_tuple_key": lambda x: {(1, 2): 1},
    "dict_tuple": lambda x: {"t": (1, 2)},
    "dict_set": lambda x: {"s": {1}},
    "dict_bytes": lambda x: {"b": b"x"},
    "dict_np_int64": lambda x: {"v": np.int64(3)},
    "dict_np_float32": lambda x: {"v": np.float32(0.5)},
    "dict_np_bool": lambda x: {"v": np.bool_(True)},
    "dict_array": lambda x: {"v": np.array([1, 2])},
    "dict_datetime": lambda x: {"d": datetime.datetime(2020, 1, 2, 3, 4, 5), "e": datetime.date(2020, 1, 2)},
    "dict_decimal": lambda x: {"d": decimal.Decimal("1.50")},
    "dict_uuid": lambda x: {"u": uuid.UUID(int=5)},
}

SCALARS: dict[str, Rule] = {
    "none": lambda x: None,
    "int": lambda x: 5,
    "int_0": lambda x: 0,
    "int_1": lambda x: 1,
    "int_minus_1": lambda x: -1,
    "int_minus_2": lambda x: -2,
    "int_22": lambda x: 22,
    "int_huge": lambda x: 9007199254740993,
    "float": lambda x: 1.0,
    "true": lambda x: True,
    "np_int64": lambda x: np.int64(1),
    "np_float64": lambda x: np.float64(1.5),
    "np_bool": lambda x: np.bool_(True),
    "tuple": lambda x: (1, 2),
    "set": lambda x: {1},
    "object": lambda x: Opaque(),
    "response_none": lambda x: SeldonResponse(data=None),
    "response_nested": lambda x: SeldonResponse(data=SeldonResponse(data=[1])),
}

AGGREGATES: dict[str, Rule] = {
    "first": lambda x: x[0],
    "last": lambda x: x[-1],
    "mean": lambda x: np.mean(np.array(x), axis=0),
    "sum_int": lambda x: np.sum(np.array(x), axis=0),
    "concatenate": lambda x: np.concatenate(list(x), axis=-1),
    "stack": lambda x: np.stack(list(x)),
    "join_text": lambda x: "+".join(each if isinstance(each, str) else type(each).__name__ for each in x),
    "join_bytes": lambda x: b"".join(each if isinstance(each, bytes) else b"?" for each in x),
    "dict_of_inputs": lambda x: {str(i): type(each).__name__ for i, each in enumerate(x)},
    "count": lambda x: [len(x)],
}


def nested_list(levels: int) -> Any:
    """One number inside so many lists."""
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


class Opaque:
    """Something no wire can carry."""

    def __str__(self) -> str:
        return "opaque"


def raising(kind: type[Exception], *args: Any, **options: Any) -> Rule:
    """A rule that raises a fresh exception instead of answering."""

    def rule(x: Any) -> Any:
        raise kind(*args, **options)

    return rule


def failed_assertion(x: Any) -> Any:
    """A bare assert, whose text is empty."""
    raise AssertionError


FAILURES: dict[str, Rule] = {
    "raise_value": raising(ValueError, "bad val"),
    "raise_key": raising(KeyError, "k"),
    "raise_type": raising(TypeError, "bad type"),
    "raise_assert": failed_assertion,
    "raise_zero": lambda x: 1 // 0,
    "raise_builtin_not_implemented": raising(NotImplementedError, "nope"),
    "raise_not_implemented": raising(SeldonNotImplementedError, "mine"),
    "raise_seldon": raising(SeldonMicroserviceException, "custom msg"),
    "raise_seldon_418": raising(SeldonMicroserviceException, "tea", status_code=418, reason="MY_REASON"),
    "raise_seldon_503": raising(SeldonMicroserviceException, "busy", status_code=503, reason="BUSY"),
}

MENU: dict[str, Rule] = {
    **ARRAYS,
    **LISTS,
    **TEXTS,
    **DICTS,
    **SCALARS,
    **AGGREGATES,
    **FAILURES,
    "identity": lambda x: x,
    "double": lambda x: x * 2,
    "in_place": lambda x: x.__imul__(2),
}

TAGS: dict[str, Callable[[], Any]] = {
    "absent": dict,
    "plain": lambda: {"st": 1, "shared": "st", "nested": {"a": [1, None, True]}, "n": None, "é": "ü"},
    "runtime": lambda: {"rt": 1.5, "shared": "rt"},
    "none": lambda: None,
    "list": list,
    "pairs": lambda: [("a", 1), ("b", "x")],
    "text": lambda: "text",
    "int_keys": lambda: {1: "a"},
    "np_int64": lambda: {"v": np.int64(3)},
    "np_float64": lambda: {"v": np.float64(0.5)},
    "array": lambda: {"v": np.array([1, 2])},
    "tuple": lambda: {"t": (1, 2)},
    "bytes": lambda: {"b": b"x"},
    "datetime": lambda: {"d": datetime.datetime(2020, 1, 2)},
    "nan": lambda: {"v": float("nan")},
    "raise_zero": lambda: 1 // 0,
    "raise_not_implemented": lambda: FAILURES["raise_not_implemented"](None),
}

METRICS: dict[str, Callable[[], Any]] = {
    "absent": list,
    "counter": lambda: [{"key": "c", "type": "COUNTER", "value": 1}],
    "gauge": lambda: [{"key": "g", "type": "GAUGE", "value": 2.5}],
    "timer": lambda: [{"key": "t", "type": "TIMER", "value": 20.2}],
    "all": lambda: [METRICS[kind]()[0] for kind in ("counter", "gauge", "timer")],
    "tagged": lambda: [{"key": "tg", "type": "GAUGE", "value": 5, "tags": {"t": "v", "u": "é"}}],
    "unicode_label": lambda: [{"key": "ul", "type": "GAUGE", "value": 5, "tags": {"é": "ü"}}],
    "runtime": lambda: [{"key": "rt", "type": "COUNTER", "value": 3}],
    "bool_value": lambda: [{"key": "b", "type": "GAUGE", "value": True}],
    "negative": lambda: [{"key": "n", "type": "GAUGE", "value": -1}],
    "np_float64": lambda: [{"key": "f", "type": "GAUGE", "value": np.float64(0.5)}],
    "np_float32": lambda: [{"key": "f4", "type": "GAUGE", "value": np.float32(0.5)}],
    "np_int64": lambda: [{"key": "i8", "type": "GAUGE", "value": np.int64(5)}],
    "nan": lambda: [{"key": "nan", "type": "GAUGE", "value": float("nan")}],
    "huge": lambda: [{"key": "huge", "type": "GAUGE", "value": 1e300}],
    "extra_key": lambda: [{"key": "x", "type": "GAUGE", "value": 1, "extra": "y"}],
    "int_tags": lambda: [{"key": "it", "type": "GAUGE", "value": 1, "tags": {"a": 1}}],
    "no_tags": lambda: [{"key": "nt", "type": "GAUGE", "value": 1, "tags": None}],
    "none": lambda: None,
    "dict": lambda: {"key": "d", "type": "GAUGE", "value": 1},
    "tuple": lambda: ({"key": "tu", "type": "COUNTER", "value": 1},),
    "text_value": lambda: [{"key": "tv", "type": "GAUGE", "value": "1"}],
    "bad_type": lambda: [{"key": "bt", "type": "counter", "value": 1}],
    "no_value": lambda: [{"key": "nv", "type": "GAUGE"}],
    "number": lambda: [5],
    "bad_name": lambda: [{"key": "bad name-x", "type": "GAUGE", "value": 1}],
    "raise_zero": lambda: 1 // 0,
}

NAMES: dict[str, Callable[[], Any]] = {
    "list": lambda: ["c0", "c1"],
    "short": lambda: ["only"],
    "tuple": lambda: ("c0", "c1"),
    "array": lambda: np.array(["c0", "c1"]),
    "generator": lambda: (name for name in ("c0", "c1")),
    "numbers": lambda: [1, 2],
    "none": lambda: None,
    "text": lambda: "ab",
    "raise_not_implemented": lambda: FAILURES["raise_not_implemented"](None),
}

HEALTHS: dict[str, Callable[[], Any]] = {
    "ok": lambda: "ok",
    "numbers": lambda: [1, 2],
    "dict": lambda: {"a": 1, "b": None},
    "bytes": lambda: b"ok",
    "array": lambda: np.array([[1.5, 2.0]]),
    "none": lambda: None,
    "true": lambda: True,
    "false": lambda: False,
    "number": lambda: 5,
    "raise_value": lambda: FAILURES["raise_value"](None),
    "raise_seldon_503": lambda: FAILURES["raise_seldon_503"](None),
    "raise_not_implemented": lambda: FAILURES["raise_not_implemented"](None),
}
