"""Arrays as TensorFlow's TensorProto and back, by numpy alone.

Rule: a shape is only a claim. What a tensor would take in memory is known before any of it is taken.
"""

import importlib
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

import numpy as np

from seldon_workbench.errors import PayloadError, ReplyError
from seldon_workbench.message import MAX_DIMENSIONS, Array
from seldon_workbench.server.wire.types_pb2 import DataType

__all__ = ["MOST_REPEATED", "Room", "array_of", "write_tensor"]

MOST_REPEATED = 1 << 26
"""Bytes that values which were not sent, only claimed by a shape, may take in one request."""


class Room:
    """What is left of that in one request."""

    def __init__(self, left: int = MOST_REPEATED) -> None:
        self._left = left

    def take(self, size: int) -> None:
        """Use some of it. Raises PayloadError if there is not so much."""
        if size > self._left:
            raise PayloadError(
                f"the shape of tftensor claims {size} bytes, but few of its values were sent",
                hint="send every value, in tensorContent",
            )
        self._left -= size


@dataclass(frozen=True, slots=True)
class _Element:
    """How TensorFlow sends the elements of one DataType."""

    field: str
    """The field of a TensorProto that lists them, should they not stand in tensor_content."""
    bits: np.dtype[Any]
    """What tensor_content is an array of."""
    made: Callable[[Array], Array]
    """From that array, one-dimensional and ours to change, to the one a component is given."""
    per_element: int = 1
    """How many of those make one element."""


# ---- element types -------------------------------------------------------------------------------


def _same(bits: Array) -> Array:
    return bits


def _bfloat16(bits: Array) -> Array:
    dtype = _extended("bfloat16")
    if dtype is not None:
        return bits.view(dtype)
    # The upper half of a float32.
    return (bits.astype("<u4") << np.uint32(16)).view("<f4")


def _rare(name: str, bits: Array) -> Array:
    """Elements of a type that only ml_dtypes has. Raises PayloadError without it."""
    dtype = _extended(name)
    if dtype is None:
        raise PayloadError(
            f"tftensor holds {name}, which numpy alone does not have",
            hint="install ml_dtypes beside the server, or send DT_FLOAT or DT_INT8",
        )
    if bits.dtype.itemsize == dtype.itemsize and name.startswith("float"):
        return bits.view(dtype)
    return _narrowed(bits, dtype)


@lru_cache(maxsize=16)
def _extended(name: str) -> np.dtype[Any] | None:
    """A dtype of ml_dtypes, TensorFlow's extension of numpy; None where it is not installed."""
    try:
        extension = importlib.import_module("ml_dtypes")
    except ImportError:
        return None
    found = getattr(extension, name, None)
    return None if found is None else np.dtype(found)


def _plain(field: str, dtype: str) -> _Element:
    return _Element(field, np.dtype(dtype), _same)


_STRING = 7

_ELEMENTS: dict[int, _Element] = {
    1: _plain("float_val", "<f4"),
    2: _plain("double_val", "<f8"),
    3: _plain("int_val", "<i4"),
    4: _plain("int_val", "u1"),
    5: _plain("int_val", "<i2"),
    6: _plain("int_val", "i1"),
    8: _Element("scomplex_val", np.dtype("<f4"), lambda bits: bits.view("<c8"), 2),
    9: _plain("int64_val", "<i8"),
    10: _Element("bool_val", np.dtype("u1"), lambda bits: bits != 0),
    11: _plain("int_val", "i1"),  # quantized integers, as the integers they are
    12: _plain("int_val", "u1"),
    13: _plain("int_val", "<i4"),
    14: _Element("half_val", np.dtype("<u2"), _bfloat16),
    15: _plain("int_val", "<i2"),
    16: _plain("int_val", "<u2"),
    17: _plain("int_val", "<u2"),
    18: _Element("dcomplex_val", np.dtype("<f8"), lambda bits: bits.view("<c16"), 2),
    19: _Element("half_val", np.dtype("<u2"), lambda bits: bits.view("<f2")),
    22: _plain("uint32_val", "<u4"),
    23: _plain("uint64_val", "<u8"),
    24: _Element("float8_val", np.dtype("u1"), partial(_rare, "float8_e5m2")),
    25: _Element("float8_val", np.dtype("u1"), partial(_rare, "float8_e4m3fn")),
    29: _Element("int_val", np.dtype("i1"), partial(_rare, "int4")),
    30: _Element("int_val", np.dtype("u1"), partial(_rare, "uint4")),
}
"""By the numbers of TensorFlow's DataType. Strings are read on their own."""

_LISTED: dict[str, np.dtype[Any]] = {
    "float_val": np.dtype("f4"),
    "double_val": np.dtype("f8"),
    "int_val": np.dtype("i4"),
    "int64_val": np.dtype("i8"),
    "bool_val": np.dtype("?"),
    "half_val": np.dtype("i4"),
    "uint32_val": np.dtype("u4"),
    "uint64_val": np.dtype("u8"),
    "scomplex_val": np.dtype("f4"),
    "dcomplex_val": np.dtype("f8"),
}
"""What the numbers of each field are."""


# ---- reading -------------------------------------------------------------------------------------


def array_of(tensor: Any, room: Room | None = None) -> Array:
    """The array of a TensorProto, to be written into; one of strings holds bytes. Raises PayloadError.

    Where fewer values are listed than the shape has, the last is repeated, and none at all are zeros, as
    TensorFlow has it.
    """
    shape = _shape_of(tensor)
    content: bytes = tensor.tensor_content
    values = _strings(tensor, content) if tensor.dtype == _STRING else _numbers(tensor, content)
    missing = math.prod(shape) - values.size
    if missing < 0 or (missing and content):
        raise PayloadError(f"the shape {list(shape)} of tftensor does not fit {values.size} values")
    if missing:
        if not values.size:
            _refuse_other_fields(tensor)
        (room or Room()).take(missing * values.itemsize)
        values = _repeated(values, missing)
    try:
        return values.reshape(shape)
    except ValueError as error:  # more dimensions than an older numpy has
        raise PayloadError(f"the shape of tftensor: {error}") from error


def _shape_of(tensor: Any) -> tuple[int, ...]:
    # An unknown rank says nothing about values that are there; TensorFlow passes over it too.
    dimensions = tensor.tensor_shape.dim
    if len(dimensions) > MAX_DIMENSIONS:
        raise PayloadError(f"tftensor has {len(dimensions)} dimensions, the maximum is {MAX_DIMENSIONS}")
    shape = tuple(dim.size for dim in dimensions)
    if any(size < 0 for size in shape):
        raise PayloadError(
            f"the shape {list(shape)} of tftensor has a negative size", hint="send the sizes of the values"
        )
    return shape


def _numbers(tensor: Any, content: bytes) -> Array:
    element = _ELEMENTS.get(tensor.dtype)
    if element is None:
        raise PayloadError(
            f"tftensor has the dtype {_name_of(tensor.dtype)}, which is no type of numbers or strings",
            hint="send DT_FLOAT, DT_DOUBLE, DT_INT32, DT_INT64, DT_BOOL or DT_STRING",
        )
    if content:
        bits = _bits_of(content, element)
    elif element.field == "float8_val":
        bits = _bits_of(tensor.float8_val, element)
    else:
        listed = getattr(tensor, element.field)
        bits = _narrowed(np.fromiter(listed, _LISTED[element.field], len(listed)), element.bits)
    if bits.size % element.per_element:
        raise PayloadError(f"tftensor.{element.field} holds half a complex number")
    return element.made(bits)


def _bits_of(content: bytes, element: _Element) -> Array:
    size = element.bits.itemsize * element.per_element
    if len(content) % size:
        raise PayloadError(
            f"the content of tftensor is {len(content)} bytes, which are no {size}-byte elements"
        )
    return np.frombuffer(content, element.bits).copy()


def _narrowed(numbers: Array, dtype: np.dtype[Any]) -> Array:
    """Numbers in the dtype they are said to have. Raises PayloadError for one it cannot hold."""
    if numbers.dtype.name == dtype.name:
        return numbers.astype(dtype, copy=False)
    narrow = numbers.astype(dtype)
    if (differing := narrow.astype(numbers.dtype) != numbers).any():
        raise PayloadError(f"tftensor holds {numbers[differing][0]}, which is no {dtype.name}")
    return narrow


def _strings(tensor: Any, content: bytes) -> Array:
    if content:
        raise PayloadError("tftensor has strings in its content", hint="send them in stringVal")
    strings = np.empty(len(tensor.string_val), object)
    strings[:] = list(tensor.string_val)
    return strings


def _repeated(values: Array, missing: int) -> Array:
    filled = np.empty(values.size + missing, values.dtype)
    filled[: values.size] = values
    filled[values.size :] = values[-1] if values.size else b"" if values.dtype == object else 0
    return filled


def _refuse_other_fields(tensor: Any) -> None:
    """Raise PayloadError where values are listed in a field that is not that of their dtype."""
    others = [field.json_name for field, _ in tensor.ListFields() if field.name.endswith("_val")]
    if others:
        raise PayloadError(
            f"tftensor has the dtype {_name_of(tensor.dtype)}, whose values do not stand in {others[0]}",
            hint="send the values in the field of their type, or in tensorContent",
        )


def _name_of(dtype: int) -> str:
    # The pool's own list of names: an installed TensorFlow's may be longer than ours.
    names = {number: name for name, number in DataType.items()}
    return names.get(dtype, str(dtype))


# ---- writing -------------------------------------------------------------------------------------

_SENT: dict[str, int] = {
    "<f4": 1,
    "<f8": 2,
    "<i4": 3,
    "|u1": 4,
    "<i2": 5,
    "|i1": 6,
    "<c8": 8,
    "<i8": 9,
    "<u2": 17,
    "<c16": 18,
    "<f2": 19,
    "<u4": 22,
    "<u8": 23,
}
"""The DataType of each dtype of numbers."""

_ALWAYS_LISTED = frozenset({8, 17, 18})
"""Types that TensorFlow lists one by one, however many there are."""


def write_tensor(tensor: Any, array: Array) -> None:
    """An array of numbers into an empty TensorProto, as TensorFlow would. Raises ReplyError."""
    plain = np.asarray(array)  # a mask is not sent
    plain = plain.astype(plain.dtype.newbyteorder("<"), copy=False)
    number = _SENT.get(plain.dtype.str)
    if number is None:
        raise ReplyError(
            f"a tftensor cannot hold {array.dtype}", hint="return float64 or another plain number"
        )
    tensor.dtype = number
    tensor.tensor_shape.SetInParent()
    for size in plain.shape:
        tensor.tensor_shape.dim.add(size=size)
    if plain.size > 1 and number not in _ALWAYS_LISTED:
        tensor.tensor_content = plain.tobytes()
        return
    element = _ELEMENTS[number]
    getattr(tensor, element.field).extend(np.ravel(plain).view(element.bits).tolist())
