"""Messages from JSON and back, without the losses of the usual proto-JSON (NaN inside a Value)."""

import base64
import math
from collections.abc import MutableSequence
from typing import Any, TypeVar

from google.protobuf import json_format
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.struct_pb2 import ListValue, Struct, Value

DEEPEST = 1000
"""Levels of messages that are built; what a server does with them is its own affair."""

M = TypeVar("M", bound=Message)

VALUE_FIELDS = frozenset({"ndarray", "jsonData", "tags"})
"""Fields that hold Values, in which proto-JSON knows no NaN."""


def message_from(value: Any, message: M) -> M:
    """Fill a message from its proto-JSON form; NaN and infinities may stand in any Value."""
    json_format.ParseDict(masked(value), message, max_recursion_depth=DEEPEST)
    unmask(message)
    return message


def masked(value: Any, in_value: bool = False) -> Any:
    """The same with texts for non-finite numbers: in a Value a stand-in, elsewhere what proto-JSON reads."""
    if isinstance(value, float) and not math.isfinite(value):
        name = "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
        return f"\0{name}" if in_value else name
    if isinstance(value, dict):
        return {key: masked(each, in_value or key in VALUE_FIELDS) for key, each in value.items()}
    return [masked(each, in_value) for each in value] if isinstance(value, list) else value


def unmask(message: Message) -> None:
    """Put the non-finite numbers back."""
    if isinstance(message, Value) and message.string_value.startswith("\0"):
        message.number_value = float(message.string_value[1:])
        return
    for field, value in message.ListFields():
        for each in children(field, value):
            unmask(each)


def children(field: FieldDescriptor, value: Any) -> list[Message]:
    """The messages directly below one field."""
    if field.message_type is None:
        return []
    if is_map(field):
        return [each for each in value.values() if isinstance(each, Message)]
    return list(value) if is_repeated(value) else [value]


def is_map(field: FieldDescriptor) -> bool:
    """Whether the field is a map."""
    return field.message_type is not None and field.message_type.GetOptions().map_entry


def is_repeated(value: Any) -> bool:
    """Whether a field holds several values."""
    return isinstance(value, MutableSequence) and not isinstance(value, Message)


def plain(message: Message) -> Any:
    """A message as plain Python values: what is set, numbers as numbers, bytes as base64."""
    if isinstance(message, Value):
        return plain_value(message)
    if isinstance(message, ListValue):
        return [plain_value(each) for each in message.values]
    if isinstance(message, Struct):
        return {key: plain_value(each) for key, each in message.fields.items()}
    return {field.name: plain_field(field, value) for field, value in message.ListFields()}


def plain_value(value: Value) -> Any:
    """A Value as what it stands for."""
    kind = value.WhichOneof("kind")
    if kind is None:
        return {"unset": True}
    if kind == "null_value":
        return None
    content = getattr(value, kind)
    return plain(content) if isinstance(content, Message) else content


def plain_field(field: FieldDescriptor, value: Any) -> Any:
    """One field of a message."""
    if is_map(field):
        return {str(key): plain_single(field, each) for key, each in value.items()}
    return [plain_single(field, each) for each in value] if is_repeated(value) else plain_single(field, value)


def plain_single(field: FieldDescriptor, value: Any) -> Any:
    """One value of a field; enums by their number's name."""
    if isinstance(value, Message):
        return plain(value)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if field.enum_type is not None:
        named = field.enum_type.values_by_number.get(value)
        return named.name if named else value
    return value
