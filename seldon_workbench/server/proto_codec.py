"""SeldonMessage as protobuf.

Rule: bulk never becomes Python floats. The numbers of a tensor, and of an ndarray of nothing but numbers,
are cut out of the request with ``numpy.frombuffer`` and spliced into the reply around the small rest,
which protobuf itself reads and writes.
"""

import math
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from google.protobuf.message import DecodeError

from seldon_workbench.errors import PayloadError, ReplyError
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
from seldon_workbench.server import wire
from seldon_workbench.server.proto_bytes import cut_data
from seldon_workbench.server.proto_ndarray import cut_ndarray, splice_ndarray
from seldon_workbench.server.proto_tensor import FLOAT64, cut_tensor, splice_tensor
from seldon_workbench.server.proto_values import plain, plain_list, write_value
from seldon_workbench.server.tf_tensor import Room, array_of, write_tensor

__all__ = ["PROTO", "UNSENDABLE", "ProtoCodec", "parse_message"]

UNSENDABLE = (TypeError, ValueError, OverflowError, RecursionError)
"""What a value raises that protobuf cannot hold: a type, a text, a number or a nesting beyond it."""


class ProtoCodec:
    """The gRPC wire. A raw request and an encoded reply are serialized messages."""

    def decode(self, raw: Any) -> SeldonMessage:
        """One message. Raises PayloadError."""
        message = _array_message(raw) if len(raw) > _LARGE else None
        return _message(parse_message(wire.SeldonMessage, raw)) if message is None else message

    def decode_list(self, raw: Any) -> list[SeldonMessage]:
        """A SeldonMessageList. Raises PayloadError."""
        room = Room()
        messages = parse_message(wire.SeldonMessageList, raw).seldonMessages
        return [_message(message, room) for message in messages]

    def decode_feedback(self, raw: Any) -> Feedback:
        """A Feedback. Raises PayloadError."""
        return feedback_of(parse_message(wire.Feedback, raw))

    def encode(self, reply: SeldonMessage) -> bytes:
        """The serialized reply. Raises ReplyError."""
        try:
            if reply.kind is PayloadKind.TENSOR:
                return _encode_tensor(reply)
            if reply.kind is PayloadKind.NDARRAY and _is_numeric(reply.value):
                return _encode_ndarray(reply)
            return bytes(message_of(reply).SerializeToString())
        except UNSENDABLE as error:
            raise ReplyError(str(error), hint="return arrays, lists, dicts, strings, numbers") from error


PROTO = ProtoCodec()

_LARGE = 1024
"""Bytes from which on it pays to look for bulk."""


# ---- reading -------------------------------------------------------------------------------------


def parse_message(message_type: Any, raw: bytes) -> Any:
    """A serialized message of a type. Raises PayloadError."""
    try:
        return message_type.FromString(raw)
    except DecodeError as error:
        raise PayloadError(f"the request is no {message_type.DESCRIPTOR.name}: {error}") from error


def _message(message: Any, room: Room | None = None) -> SeldonMessage:
    kind = message.WhichOneof("data_oneof")
    meta = meta_of(message.meta) if message.HasField("meta") else NO_META
    if kind == "data":
        data = message.data
        return _data(data, list(data.names), meta, room)
    if kind == "strData":
        return SeldonMessage(PayloadKind.STR, message.strData, [], meta)
    if kind == "binData":
        return SeldonMessage(PayloadKind.BIN, message.binData, [], meta)
    if kind == "jsonData":
        return SeldonMessage(PayloadKind.JSON, plain(message.jsonData), [], meta)
    if kind == "customData":
        return SeldonMessage(PayloadKind.CUSTOM, message.customData, [], meta)
    raise PayloadError(
        "Invalid request data type: no payload", hint="set one of data, strData, binData or jsonData"
    )


def _array_message(raw: bytes) -> SeldonMessage | None:
    """The message of a request whose bulk can be read as one buffer; None for any other."""
    data = cut_data(raw)
    if data is None:
        return None
    if (tensor := cut_tensor(raw, data)) is not None:
        shape = parse_message(wire.Tensor, tensor.tensor).shape
        # A copy, so that the component may write into it.
        values = _shaped(tensor.values, shape).astype(np.float64)
        return SeldonMessage(PayloadKind.TENSOR, values, _names_in(tensor.data), _meta_in(data.rest))
    if (ndarray := cut_ndarray(raw, data)) is not None:
        return SeldonMessage(
            PayloadKind.NDARRAY, ndarray.values, _names_in(ndarray.data), _meta_in(data.rest)
        )
    return None


def _names_in(data: bytes) -> list[str]:
    return list(parse_message(wire.DefaultData, data).names) if data else []


def _meta_in(message: bytes) -> Meta:
    rest = parse_message(wire.SeldonMessage, message) if message else None
    return meta_of(rest.meta) if rest is not None and rest.HasField("meta") else NO_META


def _data(data: Any, names: list[str], meta: Meta, room: Room | None) -> SeldonMessage:
    kind = data.WhichOneof("data_oneof")
    if kind == "tensor":
        values = np.array(data.tensor.values, dtype=np.float64)
        return SeldonMessage(PayloadKind.TENSOR, _shaped(values, data.tensor.shape), names, meta)
    if kind == "ndarray":
        return SeldonMessage(PayloadKind.NDARRAY, _ndarray(data.ndarray), names, meta)
    if kind == "tftensor":
        return SeldonMessage(PayloadKind.TFTENSOR, array_of(data.tftensor, room), names, meta)
    return SeldonMessage(PayloadKind.NDARRAY, empty_array(), names, meta)


def _shaped(values: Array, shape: Sequence[int]) -> Array:
    if len(shape) > MAX_DIMENSIONS:
        raise PayloadError(f"tensor.shape has {len(shape)} dimensions, the maximum is {MAX_DIMENSIONS}")
    if any(length < 0 for length in shape) or math.prod(shape) != values.size:
        raise PayloadError(f"tensor.shape {list(shape)} does not fit {values.size} values")
    try:
        return values.reshape(shape)
    except ValueError as error:  # more dimensions than an older numpy has
        raise PayloadError(f"tensor.shape {list(shape)}: {error}") from error


def _ndarray(values: Any) -> Array:
    try:
        return np.array(plain_list(values))
    except ValueError as error:
        raise PayloadError(
            f"ndarray is ragged: {error}", hint="send rows of equal length, or jsonData"
        ) from error


def meta_of(meta: Any) -> Meta:
    """A protobuf Meta; ``raw`` is the dict a component is shown, without what is not set."""
    tags = {key: plain(value) for key, value in meta.tags.items()}
    metrics = [_metric_of(metric) for metric in meta.metrics]
    shown = {
        "puid": meta.puid,
        "tags": tags,
        "routing": dict(meta.routing),
        "requestPath": dict(meta.requestPath),
        "metrics": metrics,
    }
    return Meta(
        puid=meta.puid,
        tags=tags,
        request_path=shown["requestPath"],
        metrics=metrics,
        raw={key: value for key, value in shown.items() if value},
    )


def _metric_of(metric: Any) -> dict[str, Any]:
    shown: dict[str, Any] = {"key": metric.key}
    # A type this wire does not know stays the number it is. COUNTER is the default, so it is left out.
    shown["type"] = metric.type and _METRIC_TYPES.get(metric.type, metric.type)
    shown |= {"value": _shortest(metric.value), "tags": dict(metric.tags)}
    return {key: value for key, value in shown.items() if value}


def _shortest(value: float) -> float:
    """A 32-bit float as people wrote it: 0.1, not 0.10000000149011612."""
    return float(str(np.float32(value)))


_METRIC_TYPES: dict[int, str] = {number: name for name, number in wire.Metric.MetricType.items()}


def feedback_of(feedback: Any) -> Feedback:
    """A protobuf Feedback. Features and truth are arrays, empty where the message holds none."""
    request, truth = feedback.request, feedback.truth
    kind = request.WhichOneof("data_oneof")
    message = _message(request) if kind == "data" else _no_array(request)
    return Feedback(
        request=message,
        truth=_message(truth).value if truth.WhichOneof("data_oneof") == "data" else empty_array(),
        reward=feedback.reward,
        routing=dict(feedback.response.meta.routing),
    )


def _no_array(message: Any) -> SeldonMessage:
    return SeldonMessage(PayloadKind.TENSOR, empty_array(), [], meta_of(message.meta))


# ---- writing -------------------------------------------------------------------------------------


def message_of(reply: SeldonMessage) -> Any:
    """A reply as a protobuf SeldonMessage. Raises TypeError for what protobuf cannot hold."""
    message = wire.SeldonMessage()
    message.meta.SetInParent()
    if reply.meta is not NO_META:
        write_meta(message.meta, reply.meta)
    if reply.kind.is_array:
        write_data(message.data, reply)
    elif reply.kind is PayloadKind.STR:
        message.strData = reply.value
    elif reply.kind is PayloadKind.BIN:
        message.binData = reply.value
    elif reply.kind is PayloadKind.JSON:
        write_value(message.jsonData, reply.value)
    elif reply.kind is PayloadKind.CUSTOM:
        message.customData.CopyFrom(reply.value)
    else:
        raise TypeError(f"{reply.kind} cannot be sent as protobuf")
    return message


def write_data(data: Any, reply: SeldonMessage) -> None:
    """Names and array of a reply into a protobuf DefaultData."""
    data.names.extend(_names(reply.names))
    array: Array = reply.value
    if reply.kind is PayloadKind.TENSOR:
        data.tensor.shape.extend(array.shape)
        data.tensor.values.extend(_float64(array).ravel().tolist())
    elif reply.kind is PayloadKind.TFTENSOR:
        write_tensor(data.tftensor, array)
    else:
        data.ndarray.SetInParent()
        rows = np.asarray(array).tolist()  # plain: a mask is not sent
        for row in rows if array.ndim else [rows]:
            write_value(data.ndarray.values.add(), row)


def _names(names: Any) -> Iterable[str]:
    return () if names is None else map(str, names)


def write_meta(message: Any, meta: Meta) -> None:
    """The meta of a reply into a protobuf Meta."""
    if meta.puid:
        message.puid = str(meta.puid)
    for key, value in (meta.tags or {}).items():
        write_value(message.tags[str(key)], value)
    for key, image in (meta.request_path or {}).items():
        message.requestPath[str(key)] = str(image)
    for given in meta.metrics:
        metric = message.metrics.add()
        kind = given.get("type", "COUNTER")
        metric.key = given.get("key", "")
        metric.type = wire.Metric.MetricType.Value(kind) if isinstance(kind, str) else kind
        metric.value = float(given.get("value", 0.0))
        metric.tags.update(given.get("tags", {}))


def _is_numeric(array: Array) -> bool:
    return array.dtype.kind in "iuf" and array.size > 0 and array.ndim > 0


def _encode_ndarray(reply: SeldonMessage) -> bytes:
    return splice_ndarray(
        _float64(reply.value),
        data=_encode_names(tuple(_names(reply.names))),
        message=_encode_meta(reply.meta),
    )


def _encode_tensor(reply: SeldonMessage) -> bytes:
    array: Array = reply.value
    return splice_tensor(
        np.ascontiguousarray(_float64(array)),
        tensor=wire.Tensor(shape=array.shape).SerializeToString(),
        data=_encode_names(tuple(_names(reply.names))),
        message=_encode_meta(reply.meta),
    )


def _float64(array: Array) -> Array:
    if array.dtype.kind in "cmM":
        raise TypeError(f"a tensor cannot hold {array.dtype}")
    return np.asarray(array).astype(FLOAT64, copy=False)


_EMPTY_META = b"\x12\x00"


def _encode_meta(meta: Meta) -> bytes:
    if meta is NO_META or not (meta.puid or meta.tags or meta.request_path or meta.metrics):
        return _EMPTY_META
    message = wire.SeldonMessage()
    write_meta(message.meta, meta)
    return bytes(message.SerializeToString())


@lru_cache(maxsize=128)
def _encode_names(names: tuple[str, ...]) -> bytes:
    """The names of a DefaultData, serialized; the same few lists come again and again."""
    return bytes(wire.DefaultData(names=names).SerializeToString())
