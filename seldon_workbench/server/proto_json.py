"""Feedback over REST: proto-JSON, on both ways.

Seldon turns feedback into protobuf before anything else, so over REST too its numbers are floats, an
unknown field is refused, and the reply leaves out what is a default.
"""

import json
import math
from typing import Any

from google.protobuf import json_format

from seldon_workbench.errors import PayloadError, ReplyError
from seldon_workbench.message import Feedback, SeldonMessage
from seldon_workbench.server import wire
from seldon_workbench.server.json_codec import ndarray_of
from seldon_workbench.server.json_text import dump, parse, spelled
from seldon_workbench.server.proto_codec import UNSENDABLE, feedback_of, message_of

__all__ = ["PROTO_JSON", "ProtoJsonCodec"]


class ProtoJsonCodec:
    """The REST wire of feedback. A raw request is JSON text; an encoded reply is bytes."""

    def decode(self, raw: Any) -> SeldonMessage:
        """Never asked: only feedback travels as proto-JSON."""
        raise NotImplementedError

    def decode_list(self, raw: Any) -> list[SeldonMessage]:
        """Never asked: only feedback travels as proto-JSON."""
        raise NotImplementedError

    def decode_feedback(self, raw: Any) -> Feedback:
        """A Feedback. Raises PayloadError."""
        parsed = parse(raw)
        if not isinstance(parsed, dict) and parsed != []:
            raise PayloadError(f"feedback is {json.dumps(parsed)[:200]}, which is no object")
        try:
            return feedback_of(json_format.ParseDict(_with_numbers(parsed or {}), wire.Feedback()))
        except (json_format.ParseError, OverflowError) as error:  # an integer beyond any float
            raise PayloadError(f"Invalid JSON: {error}") from error

    def encode(self, reply: SeldonMessage) -> bytes:
        """The reply as one line of proto-JSON, keys sorted. Raises ReplyError."""
        try:
            message = message_of(reply)
            _spell_out(message)
            return dump(json_format.MessageToDict(message)) + b"\n"
        except UNSENDABLE as error:
            raise ReplyError(str(error)) from error


PROTO_JSON = ProtoJsonCodec()


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
    """Make NaN and infinities in the Values of a message the texts that stand for them.

    json_format does so for floats, but refuses them in a Value.
    """
    values = [message.jsonData, *message.data.ndarray.values, *message.meta.tags.values()]
    while values:
        value = values.pop()
        kind = value.WhichOneof("kind")
        if kind == "list_value":
            values.extend(value.list_value.values)
        elif kind == "struct_value":
            values.extend(value.struct_value.fields.values())
        elif kind == "number_value" and not math.isfinite(value.number_value):
            value.string_value = spelled(value.number_value)
