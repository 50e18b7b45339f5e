"""What is wrong with a request, judged by the protocol alone and not by any server."""

import binascii
import json
import math
from base64 import b64decode
from collections.abc import Iterator
from typing import Any

from .exchange import GRPC, REST, Request

DEEPEST = 512
"""Levels of JSON that are still accepted."""

NOT_FINITE = frozenset({"NaN", "Infinity", "-Infinity"})
PAYLOADS = ("data", "jsonData", "strData", "binData")
MESSAGE_VERBS = ("predict", "predictions", "transform-input", "transform-output", "route")
FEEDBACK_VERBS = ("send-feedback", "feedback", "SendFeedback")


def faults(request: Request) -> list[str]:
    """Everything wrong with a request's body; nothing for verbs without one, and forms are not judged."""
    verb = request.verb
    takes_body = request.wire == GRPC or verb in (*MESSAGE_VERBS, *FEEDBACK_VERBS, "aggregate")
    if not takes_body or request.call.startswith("OPTIONS") or request.carrier == "multipart":
        return []
    try:
        value = json.loads(request.body)
    except (ValueError, RecursionError):
        return ["not JSON"]
    if depth(request.body) > DEEPEST:
        return ["too deep"]
    if verb in FEEDBACK_VERBS:
        return list(feedback_faults(value))
    if verb in ("aggregate", "Aggregate"):
        return list(aggregate_faults(value, request.wire))
    return (
        list(message_faults(value, request.wire))
        if verb not in ("Metadata", "ModelMetadata", "GraphMetadata")
        else []
    )


def depth(text: str) -> int:
    """How deep brackets nest, those inside texts included."""
    deepest = level = 0
    for character in text:
        level += (character in "[{") - (character in "]}")
        deepest = max(deepest, level)
    return deepest


def message_faults(message: Any, wire: str) -> Iterator[str]:
    """What is wrong with a message."""
    if not isinstance(message, dict):
        yield "message is no object"
        return
    kind = next((name for name in PAYLOADS if name in message), None)
    if kind is None and "customData" not in message:
        yield "no payload"
    if kind == "data":
        yield from data_faults(message["data"], wire)
    if kind == "strData" and not isinstance(message["strData"], str):
        yield "strData is no text"
    if kind == "binData":
        yield from binary_faults(message["binData"])
    yield from meta_faults(message.get("meta"))


def data_faults(data: Any, wire: str) -> Iterator[str]:
    """What is wrong with `data`."""
    if not isinstance(data, dict):
        yield "data is no object"
        return
    names = data.get("names")
    if names is not None and not (isinstance(names, list) and all(isinstance(each, str) for each in names)):
        yield "names is no list of texts"
    if "tensor" in data:
        yield from tensor_faults(data["tensor"], wire)
    elif "ndarray" in data:
        yield from ndarray_faults(data["ndarray"])


def tensor_faults(tensor: Any, wire: str) -> Iterator[str]:
    """What is wrong with a tensor; protobuf leaves out what is empty."""
    if not isinstance(tensor, dict):
        yield "tensor is no object"
        return
    if wire == REST and not tensor.keys() >= {"shape", "values"}:
        yield "tensor lacks shape or values"
        return
    shape, values = tensor.get("shape", []), tensor.get("values", [])
    if not isinstance(values, list) or not all(map(is_tensor_value, values)):
        yield "tensor values are no list of numbers"
        return
    if not isinstance(shape, list) or not all(map(is_size, shape)):
        yield "tensor shape is no list of sizes"
    elif math.prod(shape) != len(values):
        yield "tensor values do not fill its shape"


def is_tensor_value(value: Any) -> bool:
    """A number, or one of the texts that stand for one."""
    if isinstance(value, str):
        return value in NOT_FINITE
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def is_size(value: Any) -> bool:
    """A dimension."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def ndarray_faults(array: Any) -> Iterator[str]:
    """A missing, scalar or ragged array."""
    if not isinstance(array, list):
        yield "ndarray is no list"
    elif shape_of(array) is None:
        yield "ndarray is ragged"


def shape_of(array: Any) -> tuple[int, ...] | None:
    """The shape of nested lists, None if they are ragged."""
    if not isinstance(array, list):
        return ()
    shapes = {shape_of(each) for each in array}
    if len(shapes) > 1 or None in shapes:
        return None
    inner = shapes.pop() if shapes else ()
    return None if inner is None else (len(array), *inner)


def binary_faults(value: Any) -> Iterator[str]:
    """What is no base64 in either alphabet."""
    if not isinstance(value, str):
        yield "binData is no text"
        return
    try:
        b64decode(value.replace("-", "+").replace("_", "/"), validate=True)
    except (binascii.Error, ValueError):
        yield "binData is no base64"


META_TYPES: dict[str, type | tuple[type, ...]] = {
    "tags": dict,
    "routing": dict,
    "requestPath": dict,
    "metrics": list,
}


def meta_faults(meta: Any) -> Iterator[str]:
    """A meta, or a part of one, of the wrong type."""
    if meta is None:
        return
    if not isinstance(meta, dict):
        yield "meta is no object"
        return
    for name, kind in META_TYPES.items():
        if meta.get(name) is not None and not isinstance(meta[name], kind):
            yield f"meta.{name} has the wrong type"
    yield from map_faults(meta)


def map_faults(meta: dict[str, Any]) -> Iterator[str]:
    """Parts of a meta with values of the wrong type."""
    kinds: dict[str, type] = {"routing": int, "requestPath": str}
    for name, kind in kinds.items():
        part = meta.get(name)
        if isinstance(part, dict) and not all(isinstance(each, kind) for each in part.values()):
            yield f"a value in meta.{name} has the wrong type"
    metrics = meta.get("metrics")
    if isinstance(metrics, list) and not all(isinstance(each, dict) for each in metrics):
        yield "a metric is no object"


def feedback_faults(feedback: Any) -> Iterator[str]:
    """What is wrong with a feedback."""
    if not isinstance(feedback, dict) or not feedback.keys() <= {"request", "response", "reward", "truth"}:
        yield "not a feedback"
        return
    for name in ("request", "response", "truth"):
        if feedback.get(name) is not None:
            yield from (fault for fault in message_faults(feedback[name], GRPC) if fault != "no payload")


def aggregate_faults(value: Any, wire: str) -> Iterator[str]:
    """What is wrong with a list of messages."""
    messages = value.get("seldonMessages", []) if isinstance(value, dict) else value
    if not isinstance(messages, list) or not messages:
        yield "no messages"
        return
    for message in messages:
        yield from message_faults(message, wire)
