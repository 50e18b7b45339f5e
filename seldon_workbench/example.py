"""A first request for a component: made from what it says, or what its model says, of its input."""

import dataclasses
import math
from collections.abc import Sequence
from typing import Any

from seldon_workbench.described import Described, Scalar
from seldon_workbench.metadata import ModelMetadata
from seldon_workbench.methods import BY_NAME, PREDICT, SEND_FEEDBACK, Input, Method
from seldon_workbench.target import Built

__all__ = ["example_of", "payload_for"]

_LONGEST = 64
"""Numbers a line that people copy may hold."""

_MANY = 4
"""Columns of a request to a component that says nothing of them."""

_PLAIN = Described("data", columns=(Scalar.NUMBER,))

_VALUES: dict[Scalar, Any] = {Scalar.INTEGER: 1, Scalar.BOOLEAN: True, Scalar.STRING: "a"}


def example_of(built: Built) -> tuple[Method, dict[str, Any]] | None:
    """A method the component implements and a payload for it; None if its input is too large to show."""
    implemented = built.component.implemented
    method = BY_NAME[implemented[0]] if implemented else PREDICT
    if method is SEND_FEEDBACK:
        return None
    payload = payload_for(method, built.component.subject, built.metadata)
    return None if payload is None else (method, payload)


def payload_for(method: Method, subject: object, metadata: object) -> dict[str, Any] | None:
    """A payload a component takes for a method; None for a method without one, or one too large to show.

    ``metadata`` is the component's, or the error that it is.
    """
    if method.input is Input.NOTHING:
        return None
    message = _message(_input_of(subject, metadata))
    if message is None or method.input is Input.MESSAGE:
        return message
    if method.input is Input.MESSAGES:
        return {"seldonMessages": [message, message]}
    return {"request": message, "reward": 1.0}


def _input_of(subject: object, metadata: object) -> Described:
    described = Described.from_items(metadata.inputs) if isinstance(metadata, ModelMetadata) else None
    if described is None:
        described = _PLAIN
    if described.member != "data" or described.shape:
        return described
    return dataclasses.replace(described, shape=(1, _columns(subject) or _MANY))


def _columns(subject: object) -> int | None:
    """How many columns a fitted model takes: the subject itself, or one it holds."""
    for model in (subject, *getattr(subject, "__dict__", {}).values()):
        columns = getattr(model, "n_features_in_", None)
        if isinstance(columns, int):
            return columns
    return None


def _message(described: Described) -> dict[str, Any] | None:
    if described.member != "data":
        return {described.member: {"strData": "a", "binData": "AAEC"}.get(described.member, {"a": 1})}
    shape = described.example_shape
    if math.prod(shape) > _LONGEST:
        return None
    names = {"names": list(described.column_names)} if described.column_names else {}
    return {"data": names | {"ndarray": _filled(shape, described.columns)}}


def _filled(shape: Sequence[int], columns: Sequence[Scalar]) -> Any:
    if not shape:
        return _VALUES.get(columns[0], 1.0)
    if len(columns) > 1:  # one row after the other
        return [[_VALUES.get(column, 1.0) for column in columns] for _ in range(shape[0])]
    return [_filled(shape[1:], columns) for _ in range(shape[0])]
