"""A tensor's values cut out of a serialized SeldonMessage, and spliced into one, as the buffer they are.

Rule: nothing here knows more than where the bytes stand. What is cut away is protobuf's to read.
"""

from typing import NamedTuple

import numpy as np

from seldon_workbench.message import Array

__all__ = ["FLOAT64", "TensorCut", "cut_tensor", "splice_tensor"]

FLOAT64 = np.dtype("<f8")
"""What a packed ``repeated double`` is on the wire."""

# Keys (field number << 3 | wire type) of the fields on the way to the values.
_MESSAGE_DATA = 0x1A  # SeldonMessage.data
_DATA_TENSOR = 0x12  # DefaultData.tensor
_TENSOR_VALUES = 0x12  # Tensor.values, packed
_BESIDE_DATA = frozenset({0x0A, 0x12})  # status, meta
_BESIDE_TENSOR = frozenset({0x0A})  # names
_BESIDE_VALUES = frozenset({0x0A})  # shape, packed


class TensorCut(NamedTuple):
    """A SeldonMessage in pieces."""

    values: Array
    """A read-only view of the values in the message."""
    tensor: bytes
    """The Tensor without its values."""
    data: bytes
    """The DefaultData without its tensor."""
    message: bytes
    """The SeldonMessage without its data."""


def cut_tensor(raw: bytes) -> TensorCut | None:
    """The pieces of a message whose payload is one packed tensor; None for any other."""
    data = _cut(raw, 0, len(raw), _MESSAGE_DATA, _BESIDE_DATA)
    tensor = data and _cut(raw, data.start, data.end, _DATA_TENSOR, _BESIDE_TENSOR)
    values = tensor and _cut(raw, tensor.start, tensor.end, _TENSOR_VALUES, _BESIDE_VALUES)
    if not data or not tensor or not values or (values.end - values.start) % FLOAT64.itemsize:
        return None
    count = (values.end - values.start) // FLOAT64.itemsize
    view = np.frombuffer(raw, FLOAT64, count, values.start)
    return TensorCut(view, values.rest, tensor.rest, data.rest)


def splice_tensor(values: Array, *, tensor: bytes, data: bytes, message: bytes) -> bytes:
    """The message of which these are the pieces."""
    if values.nbytes:
        tensor += _key_and_length(_TENSOR_VALUES, values.nbytes)
    tensor_length = len(tensor) + values.nbytes
    data += _key_and_length(_DATA_TENSOR, tensor_length)
    head = _key_and_length(_MESSAGE_DATA, len(data) + tensor_length)
    return b"".join((message, head, data, tensor, values.data))


class _Cut(NamedTuple):
    """A length-delimited field cut out of the message around it."""

    start: int
    end: int
    rest: bytes
    """The message without the field."""


def _cut(raw: bytes, place: int, end: int, key: int, beside: frozenset[int]) -> _Cut | None:
    """The one field of that key between ``place`` and ``end``, or None.

    None too if it is repeated, or beside any field but length-delimited ones of the keys ``beside``.
    """
    outer, found = place, None
    try:
        while place < end:
            field = place
            seen, place = _varint(raw, place)
            length, place = _varint(raw, place)
            if seen == key and found is None and place + length <= end:
                rest = raw[outer:field] + raw[place + length : end]
                found = _Cut(place, place + length, rest)
            elif seen not in beside:
                return None
            place += length
    except IndexError:
        return None
    return found if place == end else None


def _varint(raw: bytes, place: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):  # ten bytes at most: a hostile number would take minutes to add up
        byte = raw[place]
        place += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, place
    raise IndexError("a varint that does not end")


def _key_and_length(key: int, length: int) -> bytes:
    encoded = bytearray([key])
    while length > 0x7F:
        encoded.append(length & 0x7F | 0x80)
        length >>= 7
    encoded.append(length)
    return bytes(encoded)
