"""Seldon's messages as schemas of OpenAPI 3.0.

Rule: a schema admits what the server admits, a null in place of an absent member excepted. What metadata
add (shapes, types) is laid over it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from seldon_workbench.described import Described, Scalar
from seldon_workbench.metadata import DATATYPES

__all__ = ["SCHEMAS", "Schema", "described_message", "ref"]

Schema = dict[str, Any]


def ref(name: str) -> Schema:
    """A reference to one of the schemas."""
    return {"$ref": f"#/components/schemas/{name}"}


def described_message(described: Described) -> Schema:
    """What metadata say of a message, as a schema to lay over SeldonMessage."""
    if described.member != "data":
        return {"required": [described.member]}
    rows = _array(described.shape, described.columns)
    numbers = {Scalar.NUMBER, Scalar.INTEGER, Scalar.ANY}.issuperset(described.columns)
    tensor = _tensor(described.shape) if numbers else {}
    data: Schema = {"type": "object", "properties": {"ndarray": rows, "tensor": tensor}}
    if described.names:
        data["properties"]["names"] = {"type": "array", "items": {}, "example": list(described.names)}
    return {"type": "object", "properties": {"data": data}}


def _array(shape: Sequence[int], columns: Sequence[Scalar]) -> Schema:
    """Nested lists of a shape. A shape of one dimension is that of a row: several rows are welcome too."""
    if not shape:
        return _list({})
    nested = _scalars(columns)
    for length in reversed(shape):
        nested = {"type": "array", "items": nested, **_length(length)}
    if len(shape) > 1:
        return nested
    return {"anyOf": [nested, {"type": "array", "items": nested}]}


def _length(length: int) -> Schema:
    return {} if length < 0 else {"minItems": length, "maxItems": length}


def _scalars(columns: Sequence[Scalar]) -> Schema:
    distinct = list(dict.fromkeys(columns))
    alternatives = [_SCALARS[scalar] for scalar in distinct]
    return alternatives[0] if len(alternatives) == 1 else {"anyOf": alternatives}


_SPELLED = {"type": "string", "enum": ["NaN", "Infinity", "-Infinity"]}

_SCALARS: Mapping[Scalar, Schema] = {
    Scalar.NUMBER: {"anyOf": [{"type": "number"}, _SPELLED]},
    Scalar.INTEGER: {"type": "integer"},
    Scalar.BOOLEAN: {"type": "boolean"},
    Scalar.STRING: {"type": "string"},
    Scalar.ANY: {},
}


def _tensor(shape: Sequence[int]) -> Schema:
    """A tensor of as many dimensions; of one more where a shape of one dimension is that of a row."""
    if not shape:
        return {}
    dimensions = {"minItems": len(shape), "maxItems": max(len(shape), 2)}
    return {"type": "object", "properties": {"shape": _list({}, **dimensions)}}


# ---- the messages --------------------------------------------------------------------------------


def _object(description: str, properties: Schema, **more: Any) -> Schema:
    return {"type": "object", "description": description, "properties": properties, **more}


def _list(items: Schema, **more: Any) -> Schema:
    return {"type": "array", "items": items, **more}


_TEXT: Schema = {"type": "string"}
_TEXTS: Schema = {"type": "object", "additionalProperties": _TEXT}

_MESSAGES: dict[str, Schema] = {
    "SeldonMessage": _object(
        "A request or a reply: one payload (data, jsonData, strData or binData; the first of them counts) "
        "and what is known about it.",
        {
            "data": ref("DefaultData"),
            "jsonData": {"description": "Any JSON value; the component is given it as plain Python."},
            "strData": {"type": "string", "description": "A text."},
            "binData": {"type": "string", "format": "byte", "description": "Bytes, as base64."},
            "meta": ref("Meta"),
            "status": ref("Status"),
        },
    ),
    "DefaultData": _object(
        "An array in one of three encodings, and the names of its columns.",
        {
            "names": _list({}, description="Names of the columns."),
            "tensor": ref("Tensor"),
            "ndarray": ref("NdArray"),
            "tftensor": {"type": "object", "description": "A TensorFlow TensorProto as JSON."},
        },
    ),
    "Tensor": _object(
        "Numbers in row-major order, and their shape.",
        {
            "shape": _list({"type": "integer", "minimum": 0}, description="Lengths of the dimensions."),
            "values": _list(_SCALARS[Scalar.NUMBER], description="As many as the shape has places."),
        },
        required=["shape", "values"],
    ),
    "NdArray": _list({}, description="Nested lists of equal length: numbers, texts, booleans, null."),
    "SeldonMessageList": _object(
        "Several messages, one per child of a combiner.",
        {"seldonMessages": _list(ref("SeldonMessage"), minItems=1)},
        required=["seldonMessages"],
    ),
    "Feedback": _object(
        "What became of an earlier reply: its exchange, a reward, and the right answer.",
        {
            "request": ref("SeldonMessage"),
            "response": ref("SeldonMessage"),
            "reward": {"type": "number", "format": "float"},
            "truth": ref("SeldonMessage"),
        },
        additionalProperties=False,
    ),
    "FeedbackReply": _object(
        "What the component returned, usually nothing, as proto-JSON: what is empty is left out.",
        {
            "data": {"type": "object"},
            "jsonData": {},
            "strData": {"type": "string"},
            "binData": {"type": "string", "format": "byte"},
            "meta": ref("Meta"),
        },
    ),
}

_AROUND: dict[str, Schema] = {
    "Meta": _object(
        "What travels beside a payload.",
        {
            "puid": {"description": "Id of the request; echoed, never made up."},
            "tags": {"type": "object", "description": "Anything, by name."},
            "routing": {"type": "object", "additionalProperties": {"type": "integer"}},
            "requestPath": {"type": "object", "description": "Images the request has met, by unit."},
            "metrics": _list(ref("Metric")),
        },
    ),
    "Metric": _object(
        "One measurement a component reports with a reply.",
        {
            "type": {"type": "string", "enum": ["COUNTER", "GAUGE", "TIMER"]},
            "key": _TEXT,
            "value": _SCALARS[Scalar.NUMBER],
            "tags": _TEXTS,
        },
        required=["key", "type", "value"],
    ),
    "Status": _object(
        "How a request ended.",
        {
            "code": {"type": "integer", "description": "-1 for a failure; not the HTTP status."},
            "info": {"description": "What went wrong, for people."},
            "reason": {"type": "string", "description": "A word for programs."},
            "status": {"description": "1, or FAILURE, for a failure."},
        },
    ),
    "Failure": _object(
        "The body of every refusal.",
        {
            "status": {
                "allOf": [ref("Status"), {"required": ["code", "info", "reason", "status"]}],
            }
        },
        required=["status"],
    ),
}

_V1 = "messagetype"

_METADATA: dict[str, Schema] = {
    "ModelMetadata": _object(
        "What a component says of itself.",
        {
            "name": _TEXT,
            "versions": _list(_TEXT),
            "platform": _TEXT,
            "inputs": _list(ref("MessageMetadata")),
            "outputs": _list(ref("MessageMetadata")),
            "custom": _TEXTS,
        },
        required=["custom", "inputs", "name", "outputs", "platform", "versions"],
        additionalProperties=False,
    ),
    "MessageMetadata": {"anyOf": [ref("MessageMetadataV1"), ref("MessageMetadataV2")]},
    "MessageMetadataV1": _object(
        "An input or output in the first form.",
        {
            _V1: {"type": "string", "example": "tensor"},
            "schema": {"type": "object", "description": "For arrays: names and shape of the columns."},
        },
        required=[_V1],
        additionalProperties=False,
    ),
    "MessageMetadataV2": _object(
        "An input or output in the second form.",
        {
            "name": _TEXT,
            "datatype": {"type": "string", "enum": list(DATATYPES)},
            "shape": _list({"type": "integer"}, description="-1 for any length."),
        },
        additionalProperties=False,
    ),
}

SCHEMAS: Mapping[str, Schema] = _MESSAGES | _AROUND | _METADATA
"""By name, as references spell it."""
