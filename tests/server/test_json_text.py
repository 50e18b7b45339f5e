"""JSON text and plain Python, exactly: the fast parser may never be noticed."""

import datetime
import decimal
import json
import math
import time
import uuid
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from messages import ANYTHING, shown

from seldon_workbench.errors import PayloadError, ReplyError
from seldon_workbench.server.json_text import MAX_DEPTH, dump, parse, spelled

UTC = datetime.UTC

# ---- reading -------------------------------------------------------------------------------------


@given(ANYTHING, st.booleans(), st.sampled_from([None, 1]))
def test_any_json_is_read_as_by_the_standard_library(
    value: Any, ascii_only: bool, indent: int | None
) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only, indent=indent)
    expected = repr(json.loads(text))
    assert repr(parse(text)) == expected
    assert repr(parse(text.encode())) == expected


@pytest.mark.parametrize(
    "text",
    [
        *("9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809"),
        *("18446744073709551615", "18446744073709551616", "-18446744073709551616", "1" * 40),
        *("[1.5,18446744073709551616]", '{"a":[0,-99999999999999999999]}', "[1e5,12345678901234567890]"),
        *("0.12345678901234567890123", "12345678901234567890.5", "1234567890123456789e3", "-0", "-0.0"),
        *('"99999999999999999999"', "1e-400", "1E5", "123456789012345678901E-2", "[1e400,-1e400]"),
        *("NaN", "[Infinity,-Infinity]", '{"a":NaN}', '{"a":1,"a":2}', '"\\ud800"', " 5 ", "null"),
    ],
)
def test_a_number_is_exact_however_long_and_odd(text: str) -> None:
    expected = shown(json.loads(text))
    assert shown(parse(text)) == shown(parse(text.encode())) == expected


def test_an_integer_that_float_would_round_stays_exact_in_a_large_text() -> None:
    text = json.dumps({"fill": [0] * 50_000, "huge": 2**64 + 1})
    assert parse(text)["huge"] == parse(text.encode())["huge"] == 2**64 + 1


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "utf-16-be"])
def test_unicode_is_detected(encoding: str) -> None:
    assert parse('{"é":"世"}'.encode(encoding)) == {"é": "世"}


@pytest.mark.parametrize(
    "raw",
    [
        *("", " ", "{", "[1,]", "{'a':1}", "nul", '"\n"', "1 2", "\ufeff{}", "9" * 5000),
        *(b"", b"\xff", b'"\xe9"', b"\x00", b"[1", b"\x80abc", b'{"a":}'),
    ],
)
def test_what_is_no_json_is_refused_with_a_reason(raw: bytes | str) -> None:
    with pytest.raises(PayloadError, match=r"^Can't find JSON in data: .") as caught:
        parse(raw)
    assert caught.value.hint == "send a JSON object"


def result_of(read: Callable[[bytes], Any], raw: bytes) -> str:
    try:
        return repr(read(raw))
    except (PayloadError, ValueError):
        return "refused"


@given(st.binary())
def test_random_bytes_are_json_or_a_payload_error(raw: bytes) -> None:
    assert result_of(parse, raw) == result_of(json.loads, raw)


# ---- nesting -------------------------------------------------------------------------------------


def nested(depth: int, opener: str = "[", closer: str = "]") -> str:
    return opener * depth + "1" + closer * depth


@pytest.mark.parametrize(("opener", "closer"), [("[", "]"), ('{"a":', "}"), ('[{"a":', "}]")])
def test_nesting_is_read_to_512_levels_and_no_deeper(opener: str, closer: str) -> None:
    levels = opener.count("[") + opener.count("{")
    fits = nested(MAX_DEPTH // levels, opener, closer)
    assert MAX_DEPTH == 512
    assert repr(parse(fits)) == repr(parse(fits.encode())) == repr(json.loads(fits))
    deeper = f"[{fits}]"
    for raw in (deeper, deeper.encode(), deeper.encode("utf-16")):
        with pytest.raises(PayloadError, match="nested deeper than 512 levels") as caught:
            parse(raw)
        assert caught.value.hint == "send a flatter payload"


@pytest.mark.parametrize(
    "text", [nested(2000), nested(100_000), nested(600) + " NaN", f"[NaN,{nested(600)}]"]
)
def test_nesting_beyond_any_parser_is_refused_too(text: str) -> None:
    for raw in (text, text.encode()):
        with pytest.raises(PayloadError):
            parse(raw)


def test_only_nesting_counts_not_the_number_of_brackets() -> None:
    many = json.dumps([[1]] * 600)
    text = json.dumps("[{" * 600)
    mixed = json.dumps({"flat": [[1], [2]] * 300, "deep": json.loads(nested(511))})
    for raw in (many, text, mixed):
        assert repr(parse(raw)) == repr(json.loads(raw))


def test_the_deepest_branch_counts_wherever_it_stands() -> None:
    deep = nested(512)
    for text in (f"[1,{deep}]", f'[[1],{deep},"x"]', f'{{"a":1,"b":{deep}}}', f'[{{"a":[]}},{deep}]'):
        with pytest.raises(PayloadError, match="nested"):
            parse(text)


# ---- writing -------------------------------------------------------------------------------------


@dataclass
class Point:
    x: int
    y: float


class Colour(IntEnum):
    RED = 1


class Html:
    def __html__(self) -> str:
        return "<b>"


DAY = datetime.date(2020, 1, 1)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"b": 1, "a": [1, 2.5, None, True]}, '{"a":[1,2.5,null,true],"b":1}'),
        ("é\n", '"\\u00e9\\n"'),
        ("\ud800", '"\\ud800"'),
        ((1, [2]), "[1,[2]]"),
        (10**30, str(10**30)),
        (0.1, "0.1"),
        (Colour.RED, "1"),
        (math.nan, '"NaN"'),
        ([math.inf, -math.inf, {"a": math.nan}], '["Infinity","-Infinity",{"a":"NaN"}]'),
        ((math.nan, "x"), '["NaN","x"]'),
        ({1: "a", "b": 2}, '{"1":"a","b":2}'),
        ({1: "a"}, '{"1":"a"}'),
        ({None: 1, True: 2, 1.5: 3}, '{"1.5":3,"null":1,"true":2}'),
        ({math.nan: 1}, '{"NaN":1}'),
        ({np.int64(3): 1, np.float64(0.5): 2, np.bool_(True): 3}, '{"0.5":2,"3":1,"true":3}'),
        (OrderedDict(b=1, a=2), '{"a":2,"b":1}'),
        (np.float32(0.1), "0.10000000149011612"),
        (np.float16(0.1), "0.0999755859375"),
        (np.longdouble(0.5), "0.5"),
        (np.float64("nan"), '"NaN"'),
        (np.float32("-inf"), '"-Infinity"'),
        ({"a": np.int64(3), "b": np.bool_(False), "c": np.str_("x")}, '{"a":3,"b":false,"c":"x"}'),
        (np.array([[1, 2]]), "[[1,2]]"),
        (np.array([np.nan, 0.5]), '["NaN",0.5]'),
        (np.array(["2020-01-01"], "M8[D]"), '["Wed, 01 Jan 2020 00:00:00 GMT"]'),
        (np.array(["2020-01-01"], "M8[ns]"), "[1577836800000000000]"),
        (np.ma.masked_array([1, 2], mask=[False, True]), "[1,null]"),
        (DAY, '"Wed, 01 Jan 2020 00:00:00 GMT"'),
        (datetime.datetime(2020, 1, 2, 3, 4, 5), '"Thu, 02 Jan 2020 03:04:05 GMT"'),
        (datetime.datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC), '"Thu, 02 Jan 2020 03:04:05 GMT"'),
        (
            datetime.datetime(2020, 1, 2, 3, 4, 5, tzinfo=datetime.timezone(datetime.timedelta(hours=2))),
            '"Thu, 02 Jan 2020 01:04:05 GMT"',
        ),
        (decimal.Decimal("1.50"), '"1.50"'),
        (uuid.UUID(int=5), '"00000000-0000-0000-0000-000000000005"'),
        ({"p": Point(1, math.inf)}, '{"p":{"x":1,"y":"Infinity"}}'),
        (Html(), '"<b>"'),
    ],
)
def test_a_value_is_written_compact_sorted_and_in_ascii(value: Any, text: str) -> None:
    assert dump(value).decode() == text


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the time zone of a process cannot be set here")
def test_a_moment_is_written_in_utc_wherever_the_machine_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    aware = datetime.datetime(2020, 1, 2, 3, 4, 5, tzinfo=datetime.timezone(datetime.timedelta(hours=2)))
    with monkeypatch.context() as patched:
        patched.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        written = [dump(moment) for moment in (aware, datetime.datetime(2020, 1, 2, 3, 4, 5), DAY)]
    time.tzset()
    assert written == [
        b'"Thu, 02 Jan 2020 01:04:05 GMT"',
        b'"Thu, 02 Jan 2020 03:04:05 GMT"',
        b'"Wed, 01 Jan 2020 00:00:00 GMT"',
    ]


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ({1, 2}, "Object of type set is not JSON serializable"),
        (b"x", "Object of type bytes is not JSON serializable"),
        ([object()], "Object of type object is not JSON serializable"),
        ({"a": 1j}, "Object of type complex is not JSON serializable"),
        (np.array([1j]), "Object of type complex is not JSON serializable"),
        (np.array([5], "m8[s]"), "Object of type timedelta is not JSON serializable"),
        (np.array([b"a"]), "Object of type bytes is not JSON serializable"),
        (Point, "Object of type type is not JSON serializable"),
        ({(1, 2): 3}, "keys must be str, int, float, bool or None, not tuple"),
        ({b"a": 3}, "keys must be str, int, float, bool or None, not bytes"),
    ],
)
def test_what_json_cannot_hold_is_a_reply_error(value: Any, why: str) -> None:
    with pytest.raises(ReplyError) as caught:
        dump(value)
    assert caught.value.text == why
    assert caught.value.hint == "return arrays, lists, dicts, strings, numbers"


def test_a_value_within_itself_is_a_reply_error() -> None:
    within: dict[str, Any] = {}
    within["a"] = [within]
    with pytest.raises(ReplyError, match="recursion"):
        dump(within)


@given(ANYTHING)
@example(10**400)
def test_what_is_written_is_read_again(value: Any) -> None:
    def without_specials(entry: Any) -> Any:
        if isinstance(entry, float):
            return entry if math.isfinite(entry) else spelled(entry)
        if isinstance(entry, list):
            return [without_specials(each) for each in entry]
        if isinstance(entry, dict):
            return {key: without_specials(each) for key, each in entry.items()}
        return entry

    assert json.loads(dump(value)) == without_specials(value)


@pytest.mark.parametrize(
    ("value", "text"), [(math.nan, "NaN"), (math.inf, "Infinity"), (-math.inf, "-Infinity")]
)
def test_what_json_has_no_number_for_is_spelled(value: float, text: str) -> None:
    assert spelled(value) == text
