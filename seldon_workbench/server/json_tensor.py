"""A tensor's values read from JSON text straight into a buffer, where simdjson is installed.

Rule: only a message that is one plain tensor of finite numbers is read here; of anything else, even of
one odd number, nothing is concluded, and the codec reads it the long way.
"""

from typing import Any, NamedTuple

import numpy as np

from seldon_workbench.message import Array

simdjson: Any
try:
    import simdjson
except ImportError:  # no wheel for this Python or platform; the codec does without
    simdjson = None

__all__ = ["LARGE", "TensorText", "read_tensor"]

LARGE = 16384
"""Bytes from which on this pays."""


class TensorText(NamedTuple):
    """What stood in ``data`` of a message that is one tensor."""

    values: Array
    """One-dimensional; int64 if all numbers are integers, float64 otherwise, as numpy would have it."""
    shape: Any
    names: Any


def read_tensor(raw: bytes) -> TensorText | None:
    """The tensor of a message that is nothing else; None if it is, or may be, anything else."""
    if simdjson is None:
        return None
    try:
        # A parser of its own: a shared one refuses to work while a document of it is alive.
        message = simdjson.Parser().parse(raw)
        data = _members(message, {"data"})["data"]
        members = _members(data, {"names", "tensor"})
        tensor = _members(members["tensor"], {"shape", "values"})
        values = _numbers(tensor["values"])
        shape, names = _plain(tensor["shape"]), _plain(members.get("names"))
        lists = 1 + isinstance(shape, list) + isinstance(names, list)
    except (ValueError, TypeError, KeyError, AttributeError, RuntimeError):  # simdjson's own are the last
        return None
    # Another list can only stand within the values: as_buffer() flattens it, and [1] has one number too.
    return TensorText(values, shape, names) if _has_lists(raw, lists) else None


def _has_lists(raw: bytes, count: int) -> bool:
    """Whether a text has just so many opening brackets. Searching for few is faster than counting all."""
    place = -1
    for _ in range(count):
        place = raw.find(b"[", place + 1)
    return raw.find(b"[", place + 1) < 0


def _members(value: Any, known: set[str]) -> dict[str, Any]:
    """The members of an object. Raises KeyError if there is another, or one twice."""
    names = list(value.keys())
    if len(set(names)) != len(names) or not known.issuperset(names):
        raise KeyError(names)
    # Looked up one by one: items() would turn whole arrays into lists.
    return {name: value[name] for name in names}


def _numbers(values: Any) -> Array:
    try:
        array: Array = np.frombuffer(values.as_buffer(of_type="i"), np.int64)
    except TypeError:  # not integers alone
        array = np.frombuffer(values.as_buffer(of_type="d"), np.float64)
    if not array.size:
        raise ValueError("no numbers")
    return array


def _plain(value: Any) -> Any:
    if isinstance(value, simdjson.Array):
        plain = value.as_list()
        if any(isinstance(entry, float | list | dict) for entry in plain):
            raise ValueError("nested, or an integer beyond 64 bit")
        return plain
    if isinstance(value, simdjson.Object):
        raise ValueError("an object")
    return value
