"""Numbers in nested lists cut out of a serialized message, and spliced into one, all at once.

A ListValue of rows of equal length whose entries are all numbers repeats the same few bytes before every
number and every row, so numpy can read and write the whole of it as an array of records.
"""

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from seldon_workbench.message import Array
from seldon_workbench.server.proto_bytes import Cut, cut, key_and_length, splice_data, varint

__all__ = ["NdarrayCut", "cut_ndarray", "splice_ndarray"]

# Keys (field number << 3 | wire type).
_NDARRAY = 0x1A  # DefaultData.ndarray
_ENTRY = 0x0A  # ListValue.values: a Value
_NUMBER = 0x11  # Value.number_value
_LIST = 0x32  # Value.list_value
_BESIDE_NDARRAY = frozenset({0x0A})  # names

_NUMBER_HEAD = bytes((_ENTRY, 9, _NUMBER))

_DEEPEST = 16
"""Dimensions up to which lists are read this way."""


class NdarrayCut(NamedTuple):
    """A DefaultData in pieces."""

    values: Array
    """float64, a copy."""
    data: bytes
    """The DefaultData without its ndarray."""


def cut_ndarray(raw: bytes, data: Cut) -> NdarrayCut | None:
    """The pieces of a DefaultData that is one regular ndarray of numbers; None for any other."""
    found = cut(raw, data.start, data.end, _NDARRAY, _BESIDE_NDARRAY)
    if found is None:
        return None
    try:
        shape = _shape(raw, found.start, found.end)
    except IndexError:
        return None
    values = shape and _read(raw, found, shape)
    return NdarrayCut(values, found.rest) if isinstance(values, np.ndarray) else None


def splice_ndarray(values: Array, *, data: bytes, message: bytes) -> bytes:
    """The message of which these are the pieces. ``values`` are float64, of one dimension or more."""
    records = np.empty(values.shape[0], _record(values.shape[1:]))
    level: Any = records
    for depth in range(1, values.ndim + 1):
        level["head"] = np.frombuffer(_head(values.shape[depth:]), np.uint8)
        level = level["body"]
    level[...] = values
    return splice_data(message, data, _NDARRAY, b"", records.tobytes())


def _shape(raw: bytes, start: int, end: int) -> tuple[int, ...] | None:
    """The shape of a ListValue, should all of it be like its first entries. Raises IndexError."""
    shape: list[int] = []
    while len(shape) < _DEEPEST:
        if start == end or raw[start] != _ENTRY:
            return None
        length, place = varint(raw, start + 1)
        size = place - start + length
        if (end - start) % size:
            return None
        shape.append((end - start) // size)
        if raw[place] == _NUMBER:
            return tuple(shape) if length == 9 else None
        inner, body = varint(raw, place + 1)
        # The list is all there is in the entry: a length that lies would make a shape beyond the bytes.
        if raw[place] != _LIST or body + inner != start + size:
            return None
        start, end = body, body + inner
    return None


def _read(raw: bytes, found: Cut, shape: tuple[int, ...]) -> Array | None:
    record = _record(shape[1:])
    if record.itemsize * shape[0] != found.end - found.start:
        return None
    level: Any = np.frombuffer(raw, record, shape[0], found.start)
    for depth in range(1, len(shape) + 1):
        if not (level["head"] == np.frombuffer(_head(shape[depth:]), np.uint8)).all():
            return None
        level = level["body"]
    return np.array(level, np.float64)


@lru_cache(maxsize=256)
def _record(shape: tuple[int, ...]) -> np.dtype[Any]:
    """One entry of a ListValue: a number, or a list of that shape."""
    head = ("head", np.uint8, (len(_head(shape)),))
    if not shape:
        return np.dtype([head, ("body", "<f8")])
    return np.dtype([head, ("body", _record(shape[1:]), (shape[0],))])


@lru_cache(maxsize=256)
def _head(shape: tuple[int, ...]) -> bytes:
    """What stands before the body of an entry of that shape."""
    if not shape:
        return _NUMBER_HEAD
    length = _record(shape[1:]).itemsize * shape[0]
    inner = key_and_length(_LIST, length)
    return key_and_length(_ENTRY, len(inner) + length) + inner
