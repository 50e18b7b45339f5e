"""The members of a JSON message that are protobuf messages: ``data.tftensor`` and ``customData``."""

import binascii
import math
from typing import Any

from google.protobuf import json_format
from google.protobuf.message import DecodeError

from seldon_workbench.errors import PayloadError, ReplyError
from seldon_workbench.message import Array
from seldon_workbench.server import wire
from seldon_workbench.server.json_text import from_base64, spelled
from seldon_workbench.server.tf_tensor import Room, array_of, write_tensor

__all__ = ["json_of_any", "json_of_array", "read_any", "read_tftensor"]


def read_tftensor(given: Any, room: Room | None = None) -> Array:
    """The array that the JSON form of a TensorProto stands for. Raises PayloadError."""
    if not isinstance(given, dict):
        raise PayloadError(f"data.tftensor is {given!r:.200}, which is no object")
    rest = {name: _spelled_out(value) for name, value in given.items() if name not in _CONTENT}
    try:
        tensor = json_format.ParseDict(rest, wire.TensorProto())
    except _UNREADABLE as error:
        raise PayloadError(
            f"data.tftensor: {error!s:.400}", hint="send the JSON form of tensorflow.TensorProto"
        ) from error
    for name in given.keys() & _CONTENT:
        tensor.tensor_content = _content(given[name])
    return array_of(tensor, room)


_CONTENT = frozenset({"tensorContent", "tensor_content"})

_UNREADABLE = (json_format.ParseError, OverflowError, TypeError, ValueError, AttributeError)
"""What json_format raises for what it cannot read; the last ones for values of no type it expects."""


def _spelled_out(value: Any) -> Any:
    """A list of numbers with NaN and infinities as json_format reads them."""
    if not isinstance(value, list) or float not in map(type, value):
        return value
    return [
        spelled(entry) if isinstance(entry, float) and not math.isfinite(entry) else entry for entry in value
    ]


def _content(given: Any) -> bytes:
    """Bytes of base64, padded or not, as proto-JSON has it; json_format would pass over errors."""
    if given is None:
        return b""
    if not isinstance(given, str):
        raise PayloadError(f"data.tftensor.tensorContent is {given!r:.200}, which is no base64 text")
    try:
        return from_base64(given.rstrip("=\r\n"), is_padded=False)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise PayloadError(f"data.tftensor.tensorContent is not base64: {error}") from error


def json_of_array(array: Array) -> dict[str, Any]:
    """The JSON form of an array of numbers as a TensorProto. Raises ReplyError."""
    tensor = wire.TensorProto()
    write_tensor(tensor, array)
    return json_format.MessageToDict(tensor)


def read_any(given: Any) -> Any:
    """The google.protobuf.Any of its JSON form, ``{"@type": ..., ...}``. Raises PayloadError."""
    if not isinstance(given, dict):
        raise PayloadError(f"customData is {given!r:.200}, which is no object")
    try:
        return json_format.ParseDict(given, wire.Any())
    except _UNREADABLE as error:
        raise PayloadError(f"customData: {error!s:.400}", hint=_IMPORT_IT) from error


_IMPORT_IT = "have the component import the generated module (_pb2) of that message, or use gRPC"


def json_of_any(value: Any) -> dict[str, Any]:
    """The JSON form of a google.protobuf.Any. Raises ReplyError."""
    try:
        return json_format.MessageToDict(value)
    except (TypeError, ValueError, DecodeError, json_format.Error) as error:
        raise ReplyError(f"customData cannot be sent as JSON: {error}", hint=_IMPORT_IT) from error
