"""A first request for a component: made from what it says, or what its model says, of its input."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from seldon_workbench.metadata import ModelMetadata
from seldon_workbench.methods import AGGREGATE, BY_NAME, PREDICT, SEND_FEEDBACK, Input, Method
from seldon_workbench.target import Built

__all__ = ["example_of"]

_LONGEST = 64
"""Numbers a line that people copy may hold."""

_PLAIN = [1, 4]
"""The shape of a request to a component that says nothing of its input."""


def example_of(built: Built) -> tuple[Method, dict[str, Any]] | None:
    """A method the component implements and a payload for it; None if its input is too large to show."""
    implemented = built.component.implemented
    method = BY_NAME[implemented[0]] if implemented else PREDICT
    if method.input is Input.NOTHING or method is SEND_FEEDBACK:
        return None
    shape, is_text = _input_of(built)
    if math.prod(shape) > _LONGEST:
        return None
    message = {"data": {"ndarray": _filled(shape, "a" if is_text else None)}}
    return method, {"seldonMessages": [message, message]} if method is AGGREGATE else message


def _input_of(built: Built) -> tuple[Sequence[int], bool]:
    """Shape of one request, and whether it is text."""
    if isinstance(built.metadata, ModelMetadata):
        shape = _described(built.metadata.inputs)
        if shape is not None:
            return shape, any(item.get("datatype") == "BYTES" for item in built.metadata.inputs)
    columns = _columns(built.component.subject)
    return ([1, columns] if columns else _PLAIN), False


def _described(inputs: Sequence[Mapping[str, Any]]) -> Sequence[int] | None:
    if not inputs:
        return None
    if len(inputs) > 1:  # one item per column
        return [1, len(inputs)]
    schema = inputs[0].get("schema", {})
    shape = [int(length) for length in schema.get("shape", inputs[0].get("shape", ()))]
    names = schema.get("names")
    if not shape:
        return [1, len(names)] if names else None
    # -1 stands for any number of rows; a shape without it that has one dimension is one row's.
    known = [1 if length < 0 else length for length in shape]
    return known if len(known) > 1 else [1, *known]


def _columns(subject: object) -> int | None:
    """How many columns a fitted model takes: the subject itself, or one it holds."""
    for model in (subject, *getattr(subject, "__dict__", {}).values()):
        columns = getattr(model, "n_features_in_", None)
        if isinstance(columns, int):
            return columns
    return None


def _filled(shape: Sequence[int], text: str | None) -> Any:
    if not shape:
        return 1.0 if text is None else text
    return [_filled(shape[1:], text) for _ in range(shape[0])]
