"""Feedback over REST: proto-JSON, on both ways.

Seldon turns feedback into protobuf before anything else, so over REST too its numbers are floats, an
unknown field is refused, and the reply leaves out what is a default.
"""

import json
import math
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from google.protobuf import json_format
from google.protobuf.message import Message

from seldon_workbench.errors import PayloadError, ReplyError
from seldon_workbench.message import Feedback, SeldonMessage
from seldon_workbench.server import wire
from seldon_workbench.server.json_codec import ndarray_of
from seldon_workbench.server.json_text import dump, parse, spelled
from seldon_workbench.server.proto_codec import UNSENDABLE, feedback_of, message_of

M = TypeVar("M", bound=Message)

__all__ = ["PROTO_JSON", "ProtoJsonCodec", "from_json", "message_of_json", "to_json"]


class ProtoJsonCodec:
    """The REST wire of feedback.

    A raw request is JSON text, or the dict of a form's parts; an encoded reply is bytes.
    """

    def decode(self, raw: Any) -> SeldonMessage:
        """Never asked: only feedback travels as proto-JSON."""
        raise NotImplementedError

    def decode_list(self, raw: Any) -> list[SeldonMessage]:
        """Never asked: only feedback travels as proto-JSON."""
        raise NotImplementedError

    def decode_feedback(self, raw: Any) -> Feedback:
        """A Feedback. Raises PayloadError."""
        return feedback_of(self.parse_feedback(raw))

    def parse_feedback(self, raw: Any) -> Any:
        """A protobuf Feedback. Raises PayloadError."""
        parsed = raw if isinstance(raw, dict) else parse(raw)
        if not isinstance(parsed, dict) and parsed != []:
            raise PayloadError(f"feedback is {json.dumps(parsed)[:200]}, which is no object")
        try:
            return from_json(_with_numbers(parsed or {}), wire.Feedback())
        except (json_format.ParseError, OverflowError) as error:  # an integer beyond any float
            raise PayloadError(f"Invalid JSON: {error}") from error

    def encode(self, reply: SeldonMessage) -> bytes:
        """The reply as one line of proto-JSON, keys sorted. Raises ReplyError."""
        try:
            return dump(to_json(message_of(reply))) + b"\n"
        except UNSENDABLE as error:
            raise ReplyError(str(error)) from error


PROTO_JSON = ProtoJsonCodec()


def from_json(value: dict[str, Any], message: Any) -> Any:
    """The message filled from its proto-JSON. Raises json_format.ParseError."""
    return _filled(value, message)


def _filled(value: dict[str, Any], message: M, *, ignore_unknown: bool = False) -> M:
    try:
        return json_format.ParseDict(value, message, ignore_unknown_fields=ignore_unknown)
    # What the parser itself stumbles over: a text of the wrong type, an "@type" that is none.
    except (AttributeError, TypeError) as error:
        raise json_format.ParseError(str(error)) from error


def message_of_json(given: Any, message: M, *, ignore_unknown: bool = False) -> M:
    """The same for whoever gives it: None and an empty list fill nothing. Raises PayloadError."""
    if given and not isinstance(given, Mapping):
        raise PayloadError(
            f"Invalid JSON: {given!r} is no object", hint="give the dict that the JSON stands for"
        )
    try:
        return _filled(dict(given or {}), message, ignore_unknown=ignore_unknown)
    # A number that is none, or an integer beyond any float.
    except (json_format.ParseError, ValueError, OverflowError) as error:
        raise PayloadError(f"Invalid JSON: {error}") from error


def to_json(message: Any) -> dict[str, Any]:
    """The proto-JSON of a message; NaN and infinities are the texts that stand for them."""
    try:
        return json_format.MessageToDict(message)
    except json_format.SerializeToJsonError:  # it refuses them in a Value, and writes them elsewhere
        spelled_out = type(message)()
        spelled_out.CopyFrom(message)
        _spell_out(spelled_out)
        return json_format.MessageToDict(spelled_out)


def _with_numbers(feedback: dict[str, Any]) -> dict[str, Any]:
    """A feedback whose ndarrays hold NaN and infinities where they are spelled out among numbers.

    Replies spell them so, and feedback sends back what was replied.
    """
    for part in ("request", "truth"):
        message = feedback.get(part)
        data = message.get("data") if isinstance(message, dict) else None
        if isinstance(data, dict) and isinstance(data.get("ndarray"), list):
            array = ndarray_of(data["ndarray"])
            data["ndarray"] = array.tolist() if array.dtype.kind == "f" else data["ndarray"]
    return feedback


def _spell_out(message: Any) -> None:
    """Make NaN and infinities in the Values of a message the texts that stand for them."""
    if (
        message.DESCRIPTOR.full_name == "google.protobuf.Value"
        and message.WhichOneof("kind") == "number_value"
    ):
        if not math.isfinite(message.number_value):
            message.string_value = spelled(message.number_value)
        return
    for field, value in message.ListFields():
        for part in _parts(field, value):
            _spell_out(part)


def _parts(field: Any, value: Any) -> Iterable[Any]:
    """The messages a field holds."""
    if field.message_type is None:
        return ()
    if field.message_type.GetOptions().map_entry:
        is_of_messages = field.message_type.fields_by_name["value"].message_type is not None
        return value.values() if is_of_messages else ()
    return (value,) if hasattr(value, "ListFields") else value
