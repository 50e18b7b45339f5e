"""When two answers say the same."""

import json
import math
from collections.abc import Iterator
from typing import Any

from .exchange import BROKEN, Answer

GRPC_CODES = frozenset(
    {
        *("INVALID_ARGUMENT", "UNIMPLEMENTED", "INTERNAL", "FAILED_PRECONDITION", "UNAVAILABLE"),
        *("PERMISSION_DENIED", "UNAUTHENTICATED", "NOT_FOUND", "RESOURCE_EXHAUSTED", "ABORTED"),
    }
)
"""What ours may answer where the original, which knows no other failure, says UNKNOWN.

The second line is for exceptions to which the component gave an HTTP status of its own.
"""


def same(theirs: Answer, ours: Answer) -> bool:
    """Whether ours says what theirs says; of failures only status and reason count."""
    if theirs.status == BROKEN or ours.status == BROKEN:
        return False
    if isinstance(theirs.status, str):
        return same_grpc(theirs, ours)
    if theirs.status != ours.status:
        return False
    if theirs.reason is not None and is_failure(theirs.body):
        return is_failure(ours.body) and theirs.reason == ours.reason
    return theirs.text == ours.text and same_json(theirs.body, ours.body)


def same_grpc(theirs: Answer, ours: Answer) -> bool:
    """Messages as they are; the original's UNKNOWN stands for every failure of component or payload."""
    if theirs.status == "OK":
        return ours.status == "OK" and same_json(theirs.body, ours.body)
    return ours.status == theirs.status or (theirs.status == "UNKNOWN" and ours.status in GRPC_CODES)


def is_failure(body: Any) -> bool:
    """Whether a REST body is nothing but a Status of the wrapper."""
    status = body.get("status") if isinstance(body, dict) and len(body) == 1 else None
    return isinstance(status, dict) and status.get("code") == -1 and "reason" in status


def same_info(theirs: Answer, ours: Answer) -> bool:
    """Whether two failures also use the same words."""
    prefix = "Exception calling application: "
    return str(theirs.info).removeprefix(prefix) == str(ours.info).removeprefix(prefix)


def same_json(a: Any, b: Any) -> bool:
    """Equality where 1 is 1.0, NaN is NaN, -0.0 is not 0.0, True is not 1 and key order is free."""
    return next(differences(a, b), None) is None


def differences(a: Any, b: Any) -> Iterator[tuple[str, Any, Any]]:
    """Every place where two values differ: a path and what stands there on either side."""
    waiting = [("$", a, b)]
    while waiting:
        path, left, right = waiting.pop()
        if isinstance(left, dict) and isinstance(right, dict) and left.keys() == right.keys():
            waiting += [(f"{path}.{key}", left[key], right[key]) for key in left]
        elif isinstance(left, list) and isinstance(right, list) and len(left) == len(right):
            pairs = enumerate(zip(left, right, strict=True))
            waiting += [(f"{path}[{index}]", *pair) for index, pair in pairs]
        elif not same_scalar(left, right):
            yield path, left, right


def same_scalar(a: Any, b: Any) -> bool:
    """Equality of what holds nothing else; objects and lists get here only if they differ."""
    if isinstance(a, (dict, list)):
        return False
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    if isinstance(a, (int, float)) and isinstance(b, (int, float)):
        return same_number(a, b)
    return type(a) is type(b) and bool(a == b)


def same_number(a: int | float, b: int | float) -> bool:
    """Exactly, with NaN equal to itself and the sign of a float zero kept."""
    if isinstance(a, float) and isinstance(b, float):
        if math.isnan(a) or math.isnan(b):
            return math.isnan(a) and math.isnan(b)
        return a == b and math.copysign(1, a) == math.copysign(1, b)
    return a == b


def valid_json(answer: Answer) -> bool:
    """Whether the body holds nothing that JSON lacks."""
    try:
        json.dumps(answer.body, allow_nan=False)
    except ValueError:
        return False
    return True
