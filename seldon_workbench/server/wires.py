"""Each wire as the dispatcher knows it: a codec, and the forms that raw hooks take and give.

Rule: a raw hook may return the form of either wire. What it returns is sent as it stands, as far as the
wire can carry it.
"""

import json
from collections.abc import Mapping
from typing import Any

from google.protobuf import json_format

from seldon_workbench.errors import PayloadError, ReplyError
from seldon_workbench.message import PayloadKind, SeldonMessage
from seldon_workbench.methods import Input, Method
from seldon_workbench.server import wire
from seldon_workbench.server.json_codec import JsonCodec
from seldon_workbench.server.json_text import dump, parse
from seldon_workbench.server.proto_codec import UNSENDABLE, ProtoCodec, parse_message
from seldon_workbench.server.proto_json import ProtoJsonCodec, from_json, to_json

__all__ = ["GRPC", "PASSTHROUGH", "PLAIN_FEEDBACK", "REST", "REST_FEEDBACK", "Body"]


class Body(bytes):
    """The body of a REST reply that says in which HTTP status it wants to be sent."""

    status: int = 200


class RestWire(JsonCodec):
    """REST, feedback excepted."""

    transport = "rest"

    def open(self, raw: Any, method: Method) -> Any:
        """The JSON value as it was sent. Raises PayloadError."""
        if method.input is Input.NOTHING:
            return None
        return parse(raw) if isinstance(raw, bytes | str) else raw

    def plain(self, form: Any) -> Any:
        """The form itself: JSON is plain."""
        return form

    def seal(self, returned: Any, *, with_metrics: bool) -> tuple[bytes, list[Any]]:
        """One line of JSON, keys sorted. Raises ReplyError."""
        shown = to_json(returned) if _is_message(returned) else returned
        if not isinstance(shown, dict):
            return dump(shown) + b"\n", []
        metrics = _metrics_in(shown)
        if metrics and not with_metrics:
            meta = {key: value for key, value in shown["meta"].items() if key != "metrics"}
            shown = shown | {"meta": meta}
        body = Body(dump(shown) + b"\n")
        body.status = _http_status(shown.get("status"))
        return body, metrics


class RestFeedbackWire(ProtoJsonCodec):
    """Feedback over REST: a raw hook gets the protobuf message here too, as in Seldon."""

    transport = "rest"

    def open(self, raw: Any, method: Method) -> Any:
        """A Feedback. Raises PayloadError."""
        return self.parse_feedback(raw)

    def plain(self, form: Any) -> Any:
        """The proto-JSON of the feedback."""
        return to_json(form)

    def seal(self, returned: Any, *, with_metrics: bool) -> tuple[bytes, list[Any]]:
        """One line of proto-JSON. Raises ReplyError."""
        message, metrics = _message_of(returned, with_metrics=with_metrics)
        return dump(to_json(message)) + b"\n", metrics


class PlainFeedbackWire(RestFeedbackWire):
    """Feedback over REST that is answered in the form of every other reply."""

    def encode(self, reply: SeldonMessage) -> bytes:
        """The reply as one line of JSON. Raises ReplyError."""
        return REST.encode(reply)


class GrpcWire(ProtoCodec):
    """gRPC."""

    transport = "grpc"

    def open(self, raw: Any, method: Method) -> Any:
        """The request's message. Raises PayloadError."""
        return parse_message(_REQUESTS[method.input], raw)

    def plain(self, form: Any) -> Any:
        """The proto-JSON of the message; its numbers are floats."""
        return to_json(form)

    def seal(self, returned: Any, *, with_metrics: bool) -> tuple[bytes, list[Any]]:
        """A serialized SeldonMessage. Raises ReplyError."""
        message, metrics = _message_of(returned, with_metrics=with_metrics)
        return bytes(message.SerializeToString()), metrics


class PassthroughWire(RestWire):
    """REST under ``PAYLOAD_PASSTHROUGH``: the component gets the body as it came, its bytes are the reply."""

    def decode(self, raw: Any) -> SeldonMessage:
        """The body, unread; the parts of a form are a message like any other."""
        return super().decode(raw) if isinstance(raw, dict) else SeldonMessage(PayloadKind.BIN, raw, [])

    def encode(self, reply: SeldonMessage) -> bytes:
        """Bytes and text as they are, anything else as JSON. Raises ReplyError."""
        if reply.kind in (PayloadKind.BIN, PayloadKind.STR):
            return _verbatim(reply.value)
        return _joined(reply.listed) or super().encode(reply)

    def open(self, raw: Any, method: Method) -> Any:
        """The body, unread."""
        return raw

    def seal(self, returned: Any, *, with_metrics: bool) -> tuple[bytes, list[Any]]:
        """Bytes and text as they are, nothing for None, anything else as JSON. Raises ReplyError."""
        if returned is None or isinstance(returned, bytes | str):
            return _verbatim(returned or b""), []
        joined = _joined(returned)
        return (joined, []) if joined else super().seal(returned, with_metrics=with_metrics)


REST = RestWire()
REST_FEEDBACK = RestFeedbackWire()
PLAIN_FEEDBACK = PlainFeedbackWire()
GRPC = GrpcWire()
PASSTHROUGH = PassthroughWire()

_REQUESTS = {
    Input.MESSAGE: wire.SeldonMessage,
    Input.MESSAGES: wire.SeldonMessageList,
    Input.FEEDBACK: wire.Feedback,
}
"""What a request is over gRPC."""


def _is_message(returned: Any) -> bool:
    return hasattr(returned, "DESCRIPTOR") and hasattr(returned, "SerializeToString")


def _message_of(returned: Any, *, with_metrics: bool) -> tuple[Any, list[Any]]:
    """A raw reply as a SeldonMessage, and its metrics. None is an empty one."""
    message = wire.SeldonMessage()
    if isinstance(returned, Mapping):
        message = _parsed(returned)
    elif isinstance(returned, wire.SeldonMessage):
        message.CopyFrom(returned)
    elif returned is not None:
        raise ReplyError(
            f"a raw hook returned a {type(returned).__name__}",
            hint="return a SeldonMessage or a dict in its JSON form",
        )
    metrics = to_json(message.meta).get("metrics", [])
    if metrics and not with_metrics:
        message.meta.ClearField("metrics")
    return message, metrics


def _parsed(returned: Mapping[str, Any]) -> Any:
    try:
        return from_json(json.loads(dump(dict(returned))), wire.SeldonMessage())
    except (json_format.ParseError, PayloadError, *UNSENDABLE) as error:
        raise ReplyError(
            f"a raw hook returned what is no SeldonMessage: {error}",
            hint="return a SeldonMessage or a dict in its JSON form",
        ) from error


def _metrics_in(shown: dict[str, Any]) -> list[Any]:
    meta = shown.get("meta")
    metrics = meta.get("metrics") if isinstance(meta, dict) else None
    return metrics if isinstance(metrics, list) else []


def _http_status(status: Any) -> int:
    """The HTTP status that a raw reply's status asks for: its code, where that is one of HTTP's."""
    if not isinstance(status, dict) or "code" not in status:
        return 200
    code = status["code"]
    if isinstance(code, str):
        code = code.partition(" ")[0]
        code = int(code) if code.isdecimal() else code
    if type(code) is int and 200 <= code <= 599:
        return code
    return 500 if status.get("status") in (1, "FAILURE") else 200


def _verbatim(returned: bytes | str) -> bytes:
    return returned.encode() if isinstance(returned, str) else returned


def _joined(returned: Any) -> bytes | None:
    """A list of texts and bytes as one body; None for anything else."""
    if not isinstance(returned, list) or not returned:
        return None
    if not all(isinstance(each, bytes | str) for each in returned):
        return None
    return b"".join(map(_verbatim, returned))
