"""Requests taken apart and replies put together by hand, as components do that stand before others.

Rule: what the codecs and the dispatcher do with a request is done here, not described a second time.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from seldon_workbench.component import UNNAMED, Component, find_hook
from seldon_workbench.errors import HookMissing, PayloadError
from seldon_workbench.hooks import inspect_hook
from seldon_workbench.message import Array, Meta, PayloadKind, SeldonMessage, default_names, payload_of
from seldon_workbench.server.json_codec import JSON
from seldon_workbench.server.proto_codec import PROTO, feedback_of, message_of
from seldon_workbench.settings import Unit

__all__ = [
    "Extra",
    "feature_names",
    "feedback_parts",
    "json_parts",
    "json_reply",
    "proto_parts",
    "proto_reply",
    "value_of",
]

Parts = tuple[Any, Any, Any, str]
"""Payload, meta, ``data`` as the request holds it, and the member that the payload stands in."""


def proto_parts(request: Any) -> Parts:
    """The parts of a protobuf SeldonMessage; its meta is a dict. Raises PayloadError."""
    member = request.WhichOneof("data_oneof")
    if member is None:
        raise PayloadError("Unknown data in SeldonMessage", hint="set data, strData, binData or jsonData")
    message = PROTO.decode(request.SerializeToString())
    return message.value, message.meta.raw, request.data, member


def json_parts(request: Any) -> Parts:
    """The parts of a message in plain Python; meta and ``data`` are None if absent. Raises PayloadError."""
    message = JSON.read(request)
    member = "data" if message.kind.is_array else str(message.kind)
    return message.value, request.get("meta"), request.get("data"), member


def feedback_parts(feedback: Any) -> tuple[Any, Array, Array, float]:
    """``data`` of the request, features, truth, reward of a protobuf Feedback. Raises PayloadError."""
    read = feedback_of(feedback)
    return feedback.request.data, read.request.value, read.truth, read.reward


class Extra(NamedTuple):
    """What goes into a reply's meta beside what the component says of itself."""

    meta: Mapping[str, Any] | None = None
    """Tags, metrics and requestPath of the request, or of several."""
    metrics: Sequence[Any] | None = None
    tags: Mapping[str, Any] | None = None


def proto_reply(
    subject: object, returned: Any, request: Any, extra: Extra, unit: Unit, *, is_request: bool
) -> Any:
    """A protobuf SeldonMessage around what a component returned.

    Its kind and puid are the request's. With ``is_request`` the message is meant for another component,
    so its names are those of features. Raises UnknownReturnType, TypeError for what protobuf cannot hold.
    """
    asked = request.data.WhichOneof("data_oneof") or ("ndarray" if request.HasField("data") else "tensor")
    meta = _meta(subject, extra, unit, request.meta.puid)
    given = list(request.data.names) if is_request else None
    return message_of(_reply(subject, returned, PayloadKind(asked), meta, given))


def json_reply(
    subject: object, returned: Any, request: Any, extra: Extra, unit: Unit, *, is_request: bool
) -> dict[str, Any]:
    """The same for a request and a reply in plain Python. Raises UnknownReturnType, ReplyError."""
    if not isinstance(request, Mapping):
        raise PayloadError(f"Invalid request data type: {request!r}", hint="give the request as a dict")
    data = request.get("data")
    meta = _meta(subject, extra, unit, (request.get("meta") or {}).get("puid"))
    given = _names_of(data) if is_request else None
    reply: dict[str, Any] = json.loads(JSON.encode(_reply(subject, returned, _asked(data), meta, given)))
    return reply


def value_of(subject: object, name: str, default: Any) -> Any:
    """What a hook without arguments says, or the default where the component has none."""
    found = find_hook(subject, name)
    if found is None:
        return default
    try:
        return inspect_hook(name, found)(None)
    except HookMissing:
        return default


def feature_names(subject: object, given: Any) -> Any:
    """The names a component gives its features, or those that were given."""
    found = find_hook(subject, "feature_names")
    if found is None:
        return given
    return found() if callable(found) else found


def _reply(subject: object, returned: Any, asked: PayloadKind, meta: Meta, given: Any) -> SeldonMessage:
    kind, value, listed = payload_of(returned, asked)
    names = _names(subject, value, given) if kind.is_array else []
    return SeldonMessage(kind, value, names, meta, listed)


def _names(subject: object, array: Array, given: Any) -> Any:
    if given is not None:
        return feature_names(subject, given)
    if array.ndim < 2:
        return []
    names = Component(subject, type(subject).__name__).class_names(array)
    return default_names(array.shape[1]) if names is UNNAMED else names


def _meta(subject: object, extra: Extra, unit: Unit, puid: Any) -> Meta:
    carried = extra.meta or {}
    own = value_of(subject, "tags", None)
    return Meta(
        puid=puid,
        tags={**(carried.get("tags") or {}), **dict(own or {}), **(extra.tags or {})},
        request_path={**unit.request_path, **(carried.get("requestPath") or {})},
        metrics=[*(carried.get("metrics") or ()), *(extra.metrics or ())],
    )


def _asked(data: Any) -> PayloadKind:
    if not isinstance(data, Mapping):
        return PayloadKind.TENSOR
    kinds = (PayloadKind.TENSOR, PayloadKind.TFTENSOR)
    return next((kind for kind in kinds if kind in data), PayloadKind.NDARRAY)


def _names_of(data: Any) -> Any:
    return (data.get("names") or []) if isinstance(data, Mapping) else []
