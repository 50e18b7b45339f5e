"""What is odd about a value that a hook returned, and how the replies of the two wires differ."""

import json
import math
from collections.abc import Iterator
from typing import Any

import numpy as np

__all__ = ["differences", "oddities"]


def oddities(value: Any) -> Iterator[tuple[str, str]]:
    """Code and words for each surprise that a returned value holds for its readers."""
    if isinstance(value, np.ndarray):
        yield from _of_array(value)
    elif isinstance(value, list | dict):
        leaves = list(_leaves(value))
        if any(_is_numpys(each) for each in leaves):
            yield "R210", f"a {type(value).__name__} that holds numpy values"
        if any(isinstance(each, float) and not math.isfinite(each) for each in leaves):
            yield "R207", "NaN or infinity"


def _of_array(array: np.ndarray[Any, Any]) -> Iterator[tuple[str, str]]:
    if array.dtype.kind == "b":
        yield "R209", "an array of truth values"
    elif array.dtype in (np.float32, np.float16):
        yield "R208", f"{array.dtype}"
    if array.dtype.kind in "fc" and not np.isfinite(array).all():
        yield "R207", "NaN or infinity"


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for each in value.values():
            yield from _leaves(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _leaves(each)
    else:
        yield value


def _is_numpys(value: Any) -> bool:
    """Whether JSON does not take a value of numpy's; float64 is a float to it."""
    return isinstance(value, np.ndarray) or (
        isinstance(value, np.generic) and not isinstance(value, float | str | bytes)
    )


def differences(rest: Any, grpc: Any) -> Iterator[tuple[str, str]]:
    """Code and words for how two replies in their JSON forms differ, meta and empty parts apart."""
    left, right = _payload(rest), _payload(grpc)
    if _exactly(left, right):
        return
    if left == right:
        yield "R204", f"{_shown(left)} over REST, {_shown(right)} over gRPC"
    else:
        yield "R203", f"{_shown(left)} over REST, {_shown(right)} over gRPC"


def _payload(reply: Any) -> Any:
    """The payload of a reply. Names that are not there are none; proto-JSON leaves them out."""
    if not isinstance(reply, dict):
        return reply
    kept = {key: value for key, value in reply.items() if key != "meta"}
    if isinstance(data := kept.get("data"), dict):
        kept["data"] = {key: value for key, value in data.items() if key != "names" or value}
    return kept


def _exactly(left: Any, right: Any) -> bool:
    """Whether two values of JSON are equal, 1 and 1.0 being two."""
    return json.dumps(left, sort_keys=True) == json.dumps(right, sort_keys=True)


def _shown(value: Any) -> str:
    """The array of a payload, or all of it, in a few words."""
    data = value.get("data") if isinstance(value, dict) else None
    arrays = [data[kind] for kind in ("ndarray", "tensor") if kind in data] if isinstance(data, dict) else []
    text = json.dumps(arrays[0] if arrays else value, ensure_ascii=False)
    return text if len(text) <= _WIDEST else f"{text[: _WIDEST - 3]}..."


_WIDEST = 50
