"""What can be said about a request and its two answers; the words in which rules are written."""

import math
from typing import Any

from .exchange import BROKEN, GRPC, Pair
from .orders import messages, parsed, parts
from .wellformed import FEEDBACK_VERBS, NOT_FINITE, faults

BAD_DATA = "MICROSERVICE_BAD_DATA"


def fixed(pair: Pair) -> bool:
    """The original fails, ours answers."""
    return not pair.theirs.ok and pair.ours.ok


def now_fails(pair: Pair) -> bool:
    """The original answers, ours fails."""
    return pair.theirs.ok and not pair.ours.ok


def refused(pair: Pair) -> bool:
    """Ours says that the request is at fault."""
    if pair.request.wire == GRPC:
        return pair.ours.status in ("INVALID_ARGUMENT", "UNIMPLEMENTED")
    return pair.ours.status == 400 and pair.ours.reason == BAD_DATA


def blames_itself(pair: Pair) -> bool:
    """Ours says that it failed, or does not answer at all, although the request is at fault."""
    own_failure = pair.ours.status in (BROKEN, 500, "INTERNAL", "UNKNOWN")
    return own_failure and bool(faults(pair.request))


def uses_proto(pair: Pair) -> bool:
    """The original saw the payload as a protobuf message: gRPC, and feedback on either wire."""
    return pair.request.wire == GRPC or pair.request.verb in FEEDBACK_VERBS


def is_route(pair: Pair) -> bool:
    """The verb is route."""
    return pair.request.verb.lower() == "route"


def non_finite(pair: Pair) -> bool:
    """A bare NaN or infinity is somewhere in the request."""
    return any(isinstance(each, float) and not math.isfinite(each) for each in parts(parsed(pair.request)))


def non_finite_texts(pair: Pair) -> bool:
    """One of the texts that stand for them is somewhere in an array of the request."""
    arrays = [message.get("data") for message in messages(pair.request)]
    return any(isinstance(each, str) and each in NOT_FINITE for array in arrays for each in parts(array))


def with_texts(value: Any) -> Any:
    """The same with NaN and infinities as the texts that stand for them."""
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, dict):
        return {key: with_texts(each) for key, each in value.items()}
    return [with_texts(each) for each in value] if isinstance(value, list) else value
