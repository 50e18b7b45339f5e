"""Arrays from and to ``data``, the member of a message that holds arrays, on both wires."""

import json
from collections.abc import Iterable
from typing import Any

import numpy as np

from seldon_workbench.message import Array, PayloadKind, SeldonMessage
from seldon_workbench.server import wire
from seldon_workbench.server.json_codec import JSON
from seldon_workbench.server.proto_codec import PROTO, write_data

__all__ = ["array_of_datadef", "datadef_of", "json_datadef_of", "write_list"]


def array_of_datadef(data: Any) -> Array:
    """The array of a protobuf DefaultData, a float64 array of shape (0,) if it holds none.

    Raises PayloadError.
    """
    array: Array = PROTO.decode(wire.SeldonMessage(data=data).SerializeToString()).value
    return array


def datadef_of(kind: str, array: Any, names: Iterable[str] | None = ()) -> Any:
    """A protobuf DefaultData. Every ``kind`` but ``tensor`` and ``tftensor`` is an ndarray.

    Raises TypeError for what protobuf cannot hold.
    """
    data = wire.DefaultData()
    try:
        write_data(data, SeldonMessage(_kind(kind), np.asarray(array), names))
    except ValueError as error:  # numpy's word for a text in a tensor
        raise TypeError(f"a {kind} cannot hold this array: {error}") from error
    return data


def json_datadef_of(kind: str, array: Any, names: Any = ()) -> dict[str, Any]:
    """``data`` of a JSON message in plain Python. Raises ReplyError for what a tftensor cannot hold."""
    array = np.asarray(array)
    chosen = _kind(kind)
    if chosen is PayloadKind.TFTENSOR:
        reply = SeldonMessage(chosen, array, names)
        return dict(json.loads(JSON.encode(reply))["data"])
    if chosen is PayloadKind.TENSOR:
        return {"names": names, "tensor": {"shape": list(array.shape), "values": array.ravel().tolist()}}
    return {"names": names, "ndarray": array.tolist()}


def write_list(array: Any, values: Any = None) -> Any:
    """A protobuf ListValue, or the one given, with an array's rows at its end. Raises TypeError."""
    values = wire.ListValue() if values is None else values
    values.MergeFrom(datadef_of(PayloadKind.NDARRAY, array).ndarray)
    return values


def _kind(kind: str) -> PayloadKind:
    return PayloadKind(kind) if kind in (PayloadKind.TENSOR, PayloadKind.TFTENSOR) else PayloadKind.NDARRAY
