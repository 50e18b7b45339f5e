"""A tensor's values cut out of a serialized message, and spliced into one, as the buffer they are."""

from typing import NamedTuple

import numpy as np

from seldon_workbench.message import Array
from seldon_workbench.server.proto_bytes import Cut, cut, key_and_length, splice_data

__all__ = ["FLOAT64", "TensorCut", "cut_tensor", "splice_tensor"]

FLOAT64 = np.dtype("<f8")
"""What a packed ``repeated double`` is on the wire."""

# Keys (field number << 3 | wire type).
_TENSOR = 0x12  # DefaultData.tensor
_VALUES = 0x12  # Tensor.values, packed
_BESIDE_TENSOR = frozenset({0x0A})  # names
_BESIDE_VALUES = frozenset({0x0A})  # shape, packed


class TensorCut(NamedTuple):
    """A DefaultData in pieces."""

    values: Array
    """A read-only view of the values in the message."""
    tensor: bytes
    """The Tensor without its values."""
    data: bytes
    """The DefaultData without its tensor."""


def cut_tensor(raw: bytes, data: Cut) -> TensorCut | None:
    """The pieces of a DefaultData that is one packed tensor; None for any other."""
    tensor = cut(raw, data.start, data.end, _TENSOR, _BESIDE_TENSOR)
    values = tensor and cut(raw, tensor.start, tensor.end, _VALUES, _BESIDE_VALUES)
    if not tensor or not values or (values.end - values.start) % FLOAT64.itemsize:
        return None
    count = (values.end - values.start) // FLOAT64.itemsize
    return TensorCut(np.frombuffer(raw, FLOAT64, count, values.start), values.rest, tensor.rest)


def splice_tensor(values: Array, *, tensor: bytes, data: bytes, message: bytes) -> bytes:
    """The message of which these are the pieces. ``values`` is contiguous."""
    if values.nbytes:
        tensor += key_and_length(_VALUES, values.nbytes)
    return splice_data(message, data, _TENSOR, tensor, values.ravel().view(np.uint8).data)
