"""Whether a reply is what a contract's targets say: its shape, its ranges, its values."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from seldon_workbench.companions.contract import Column
from seldon_workbench.message import Array

__all__ = ["array_in", "misfits"]

_SLACK = 1e-6
"""How far a number may lie outside its range, relative to its ends: a float32 is less exact."""


def misfits(targets: Sequence[Column], reply: Any, rows: int) -> list[str]:
    """What does not fit in a reply, in Seldon's JSON form, to a request of so many rows."""
    if not isinstance(reply, Mapping):
        return ["the reply is no SeldonMessage"]
    if not targets:
        return []
    try:
        answer = array_in(reply)
    except (AttributeError, ValueError, TypeError) as error:
        return [f"the reply's data cannot be read: {error}"]
    if answer is None:
        return [f"the reply carries {_carried(reply)}, the targets describe columns"]
    answer = _as_rows(answer, targets, rows)
    if problem := _shape_problem(targets, answer, rows):
        return [problem]
    found, start = [], 0
    for column in targets:
        part = answer[:, start : start + column.width]
        start += column.width
        found += [f"{column.place}: {problem}" for problem in _value_problems(column, part)]
    return found


def array_in(reply: Mapping[str, Any]) -> Array | None:
    """The array of a message in its JSON form; None if it carries none. Raises ValueError."""
    data = reply.get("data")
    if not isinstance(data, Mapping):
        return None
    if "ndarray" in data:
        return np.array(data["ndarray"], dtype=object)  # every value as it came
    if "tensor" in data:
        values = np.array([float(value) for value in data["tensor"].get("values", [])])
        return values.reshape([int(length) for length in data["tensor"].get("shape", [])])
    return None


def _carried(reply: Mapping[str, Any]) -> str:
    return next(
        (kind for kind in ("strData", "binData", "jsonData", "customData") if kind in reply), "no data"
    )


def _as_rows(answer: Array, targets: Sequence[Column], rows: int) -> Array:
    """A flat reply as rows: a number per row, or the columns of the only row."""
    if answer.ndim != 1:
        return answer
    width = sum(column.width for column in targets)
    return answer.reshape((rows, width)) if answer.size == rows * width else answer


def _shape_problem(targets: Sequence[Column], answer: Array, rows: int) -> str:
    expected = (rows, sum(column.width for column in targets), *targets[0].shape[1:])
    if answer.shape == expected:
        return ""
    return f"the reply has shape {list(answer.shape)}, the targets say {list(expected)}"


def _value_problems(column: Column, part: Array) -> list[str]:
    if column.values:
        odd = [value for value in part.ravel().tolist() if value not in column.values]
        return [f"{_shown(odd)} not among {list(column.values)}"] if odd else []
    strange = [value for value in part.ravel().tolist() if not _is_number(value)]
    if strange:
        return [f"{_shown(strange)} no number"]
    numbers = part.astype(np.float64).ravel()
    low, high = _loosened(column.low, -1), _loosened(column.high, 1)
    outside = numbers[~((numbers >= low) & (numbers <= high))]  # NaN is never within
    problems = (
        [f"{_shown(outside.tolist())} not within [{column.low:g}, {column.high:g}]"] if outside.size else []
    )
    broken = (
        numbers[np.isfinite(numbers) & (numbers != np.trunc(numbers))] if column.is_integer else numbers[:0]
    )
    return problems + ([f"{_shown(broken.tolist())} no integer"] if broken.size else [])


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) or value in ("NaN", "Infinity", "-Infinity")


def _loosened(end: float, sign: int) -> float:
    return end if math.isinf(end) else end + sign * _SLACK * max(1.0, abs(end))


def _shown(values: Sequence[Any]) -> str:
    """``0.5, 7 and 12 more are``."""
    head = ", ".join(map(repr, values[:2]))
    if len(values) > 2:
        return f"{head} and {len(values) - 2} more are"
    return f"{head} {'is' if len(values) == 1 else 'are'}"
