"""The messages that Seldon's client sends, made of what its callers have: arrays, text, bytes, dicts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from seldon_workbench.companions.client_values import Options, SeldonClientException
from seldon_workbench.errors import PayloadError, ReplyError
from seldon_workbench.message import Array, PayloadKind, SeldonMessage
from seldon_workbench.server import wire
from seldon_workbench.server.proto_codec import UNSENDABLE, write_data
from seldon_workbench.server.proto_json import message_of_json
from seldon_workbench.server.proto_values import write_value
from seldon_workbench.server.wire import types_pb2

__all__ = ["Payload", "as_message", "feedback", "message", "messages"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """What a call was given to send. The first member that is set is sent; without any, random numbers."""

    bin_data: bytes | bytearray | None = None
    str_data: str | None = None
    json_data: Any = None
    custom_data: Any = None
    data: Any = None
    shape: Sequence[int] = (1, 1)
    """Of the random numbers."""
    names: Iterable[str] | None = None

    def __post_init__(self) -> None:
        if self.data is not None and not isinstance(self.data, np.ndarray):
            raise SeldonClientException(
                "Valid values for data are None or numpy array", hint="numpy.array(...) makes one"
            )

    @property
    def kind(self) -> PayloadKind | None:
        """The member of the message it is sent in; None for one of ``data``."""
        given = {
            PayloadKind.BIN: self.bin_data,
            PayloadKind.STR: self.str_data,
            PayloadKind.JSON: self.json_data,
            PayloadKind.CUSTOM: self.custom_data,
        }
        return next((kind for kind, value in given.items() if value is not None), None)

    @property
    def columns(self) -> list[str]:
        """The names that are sent."""
        return [] if self.names is None else [str(name) for name in self.names]

    def array(self) -> Array:
        """The array that is sent."""
        if self.data is None:
            return np.random.random_sample(tuple(self.shape))
        return np.asarray(self.data)


def message(
    payload: Payload, options: Options, tags: Mapping[str, Any] | None = None, *, has_meta: bool = False
) -> Any:
    """A SeldonMessage. With ``has_meta`` it says ``meta: {}`` where there are no tags.

    Raises SeldonClientException for a payload that its kind cannot carry.
    """
    made = wire.SeldonMessage()
    try:
        _write(made, payload, options.payload_type)
        if has_meta and payload.kind is not PayloadKind.JSON:
            made.meta.SetInParent()
        for key, value in (tags or {}).items():
            write_value(made.meta.tags[key], value)
    except (ReplyError, *UNSENDABLE) as error:
        raise SeldonClientException(
            f"the payload cannot be sent: {error}", hint="payload_type='ndarray' carries text and mixed rows"
        ) from error
    return made


def messages(datas: Sequence[Any], options: Options, names: Iterable[str] | None) -> Any:
    """A SeldonMessageList of arrays. Raises SeldonClientException."""
    columns = None if names is None else list(names)
    made = [message(Payload(data=data, names=columns), options) for data in datas]
    return wire.SeldonMessageList(seldonMessages=made)


def feedback(request: Any, response: Any, truth: Any, reward: float) -> Any:
    """A Feedback; its parts are messages, their JSON form, or None. Raises SeldonClientException."""
    made = wire.Feedback(reward=reward)
    for part, given in (("request", request), ("response", response), ("truth", truth)):
        if given is not None:
            getattr(made, part).CopyFrom(as_message(given, wire.SeldonMessage))
    return made


def as_message(given: Any, kind: Any) -> Any:
    """A message of this kind from itself or from its JSON form. Raises SeldonClientException."""
    if not isinstance(given, Mapping):
        return given
    try:
        return message_of_json(given, kind())
    except (PayloadError, RecursionError) as error:
        raise SeldonClientException(f"this is no {kind.DESCRIPTOR.name}: {error}") from error


def _write(made: Any, payload: Payload, payload_type: str) -> None:
    if payload.kind is PayloadKind.BIN:
        made.binData = bytes(payload.bin_data or b"")
    elif payload.kind is PayloadKind.STR:
        made.strData = payload.str_data
    elif payload.kind is PayloadKind.JSON:
        write_value(made.jsonData, payload.json_data)
    elif payload.kind is PayloadKind.CUSTOM:
        made.customData.CopyFrom(payload.custom_data)
    else:
        _write_array(made.data, SeldonMessage(PayloadKind(payload_type), payload.array(), payload.columns))


def _write_array(data: Any, sent: SeldonMessage) -> None:
    array: Array = sent.value
    if sent.kind is not PayloadKind.TFTENSOR or array.dtype.kind not in "bSUO":
        write_data(data, sent)
        return
    # A component never replies so, but TensorFlow's clients send truth values and texts too.
    data.names.extend(sent.names)
    tensor = data.tftensor
    tensor.tensor_shape.SetInParent()
    for length in array.shape:
        tensor.tensor_shape.dim.add(size=length)
    if array.dtype.kind == "b":
        tensor.dtype = types_pb2.DT_BOOL
        tensor.bool_val.extend(array.ravel().tolist())
    else:
        tensor.dtype = types_pb2.DT_STRING
        tensor.string_val.extend(
            text if isinstance(text, bytes) else str(text).encode() for text in array.flat
        )
