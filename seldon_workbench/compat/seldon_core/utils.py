"""``seldon_core.utils``: conversions between messages, arrays and plain Python; the environment."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from seldon_workbench.compat import process
from seldon_workbench.compat.failures import as_seldon
from seldon_workbench.compat.tracing import setup_tracing
from seldon_workbench.server import message_parts, wire
from seldon_workbench.server.datadef import array_of_datadef, datadef_of, json_datadef_of, write_list
from seldon_workbench.server.proto_json import message_of_json, to_json
from seldon_workbench.settings import first_set

__all__ = [
    "array_to_grpc_datadef",
    "array_to_list_value",
    "array_to_rest_datadef",
    "construct_response",
    "construct_response_json",
    "extract_feedback_request_parts",
    "extract_request_parts",
    "extract_request_parts_json",
    "feedback_to_json",
    "get_data_from_proto",
    "get_meta_from_proto",
    "get_request_path",
    "getenv",
    "getenv_as_bool",
    "grpc_datadef_to_array",
    "json_to_feedback",
    "json_to_seldon_message",
    "json_to_seldon_messages",
    "json_to_seldon_model_metadata",
    "seldon_message_to_json",
    "seldon_messages_to_json",
    "seldon_model_metadata_to_json",
    "setup_tracing",
]


# ---- messages and plain Python -------------------------------------------------------------------


@as_seldon()
def json_to_seldon_message(message_json: Any) -> wire.SeldonMessage:
    """A SeldonMessage from the dict its JSON stands for. Raises SeldonMicroserviceException."""
    return message_of_json(message_json, wire.SeldonMessage())


@as_seldon()
def json_to_seldon_messages(message_json: Any) -> wire.SeldonMessageList:
    """A SeldonMessageList from ``{"seldonMessages": [...]}``. Raises SeldonMicroserviceException."""
    return message_of_json(message_json, wire.SeldonMessageList())


@as_seldon()
def json_to_feedback(message_json: Any) -> wire.Feedback:
    """A Feedback from the dict its JSON stands for. Raises SeldonMicroserviceException."""
    return message_of_json(message_json, wire.Feedback())


@as_seldon()
def json_to_seldon_model_metadata(metadata_json: Any) -> wire.SeldonModelMetadata:
    """A SeldonModelMetadata; keys it has no field for are passed over. Raises SeldonMicroserviceException."""
    return message_of_json(metadata_json, wire.SeldonModelMetadata(), ignore_unknown=True)


def seldon_message_to_json(message_proto: wire.SeldonMessage) -> dict[str, Any]:
    """The dict a SeldonMessage's JSON stands for; what is not set is left out."""
    return to_json(message_proto)


def seldon_messages_to_json(message_protos: wire.SeldonMessageList) -> dict[str, Any]:
    """The dict a SeldonMessageList's JSON stands for."""
    return to_json(message_protos)


def feedback_to_json(message_proto: wire.Feedback) -> dict[str, Any]:
    """The dict a Feedback's JSON stands for."""
    return to_json(message_proto)


def seldon_model_metadata_to_json(metadata_proto: wire.SeldonModelMetadata) -> dict[str, Any]:
    """The dict a SeldonModelMetadata's JSON stands for."""
    return to_json(metadata_proto)


# ---- messages and what is in them ----------------------------------------------------------------


@as_seldon()
def get_data_from_proto(request: wire.SeldonMessage) -> Any:
    """The payload: an array, str, bytes, what JSON knows, or an Any. Raises SeldonMicroserviceException."""
    return message_parts.proto_parts(request)[0]


def get_meta_from_proto(request: wire.SeldonMessage) -> dict[str, Any]:
    """The meta as a dict; what is not set is left out."""
    return to_json(request.meta)


@as_seldon()
def extract_request_parts(request: wire.SeldonMessage) -> message_parts.Parts:
    """Payload, meta as a dict, ``data``, and which member holds the payload.

    Raises SeldonMicroserviceException.
    """
    return message_parts.proto_parts(request)


@as_seldon()
def extract_request_parts_json(request: Any) -> message_parts.Parts:
    """The same of a message in plain Python; meta and ``data`` are None where it has none."""
    return message_parts.json_parts(request)


@as_seldon()
def extract_feedback_request_parts(request: wire.Feedback) -> tuple[Any, Any, Any, float]:
    """``data`` of the request, features, truth and reward; the arrays are empty where there are none."""
    return message_parts.feedback_parts(request)


@as_seldon()
def construct_response(
    user_model: Any,
    is_request: bool,
    client_request: wire.SeldonMessage,
    client_raw_response: Any,
    meta: Mapping[str, Any] | None = None,
    custom_metrics: Sequence[Any] | None = None,
    runtime_tags: Mapping[str, Any] | None = None,
) -> wire.SeldonMessage:
    """A message around what a component returned; its kind and puid are the request's.

    Names are the component's class names or, with ``is_request``, its feature names. ``meta`` is a dict
    with tags, metrics and requestPath to go before the component's own. Raises SeldonMicroserviceException.
    """
    extra = message_parts.Extra(meta, custom_metrics, runtime_tags)
    reply: wire.SeldonMessage = message_parts.proto_reply(
        user_model, client_raw_response, client_request, extra, process.unit(), is_request=is_request
    )
    return reply


@as_seldon()
def construct_response_json(
    user_model: Any,
    is_request: bool,
    client_request_raw: Any,
    client_raw_response: Any,
    meta: Mapping[str, Any] | None = None,
    custom_metrics: Sequence[Any] | None = None,
    runtime_tags: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The same for a request and a reply in plain Python."""
    extra = message_parts.Extra(meta, custom_metrics, runtime_tags)
    return message_parts.json_reply(
        user_model, client_raw_response, client_request_raw, extra, process.unit(), is_request=is_request
    )


def get_request_path() -> dict[str, str]:
    """This component's entry of ``meta.requestPath``; empty outside a platform."""
    return process.unit().request_path


# ---- arrays --------------------------------------------------------------------------------------


@as_seldon()
def grpc_datadef_to_array(datadef: wire.DefaultData) -> Any:
    """The array of a DefaultData; an empty one where it holds none. Raises SeldonMicroserviceException."""
    return array_of_datadef(datadef)


def array_to_grpc_datadef(data_type: str, array: Any, names: Iterable[str] | None = ()) -> wire.DefaultData:
    """A DefaultData; ``data_type`` is ``tensor``, ``tftensor`` or, as anything else, ``ndarray``."""
    datadef: wire.DefaultData = datadef_of(data_type, array, names)
    return datadef


def array_to_rest_datadef(data_type: str, array: Any, names: Any = None) -> dict[str, Any]:
    """The same in plain Python."""
    return json_datadef_of(data_type, array, [] if names is None else names)


def array_to_list_value(array: Any, lv: wire.ListValue | None = None) -> wire.ListValue:
    """A protobuf ListValue, or the one given, with an array's rows at its end."""
    values: wire.ListValue = write_list(array, lv)
    return values


# ---- the environment -----------------------------------------------------------------------------


def getenv(*env_vars: str, default: Any = None) -> Any:
    """The value of the first of these variables that is set."""
    return first_set(process.environment(), env_vars, default)


def getenv_as_bool(*env_vars: str, default: bool = False) -> bool:
    """Whether the first of these variables that is set is ``1``, ``t`` or ``true``."""
    text = first_set(process.environment(), env_vars)
    return default if text is None else text.lower() in ("1", "t", "true")
