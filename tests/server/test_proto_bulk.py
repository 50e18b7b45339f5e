"""Bulk cut out of a message, or spliced into one, is what protobuf itself would have read or written."""

import struct
import time
from typing import Any

import numpy as np
import pytest
from google.protobuf import json_format
from hypothesis import example, given
from hypothesis import strategies as st
from messages import FILLED_SHAPES, FLOATS, INTEGERS, LARGE_PROTO, TEXTS, arrays, outcome, shown

from seldon_workbench.message import Array, PayloadKind, SeldonMessage
from seldon_workbench.server import wire
from seldon_workbench.server.proto_bytes import cut_data, key_and_length, varint
from seldon_workbench.server.proto_codec import PROTO
from seldon_workbench.server.proto_ndarray import cut_ndarray
from seldon_workbench.server.proto_tensor import cut_tensor

TENSOR, NDARRAY = PayloadKind.TENSOR, PayloadKind.NDARRAY

# Field numbers.
STATUS, META, DATA, STR = 1, 2, 3, 5
NAMES, IN_TENSOR, IN_NDARRAY = 1, 2, 3
SHAPE, VALUES = 1, 2
ENTRIES = 1
IN_NUMBER, IN_STRING, IN_LIST = 2, 3, 6


def field(number: int, body: bytes) -> bytes:
    """A length-delimited field."""
    return key_and_length(number << 3 | 2, len(body)) + body


def doubles(*values: float) -> bytes:
    return struct.pack(f"<{len(values)}d", *values)


def tensor(*parts: bytes) -> bytes:
    return field(DATA, field(IN_TENSOR, b"".join(parts)))


def number(value: float) -> bytes:
    """An entry of a ListValue."""
    return field(ENTRIES, bytes((IN_NUMBER << 3 | 1,)) + doubles(value))


def row(*entries: bytes) -> bytes:
    return field(ENTRIES, field(IN_LIST, b"".join(entries)))


def ndarray(*entries: bytes) -> bytes:
    return field(DATA, field(IN_NDARRAY, b"".join(entries)))


SHAPE_2 = field(SHAPE, b"\x02")
VALUES_2 = field(VALUES, doubles(1, 2))
NAME_A = field(NAMES, b"a")
PUID = field(META, field(1, b"P"))
TENSOR_2 = field(IN_TENSOR, SHAPE_2 + VALUES_2)

ODD = {
    "values before shape": tensor(VALUES_2, SHAPE_2),
    "shape in two parts": tensor(field(SHAPE, b"\x02"), field(SHAPE, b"\x01"), VALUES_2),
    "values in two parts": tensor(SHAPE_2, field(VALUES, doubles(1)), field(VALUES, doubles(2))),
    "values not packed": tensor(SHAPE_2, b"\x11", doubles(1), b"\x11", doubles(2)),
    "shape not packed": tensor(b"\x08\x02", VALUES_2),
    "half a number": tensor(SHAPE_2, field(VALUES, doubles(1, 2)[:-1])),
    "no values": tensor(field(SHAPE, b"\x00")),
    "empty values": tensor(field(SHAPE, b"\x00"), field(VALUES, b"")),
    "empty tensor": tensor(),
    "unknown field in tensor": tensor(SHAPE_2, VALUES_2, field(9, b"x")),
    "unknown number in tensor": tensor(SHAPE_2, VALUES_2, b"\x48\x05"),
    "name after tensor": field(DATA, TENSOR_2 + NAME_A),
    "names around tensor": field(DATA, NAME_A + TENSOR_2 + field(NAMES, b"b")),
    "name that is no text": field(DATA, TENSOR_2 + field(NAMES, b"\xff")),
    "two tensors": field(DATA, TENSOR_2 + field(IN_TENSOR, field(VALUES, doubles(3)))),
    "tensor and ndarray": field(DATA, TENSOR_2 + field(IN_NDARRAY, number(5))),
    "ndarray and tensor": field(DATA, field(IN_NDARRAY, number(5)) + TENSOR_2),
    "unknown field in data": field(DATA, TENSOR_2 + field(9, b"x")),
    "data in two parts": field(DATA, NAME_A) + tensor(SHAPE_2, VALUES_2),
    "data and then a text": tensor(SHAPE_2, VALUES_2) + field(STR, b"x"),
    "a text and then data": field(STR, b"x") + tensor(SHAPE_2, VALUES_2),
    "meta before data": PUID + tensor(SHAPE_2, VALUES_2),
    "meta after data": tensor(SHAPE_2, VALUES_2) + PUID,
    "meta in two parts": PUID + tensor(SHAPE_2, VALUES_2) + field(META, field(4, field(1, b"k"))),
    "meta that is none": field(META, b"\xff") + tensor(SHAPE_2, VALUES_2),
    "status that is none": field(STATUS, b"\xff") + tensor(SHAPE_2, VALUES_2),
    "a long key": b"\x9a\x80\x00" + field(DATA, TENSOR_2)[1:],
    "a long length": b"\x1a\x80\x80\x00",
    "a length beyond the end": tensor(SHAPE_2, VALUES_2)[:-1],
    "an inner length beyond the end": field(
        DATA, key_and_length(IN_TENSOR << 3 | 2, 99) + SHAPE_2 + VALUES_2
    ),
    "a group": b"\x1b" + tensor(SHAPE_2, VALUES_2),
    "a key that does not end": tensor(SHAPE_2, VALUES_2) + b"\x80",
    "a length that does not end": tensor(SHAPE_2, VALUES_2) + b"\x0a\x80",
    "numbers": ndarray(number(1), number(2)),
    "rows": ndarray(row(number(1), number(2)), row(number(3), number(4))),
    "named rows": field(DATA, NAME_A + field(IN_NDARRAY, row(number(1))) + field(NAMES, b"b")),
    "empty rows": ndarray(row(), row()),
    "an empty entry": ndarray(field(ENTRIES, b"")),
    "a row and a number": ndarray(row(number(1)), number(2)),
    "rows of unequal length": ndarray(row(number(1)), row(number(2), number(3))),
    "rows whose sizes add up": ndarray(
        row(number(1), number(2)), row(number(3)), row(number(4), number(5), number(6))
    ),
    "a text among numbers": ndarray(number(1), field(ENTRIES, field(IN_STRING, b"x" * 7))),
    "a null among numbers": ndarray(number(1), field(ENTRIES, b"\x08" + b"\x80" * 7 + b"\x00")),
    "booleans": ndarray(field(ENTRIES, b"\x20\x01"), field(ENTRIES, b"\x20\x00")),
    "an entry of two numbers": ndarray(field(ENTRIES, (b"\x11" + doubles(1)) * 2)),
    "a row of two lists": ndarray(field(ENTRIES, field(IN_LIST, number(1)) * 2)),
    "a row and a text in one entry": ndarray(
        field(ENTRIES, field(IN_LIST, number(1)) + field(IN_STRING, b"x"))
    ),
    "two ndarrays": field(DATA, field(IN_NDARRAY, number(1)) * 2),
    "an unknown field in ndarray": ndarray(number(1), field(9, b"123456789")),
    "an ndarray and a tensor after it": field(DATA, field(IN_NDARRAY, number(1)) + field(IN_TENSOR, b"")),
    "a list in a list whose length lies": ndarray(field(ENTRIES, key_and_length(50, 11 * 2**40) + number(1))),
    "a number cut short": ndarray(key_and_length(10, 9) + b"\x11" + doubles(1)[:-1]),
    "a list cut short": ndarray(field(ENTRIES, b"\x32")),
    "a long length of a row": ndarray(b"\x0a\x8d\x00\x32\x0b" + number(1)),
    "a long length of a list": ndarray(field(ENTRIES, b"\x32\x8b\x00" + number(1))),
    "nan": ndarray(number(float("nan")), number(float("-inf"))),
}


@pytest.mark.parametrize("raw", ODD.values(), ids=ODD.keys())
def test_an_odd_message_is_read_like_protobuf_reads_it(raw: bytes) -> None:
    assert outcome(PROTO.decode, LARGE_PROTO + raw) == outcome(PROTO.decode, raw)


@pytest.mark.parametrize("depth", [1, 15, 16, 17, 30, 63, 64])
def test_lists_within_lists_are_read_to_any_depth_numpy_has(depth: int) -> None:
    body = number(1) + number(2)
    for _ in range(depth - 1):
        body = row(body)
    raw = field(DATA, field(IN_NDARRAY, body))
    assert outcome(PROTO.decode, LARGE_PROTO + raw) == outcome(PROTO.decode, raw)


def test_lists_nested_beyond_any_parser_are_refused() -> None:
    body = number(1)
    for _ in range(5000):
        body = row(body)
    raw = LARGE_PROTO + field(DATA, field(IN_NDARRAY, body))
    assert outcome(PROTO.decode, raw) == outcome(PROTO.decode, b"\xff")


@pytest.mark.parametrize("raw", [b"\xff" * 1_000_000, b"\x1a" + b"\xff" * 1_000_000, b"\x80" * 1_000_000])
def test_a_number_that_never_ends_is_refused_at_once(raw: bytes) -> None:
    began = time.monotonic()
    assert outcome(PROTO.decode, raw) == outcome(PROTO.decode, b"\xff")
    assert time.monotonic() - began < 5


# ---- any message at all --------------------------------------------------------------------------


@given(arrays(INTEGERS + FLOATS + ["u8"]))
def test_a_tensor_comes_back_as_doubles(value: Array) -> None:
    raw = PROTO.encode(SeldonMessage(TENSOR, value, ["a", "b"]))
    for each in (raw, LARGE_PROTO + raw):
        decoded = PROTO.decode(each)
        assert (decoded.kind, decoded.names) == (TENSOR, ["a", "b"])
        assert shown(decoded.value) == shown(value.astype(np.float64))


@given(arrays(INTEGERS + FLOATS + ["u8"], FILLED_SHAPES))
def test_an_ndarray_comes_back_as_doubles(value: Array) -> None:
    raw = PROTO.encode(SeldonMessage(NDARRAY, value, ["a", "b"]))
    for each in (raw, LARGE_PROTO + raw):
        decoded = PROTO.decode(each)
        assert (decoded.kind, decoded.names) == (NDARRAY, ["a", "b"])
        assert shown(decoded.value) == shown(value.astype(np.float64))


@given(arrays(FLOATS, FILLED_SHAPES))
def test_spliced_bytes_are_protobufs_own(value: Array) -> None:
    for kind in (TENSOR, NDARRAY):
        raw = PROTO.encode(SeldonMessage(kind, value, ["a"]))
        assert wire.SeldonMessage.FromString(raw).SerializeToString() == raw


@given(st.lists(TEXTS, max_size=4) | st.lists(st.booleans(), min_size=1, max_size=4))
def test_texts_and_booleans_come_back_as_they_went(values: list[Any]) -> None:
    raw = PROTO.encode(SeldonMessage(NDARRAY, np.array(values), []))
    assert shown(PROTO.decode(raw).value) == shown(np.array(values))


_LEAVES = st.sampled_from(
    [number(1), number(2), row(), row(number(1)), SHAPE_2, VALUES_2, NAME_A, doubles(1)]
)
_NUMBERED = st.builds(
    lambda key, value: bytes((key << 3,)) + bytes((value,)), st.integers(1, 8), st.integers(0, 127)
)
FIELDS = st.recursive(
    _LEAVES | st.binary(max_size=12),
    lambda inner: st.lists(st.builds(field, st.integers(1, 8), inner) | _NUMBERED, max_size=4).map(b"".join),
    max_leaves=14,
)
"""Bytes that are the fields of some message more often than not."""


@given(FIELDS)
@example(field(META, field(5, b"\x10\x07")) + field(STR, b""))
def test_any_fields_are_a_message_or_a_payload_error_whatever_their_size(raw: bytes) -> None:
    assert outcome(PROTO.decode, LARGE_PROTO + raw) == outcome(PROTO.decode, raw)
    outcome(PROTO.decode_list, raw)
    outcome(PROTO.decode_feedback, raw)


@given(st.binary())
def test_random_bytes_are_a_message_or_a_payload_error(raw: bytes) -> None:
    assert outcome(PROTO.decode, LARGE_PROTO + raw) == outcome(PROTO.decode, raw)
    outcome(PROTO.decode_list, raw)
    outcome(PROTO.decode_feedback, raw)


@given(st.sampled_from(list(ODD.values())), st.integers(0, 200), st.integers(0, 255))
def test_a_message_with_one_byte_changed_is_read_like_protobuf_reads_it(
    raw: bytes, place: int, byte: int
) -> None:
    place %= len(raw)
    broken = raw[:place] + bytes((byte,)) + raw[place + 1 :]
    assert outcome(PROTO.decode, LARGE_PROTO + broken) == outcome(PROTO.decode, broken)
    cut_short = raw[:place]
    assert outcome(PROTO.decode, LARGE_PROTO + cut_short) == outcome(PROTO.decode, cut_short)


# ---- the pieces ----------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [0, 1, 127, 128, 300, 2**32, 2**63, 2**64 - 1])
def test_a_varint_is_read_where_it_stands(value: int) -> None:
    raw = b"\xff" + key_and_length(10, value)
    assert varint(raw, 2) == (value, len(raw))
    if value > 127:
        with pytest.raises(IndexError):
            varint(raw[:-1], 2)


def test_a_varint_has_ten_bytes_at_most() -> None:
    assert varint(b"\xff" * 9 + b"\x01", 0) == (2**64 - 1, 10)
    with pytest.raises(IndexError, match="does not end"):
        varint(b"\xff" * 10 + b"\x01", 0)


def test_a_tensor_is_cut_out_and_what_is_left_is_the_rest() -> None:
    raw = field(STATUS, b"") + field(DATA, NAME_A + TENSOR_2 + field(NAMES, b"b")) + PUID
    data = cut_data(raw)
    assert data is not None
    found = cut_tensor(raw, data)
    assert found is not None
    assert (found.values.tolist(), found.tensor, found.data) == ([1, 2], SHAPE_2, NAME_A + field(NAMES, b"b"))
    assert data.rest == field(STATUS, b"") + PUID
    assert cut_ndarray(raw, data) is None


def test_an_ndarray_is_cut_out_and_what_is_left_is_the_rest() -> None:
    raw = PUID + field(DATA, NAME_A + field(IN_NDARRAY, row(number(1), number(2))))
    data = cut_data(raw)
    assert data is not None
    found = cut_ndarray(raw, data)
    assert found is not None
    assert (found.values.tolist(), found.data, data.rest) == ([[1, 2]], NAME_A, PUID)
    assert cut_tensor(raw, data) is None


@pytest.mark.parametrize("name", ["numbers", "rows", "named rows", "nan"])
def test_regular_numbers_take_the_short_way(name: str) -> None:
    data = cut_data(ODD[name])
    assert data is not None
    assert cut_ndarray(ODD[name], data) is not None


@pytest.mark.parametrize(
    "name",
    [
        *("booleans", "a row and a number", "rows whose sizes add up", "a text among numbers", "empty rows"),
        *("an entry of two numbers", "a row of two lists", "a list in a list whose length lies"),
        *("a long length of a row", "a long length of a list"),
    ],
)
def test_irregular_lists_take_the_long_way(name: str) -> None:
    data = cut_data(ODD[name])
    assert data is not None
    assert cut_ndarray(ODD[name], data) is None


def test_the_fields_of_these_tests_are_the_wires() -> None:
    text = {"data": {"names": ["a"], "tensor": {"shape": [2], "values": [1, 2]}}, "meta": {"puid": "P"}}
    message = json_format.ParseDict(text, wire.SeldonMessage())
    assert message == wire.SeldonMessage.FromString(field(DATA, NAME_A + TENSOR_2) + PUID)
    lists = json_format.ParseDict({"data": {"ndarray": [[1.0, 2.0]]}}, wire.SeldonMessage())
    assert lists.SerializeToString() == ndarray(row(number(1), number(2)))
