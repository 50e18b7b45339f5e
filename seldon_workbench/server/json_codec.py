"""SeldonMessage as JSON.

Rule: the fast path (orjson, numpy buffers) is taken only where it is exact. orjson turns integers
beyond 64 bit into floats, prints float32 short and NaN as null; everything it could change goes the
exact way, through the standard library.
"""

import base64
import binascii
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import orjson

from seldon_workbench.errors import PayloadError
from seldon_workbench.message import (
    MAX_DIMENSIONS,
    NO_META,
    Array,
    Feedback,
    Meta,
    PayloadKind,
    SeldonMessage,
    empty_array,
)
from seldon_workbench.server.json_members import json_of_any, json_of_array, read_any, read_tftensor
from seldon_workbench.server.json_tensor import LARGE, TensorText, read_tensor
from seldon_workbench.server.json_text import dump, from_base64, parse
from seldon_workbench.server.tf_tensor import Room

__all__ = ["JSON", "JsonCodec", "ndarray_of"]

_SPECIAL = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
"""Floats that JSON has no number for, as proto-JSON spells them."""


class JsonCodec:
    """The REST wire. A raw request is the JSON text, as bytes or str, or the dict of a form's parts.

    An encoded reply is bytes.
    """

    def decode(self, raw: Any) -> SeldonMessage:
        """One message. Raises PayloadError."""
        if len(raw) > LARGE and isinstance(raw, bytes):
            message = _large_array(raw)
            if message is not None:
                return message
        return _message(raw if isinstance(raw, dict) else parse(raw))

    def read(self, parsed: Any) -> SeldonMessage:
        """One message in plain Python, as JSON is parsed to. Raises PayloadError."""
        return _message(parsed)

    def decode_list(self, raw: Any) -> list[SeldonMessage]:
        """A list of messages, bare or under ``seldonMessages``. Raises PayloadError."""
        parsed = raw if isinstance(raw, dict) else parse(raw)
        messages = parsed.get("seldonMessages") if isinstance(parsed, dict) else parsed
        if not isinstance(messages, list):
            raise _invalid(parsed, "send a list of messages, or an object with the list under seldonMessages")
        room = Room()
        return [_message(entry, room) for entry in messages]

    def decode_feedback(self, raw: Any) -> Feedback:
        """Never asked: feedback over REST is proto-JSON, which has a codec of its own."""
        raise NotImplementedError

    def encode(self, reply: SeldonMessage) -> bytes:
        """The reply as one line of JSON, keys sorted. Raises ReplyError."""
        meta = b"{}" if reply.meta is NO_META else _encode_meta(reply.meta)
        if reply.kind.is_array:
            # Joined once: an array's text may be megabytes.
            return b"".join((b'{"data":{"names":', *_encode_data(reply), b',"meta":', meta, b"}\n"))
        if reply.kind is PayloadKind.JSON:
            return b'{"jsonData":%b,"meta":%b}\n' % (dump(reply.value), meta)
        if reply.kind is PayloadKind.STR:
            return b'{"meta":%b,"strData":%b}\n' % (meta, dump(reply.value))
        if reply.kind is PayloadKind.BIN:
            return b'{"binData":"%b","meta":%b}\n' % (base64.b64encode(reply.value), meta)
        return b'{"customData":%b,"meta":%b}\n' % (dump(json_of_any(reply.value)), meta)


JSON = JsonCodec()


# ---- reading -------------------------------------------------------------------------------------


def _large_array(raw: bytes) -> SeldonMessage | None:
    """The message of a large text that is one array of numbers, read exactly; None for any other."""
    text = read_tensor(raw)
    if text is not None:
        return _tensor_message(text)
    try:
        parsed = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(parsed, dict) or parsed.keys() != {"data"}:
        return None
    message = _message(parsed)
    if float in map(type, message.names):
        return None
    if message.kind is PayloadKind.TFTENSOR and "ndarray" not in parsed["data"]:
        return message
    # orjson has made floats of integers beyond 64 bit. Asking the numbers for one of that size is
    # cheaper than searching the text.
    return message if _is_within_int64(message.value) else None


def _is_within_int64(array: Array) -> bool:
    if array.dtype.kind not in "iufb" or not array.size:
        return False
    return array.dtype.kind != "f" or bool(np.abs(array).max() < 2.0**63)


def _message(parsed: Any, room: Room | None = None) -> SeldonMessage:
    if not isinstance(parsed, dict):
        raise _invalid(parsed, "send a JSON object with data, strData, binData or jsonData")
    meta = _meta(parsed.get("meta"))
    if "data" in parsed:
        return _data(parsed["data"], meta, room)
    if "jsonData" in parsed:
        return SeldonMessage(PayloadKind.JSON, parsed["jsonData"], [], meta)
    if "strData" in parsed:
        return SeldonMessage(PayloadKind.STR, parsed["strData"], [], meta)
    if "binData" in parsed:
        return SeldonMessage(PayloadKind.BIN, _binary(parsed["binData"]), [], meta)
    if "customData" in parsed:
        return SeldonMessage(PayloadKind.CUSTOM, read_any(parsed["customData"]), [], meta)
    raise _invalid(parsed, "send one of data, strData, binData or jsonData")


def _invalid(parsed: Any, hint: str) -> PayloadError:
    return PayloadError(f"Invalid request data type: {_shown(parsed)}", hint=hint)


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 200 else f"{text[:200]}... ({len(text)} characters)"


def _meta(given: Any) -> Meta:
    if not given and (given is None or isinstance(given, dict)):
        return NO_META
    if not isinstance(given, dict):
        raise PayloadError(f"meta is {_shown(given)}, which is no object")
    return Meta(
        puid=given.get("puid"),
        tags=_member(given, "tags", dict),
        request_path=_member(given, "requestPath", dict),
        metrics=_member(given, "metrics", list) or (),
        raw=given,
    )


def _member(meta: dict[str, Any], name: str, kind: type) -> Any:
    """A member of meta, where null counts as absent."""
    value = meta.get(name)
    if value is not None and not isinstance(value, kind):
        raise PayloadError(f"meta.{name} is {_shown(value)}, which is no {_JSON_TYPES[kind]}")
    return value


_JSON_TYPES: dict[type, str] = {dict: "object", list: "list"}


def _data(data: Any, meta: Meta, room: Room | None) -> SeldonMessage:
    if not isinstance(data, dict):
        raise PayloadError(
            f"data is {_shown(data)}, which is no object", hint="send tensor or ndarray within data"
        )
    names = _checked_names(data.get("names"))
    if "tensor" in data:
        return SeldonMessage(PayloadKind.TENSOR, _tensor(data["tensor"]), names, meta)
    if "ndarray" in data:
        # Of the two, Seldon reads this one and answers as the other.
        kind = PayloadKind.TFTENSOR if "tftensor" in data else PayloadKind.NDARRAY
        return SeldonMessage(kind, ndarray_of(data["ndarray"]), names, meta)
    if "tftensor" in data:
        return SeldonMessage(PayloadKind.TFTENSOR, read_tftensor(data["tftensor"], room), names, meta)
    unknown = sorted(data.keys() - {"names"})
    if unknown:
        raise PayloadError(
            f"data has no payload but {_shown(unknown)}", hint="send tensor or ndarray within data"
        )
    return SeldonMessage(PayloadKind.NDARRAY, empty_array(), names, meta)


def _checked_names(names: Any) -> list[Any]:
    if names is None:
        return []
    if not isinstance(names, list):
        raise PayloadError(f"names is {_shown(names)}, which is no list")
    return names


def _tensor_message(text: TensorText) -> SeldonMessage:
    shape = _shape(text.shape, text.values.size)
    values = text.values if shape is None else _reshaped(text.values, shape)
    return SeldonMessage(PayloadKind.TENSOR, values, _checked_names(text.names), NO_META)


def _tensor(tensor: Any) -> Array:
    if not isinstance(tensor, dict) or not {"shape", "values"} <= tensor.keys():
        raise PayloadError(f"tensor is {_shown(tensor)}, not an object with shape and values")
    values = tensor["values"]
    if not isinstance(values, list):
        raise PayloadError(f"tensor.values is {_shown(values)}, which is no list of numbers")
    array = _numbers(values)
    shape = _shape(tensor["shape"], array.size)
    return array if shape is None else _reshaped(array, shape)


def _reshaped(array: Array, shape: Sequence[int]) -> Array:
    try:
        return array.reshape(shape)
    except ValueError as error:  # nothing, but along a dimension longer than any array's
        raise PayloadError(f"tensor.shape {_shown(shape)}: {error}") from error


def _shape(given: Any, size: int) -> Sequence[int] | None:
    if given is None:
        return None
    shape = given if isinstance(given, list) else [given]
    if not all(type(length) is int and length >= 0 for length in shape):
        raise PayloadError(f"tensor.shape is {_shown(given)}, which is no list of sizes")
    if len(shape) > MAX_DIMENSIONS or math.prod(shape) != size:
        raise PayloadError(f"tensor.shape {_shown(given)} does not fit {size} values")
    return shape


def _numbers(values: list[Any]) -> Array:
    """A list of numbers as an array. Raises PayloadError if anything in it is none."""
    # bool is an int to Python, but true is no number to JSON.
    if not {bool, str, list, dict, type(None)}.isdisjoint(map(type, values)):
        values = [_number(value) for value in values]
    return np.array(values) if values else empty_array()


def _number(value: Any) -> float:
    if isinstance(value, str) and value in _SPECIAL:
        return _SPECIAL[value]
    if type(value) in (int, float):
        return value  # type: ignore[no-any-return]
    raise PayloadError(f"tensor.values holds {_shown(value)}, which is no number")


def ndarray_of(values: Any) -> Array:
    """Nested lists as an array; of numbers too if NaN and infinities are spelled out. Raises PayloadError."""
    try:
        array = np.array(values)
    except (ValueError, OverflowError) as error:
        raise PayloadError(
            f"ndarray is ragged: {error}", hint="send rows of equal length, or jsonData"
        ) from error
    if array.dtype.kind == "U" and array.ndim:
        return _numeric_if_special(values, array)
    return array


def _numeric_if_special(values: list[Any], array: Array) -> Array:
    """The array of floats a list stands for whose only strings are NaN and the infinities."""
    if not np.isin(array, tuple(_SPECIAL)).any():
        return array
    numbers = np.array(_replaced(values))
    return numbers if numbers.dtype.kind == "f" else array


def _replaced(values: Any) -> Any:
    if isinstance(values, list):
        return [_replaced(value) for value in values]
    return _SPECIAL.get(values, values) if isinstance(values, str) else values


def _binary(given: Any) -> bytes:
    if not isinstance(given, str):
        raise PayloadError(f"binData is {_shown(given)}, which is no base64 text")
    try:
        return from_base64(given)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise PayloadError(f"binData is not base64: {error}", hint="send padded base64") from error


# ---- writing -------------------------------------------------------------------------------------


def _encode_meta(meta: Meta) -> bytes:
    fields = {
        "metrics": list(meta.metrics),
        "puid": meta.puid,
        "requestPath": meta.request_path,
        "tags": meta.tags,
    }
    present = {name: value for name, value in fields.items() if value}
    return dump(present) if present else b"{}"


def _encode_data(reply: SeldonMessage) -> tuple[bytes, ...]:
    """What follows the key ``names``, in pieces."""
    names = _encode_names(reply.names)
    array: Array = reply.value
    if reply.kind is PayloadKind.TENSOR:
        shape, values = orjson.dumps(array.shape), _encode_array(array.ravel())
        return names, b',"tensor":{"shape":', shape, b',"values":', values, b"}}"
    if reply.kind is PayloadKind.TFTENSOR:
        return names, b',"tftensor":', dump(json_of_array(array)), b"}"
    values = _encode_array(array) if reply.listed is None else _encode_list(reply.listed, array)
    return names, b',"ndarray":', values, b"}"


def _encode_names(names: Any) -> bytes:
    try:
        text = orjson.dumps(names)
    except orjson.JSONEncodeError:
        return dump(names)
    return text if text.isascii() else dump(names)


_EXACT_DTYPES = frozenset({np.dtype(np.float64), np.dtype(np.int64), np.dtype(np.bool_)})


def _encode_array(array: Array) -> bytes:
    if array.dtype in (np.float32, np.float16) and type(array) is np.ndarray:
        array = array.astype(np.float64)  # exact, and prints all the digits Seldon prints
    if type(array) is np.ndarray and _has_exact_dtype(array):
        text = orjson.dumps(np.ascontiguousarray(array), option=orjson.OPT_SERIALIZE_NUMPY)
        if not _holds_null(text):
            return text
    return dump(array.tolist())


def _encode_list(listed: list[Any], array: Array) -> bytes:
    if _has_exact_dtype(array):
        try:
            text = orjson.dumps(listed)
        except orjson.JSONEncodeError:
            return dump(listed)  # numpy scalars among the numbers
        if not _holds_null(text):
            return text
    return dump(listed)


def _has_exact_dtype(array: Array) -> bool:
    """Whether orjson prints an array's numbers as the standard library would, the finite ones at least."""
    return array.dtype in _EXACT_DTYPES and array.size > 0 and array.ndim > 0


def _holds_null(text: bytes) -> bool:
    # orjson prints NaN and infinities as null, and no number has an n in it.
    return b"n" in text
