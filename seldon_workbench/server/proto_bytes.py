"""Where fields stand in a serialized SeldonMessage.

Rule: nothing here reads a field. Bulk is cut out as it is; what is left is protobuf's to read.
"""

from typing import NamedTuple

__all__ = ["Cut", "cut", "cut_data", "key_and_length", "splice_data", "varint"]

_DATA = 0x1A  # key (field number << 3 | wire type) of SeldonMessage.data
_BESIDE_DATA = frozenset({0x0A, 0x12})  # status, meta


class Cut(NamedTuple):
    """A length-delimited field cut out of the message around it."""

    start: int
    end: int
    rest: bytes
    """The message without the field."""


def cut(raw: bytes, place: int, end: int, key: int, beside: frozenset[int]) -> Cut | None:
    """The one field of that key between ``place`` and ``end``, or None.

    None too if it is repeated, or beside any field but length-delimited ones of the keys ``beside``.
    """
    outer, found = place, None
    try:
        while place < end:
            field = place
            seen, place = varint(raw, place)
            length, place = varint(raw, place)
            if seen == key and found is None and place + length <= end:
                rest = raw[outer:field] + raw[place + length : end]
                found = Cut(place, place + length, rest)
            elif seen not in beside:
                return None
            place += length
    except IndexError:
        return None
    return found if place == end else None


def varint(raw: bytes, place: int) -> tuple[int, int]:
    """The number at a place and the place behind it. Raises IndexError if it does not end."""
    value = 0
    for shift in range(0, 70, 7):  # ten bytes at most: a hostile number would take minutes to add up
        byte = raw[place]
        place += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, place
    raise IndexError("a varint that does not end")


def key_and_length(key: int, length: int) -> bytes:
    """What stands before a length-delimited field."""
    encoded = bytearray([key])
    while length > 0x7F:
        encoded.append(length & 0x7F | 0x80)
        length >>= 7
    encoded.append(length)
    return bytes(encoded)


def cut_data(raw: bytes) -> Cut | None:
    """The DefaultData of a message that has no other payload."""
    return cut(raw, 0, len(raw), _DATA, _BESIDE_DATA)


def splice_data(message: bytes, data: bytes, key: int, body: bytes, bulk: memoryview | bytes) -> bytes:
    """A message with its data: ``data`` without its array, the array's key, and the array in two parts."""
    length = len(body) + len(bulk)
    data += key_and_length(key, length)
    return b"".join((message, key_and_length(_DATA, len(data) + length), data, body, bulk))
