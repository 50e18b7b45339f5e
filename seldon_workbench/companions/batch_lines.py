"""Lines of a batch: how they become requests, and how a reply becomes lines again.

Rule: every line that was read makes exactly one line of output, an answer or a failure.
"""

import itertools
import json
import operator
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from seldon_workbench.companions.seldon_client import SeldonClient
from seldon_workbench.errors import PayloadError

__all__ = ["DATA_TYPES", "Job", "Line", "Request", "answers", "failures", "requests_of"]

DATA_TYPES = ("data", "json", "str", "raw")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the input."""

    index: int
    """Its number in the file, from 0; blank lines count."""
    text: str
    size: int
    """Bytes of the file it takes, blank lines before it included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What is the same for every line of a batch."""

    method: str
    """``predict`` or ``feedback``."""
    data_type: str
    payload_type: str
    batch_id: str


@dataclass(frozen=True, slots=True)
class Request:
    """One request, made of one line or of several that are sent as rows."""

    lines: Sequence[Line]
    id: str
    """The ``seldon-puid`` of the request."""
    send: Callable[[SeldonClient], Any] = field(repr=False)
    """Sends it; a result of the client."""

    def tags(self, job: Job, place: int) -> dict[str, Any]:
        """What the output says of the line at this place."""
        own = self.id if len(self.lines) == 1 else f"{self.id}-item-{place}"
        return {
            "batch_id": job.batch_id,
            "batch_instance_id": own,
            "batch_index": self.lines[place].index,
        }


@dataclass(frozen=True, slots=True)
class _Read:
    """A line and what it holds."""

    line: Line
    value: Any


# ---- lines to requests ---------------------------------------------------------------------------


def requests_of(lines: Iterable[Line], job: Job) -> Iterator[Request | tuple[Request, str]]:
    """The requests that a group of lines makes, in order; one that cannot be sent comes with its reason.

    Neighbours that hold one row each, of the same shape, names and meta, are sent as one request.
    """
    read = [_read(line, job) for line in lines]
    keyed = [(_row_key(place, entry.value, job), entry) for place, entry in enumerate(read)]
    for _, same in itertools.groupby(keyed, key=operator.itemgetter(0)):
        together = [entry for _, entry in same]
        request, broken = _request(together, job), together[0].value
        yield (request, broken.text) if isinstance(broken, PayloadError) else request


def _read(line: Line, job: Job) -> _Read:
    try:
        return _Read(line, _READERS[job.data_type](json.loads(line.text)))
    except PayloadError as error:
        return _Read(line, error)
    except (ValueError, RecursionError) as error:
        return _Read(line, PayloadError(f"the line is no JSON: {error}"))


def _array(value: Any) -> Any:
    """The array of a line. Text and mixed rows keep their types: numpy would make texts of numbers."""
    try:
        array = np.array(value)
        return array if array.dtype.kind in "iufb" else np.array(value, dtype=object)
    except ValueError as error:
        raise PayloadError(f"the line is no array: {error}") from error


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise PayloadError(f"the line holds a {type(value).__name__}, not a string in double quotes")
    return value


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise PayloadError(f"the line holds a {type(value).__name__}, not a request as a JSON object")
    return value


_READERS: Mapping[str, Callable[[Any], Any]] = {
    "data": _array,
    "json": lambda value: value,
    "str": _text,
    "raw": _object,
}


def _row_key(place: int, value: Any, job: Job) -> object:
    """Equal for lines that can be rows of one request; the place of a line that has to go alone."""
    if job.method == "feedback" or job.data_type not in ("data", "raw"):
        return place
    rows = _raw_rows(value) if job.data_type == "raw" else value
    if not isinstance(rows, np.ndarray) or rows.ndim < 2 or len(rows) != 1:
        return place
    return rows.shape[1:], rows.dtype == object, _about(value) if job.data_type == "raw" else ""


def _raw_rows(value: Any) -> Any:
    """The rows of a raw request, or None."""
    data = value.get("data") if isinstance(value, dict) else None
    try:
        if isinstance(data, dict) and "ndarray" in data:
            return _array(data["ndarray"])
        if isinstance(data, dict) and isinstance(data.get("tensor"), dict):
            return np.array(data["tensor"]["values"]).reshape(data["tensor"]["shape"])
    except (PayloadError, LookupError, TypeError, ValueError):
        pass  # it goes alone, and the server says what is wrong with it
    return None


def _about(value: dict[str, Any]) -> str:
    """Everything about a raw request but its numbers."""
    data = {name: entry for name, entry in value["data"].items() if name not in ("ndarray", "tensor")}
    kinds = [name for name in ("ndarray", "tensor") if name in value["data"]]
    return json.dumps([value | {"data": data}, kinds], sort_keys=True)


def _request(together: Sequence[_Read], job: Job) -> Request:
    made_id = str(uuid.uuid1())
    lines = [entry.line for entry in together]
    values = [entry.value for entry in together]
    alone = {"batch_instance_id": made_id, "batch_index": lines[0].index} if len(lines) == 1 else {}
    tags = {"batch_id": job.batch_id} | alone
    if job.method == "feedback":
        return Request(lines, made_id, lambda client: client.feedback(raw_request=values[0]))
    arguments = _arguments(values, job, tags)
    return Request(
        lines, made_id, lambda client: client.predict(headers={"seldon-puid": made_id}, **arguments)
    )


def _arguments(values: Sequence[Any], job: Job, tags: Mapping[str, Any]) -> dict[str, Any]:
    """What ``predict`` is given for these lines."""
    first = values[0]
    if isinstance(first, PayloadError):
        return {}
    if job.data_type == "raw":
        return {"raw_data": _tagged(first if len(values) == 1 else _merged(values), tags)}
    if job.data_type == "data":
        return {"data": first if len(values) == 1 else np.concatenate(values), "meta": tags}
    return {f"{job.data_type}_data": first, "meta": tags}


def _merged(values: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Raw requests of one row each as one request."""
    data = dict(values[0]["data"])
    if "ndarray" in data:
        data["ndarray"] = [row for value in values for row in value["data"]["ndarray"]]
    else:
        tensors = [value["data"]["tensor"] for value in values]
        data["tensor"] = {
            "shape": [len(values), *tensors[0]["shape"][1:]],
            "values": [number for tensor in tensors for number in tensor["values"]],
        }
    return values[0] | {"data": data}


def _tagged(value: Any, tags: Mapping[str, Any]) -> Any:
    """A message in its JSON form with these tags besides its own; as it is if it is no such message."""
    meta: Any = (value.get("meta") or {}) if isinstance(value, dict) else None
    own = (meta.get("tags") or {}) if isinstance(meta, dict) else None
    if not isinstance(own, dict):
        return value
    return value | {"meta": meta | {"tags": own | dict(tags)}}


# ---- replies to lines ----------------------------------------------------------------------------


def answers(request: Request, response: Any, job: Job) -> list[str]:
    """The output of a request that was answered. Raises PayloadError if the reply has not a row per line."""
    if len(request.lines) > 1:
        parts = _rows_of(response, len(request.lines))
        return [_line(_tagged(part, request.tags(job, place))) for place, part in enumerate(parts)]
    if job.method == "feedback":
        return [_line(_tagged(response, request.tags(job, 0)))]
    return [_line(response)]


def failures(request: Request, reason: str, job: Job) -> list[str]:
    """The output of a request that failed.

    The tags stand under ``meta.tags``, where those of an answer stand, and beside them in ``meta`` too.
    """
    status = {"info": "FAILURE", "reason": reason, "status": 1}
    placed = (request.tags(job, place) for place in range(len(request.lines)))
    return [_line({"status": status, "meta": {**tags, "tags": tags}}) for tags in placed]


def _line(value: Any) -> str:
    return json.dumps(value)


def _rows_of(response: Any, count: int) -> list[dict[str, Any]]:
    """A reply of so many rows as replies of one row. Raises PayloadError."""
    data = response.get("data") if isinstance(response, dict) else None
    try:
        if isinstance(data, dict) and isinstance(data.get("ndarray"), list):
            parts: list[dict[str, Any]] = [{"ndarray": [row]} for row in data["ndarray"]]
        else:
            shape, values = data["tensor"]["shape"], data["tensor"]["values"]  # type: ignore[index]
            rows = np.array(values, dtype=object).reshape([int(length) for length in shape])
            parts = [{"tensor": {"shape": [1, *shape[1:]], "values": row.ravel().tolist()}} for row in rows]
    except (LookupError, TypeError, ValueError) as error:
        raise PayloadError("the reply holds no rows that could be told apart; use batch size 1") from error
    if len(parts) != count:
        raise PayloadError(f"the reply has {len(parts)} rows for {count} lines; use batch size 1")
    rest = {name: entry for name, entry in data.items() if name not in ("ndarray", "tensor")}  # type: ignore[union-attr]
    return [response | {"data": rest | part} for part in parts]
