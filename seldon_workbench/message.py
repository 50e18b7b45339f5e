"""What travels: messages, meta, metrics, feedback, and the codec that a wire is.

Rule: nothing in this file may know whether bytes came over REST or gRPC. If a branch needs to
know, it belongs in a codec.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from seldon_workbench.errors import ReplyError, UnknownReturnType
from seldon_workbench.methods import Method

__all__ = [
    "MAX_DIMENSIONS",
    "NO_META",
    "Array",
    "Codec",
    "Feedback",
    "Meta",
    "PayloadKind",
    "SeldonMessage",
    "SeldonResponse",
    "Status",
    "default_names",
    "empty_array",
    "payload_of",
]

Array = NDArray[Any]

MAX_DIMENSIONS = 64
"""As many as numpy has."""


class PayloadKind(StrEnum):
    """The member of a SeldonMessage its payload stands in."""

    TENSOR = "tensor"
    NDARRAY = "ndarray"
    TFTENSOR = "tftensor"
    STR = "strData"
    BIN = "binData"
    JSON = "jsonData"
    CUSTOM = "customData"

    is_array: bool
    """Whether it is a member of ``data``."""

    def __init__(self, name: str) -> None:
        self.is_array = name in ("tensor", "ndarray", "tftensor")


@dataclass(frozen=True, slots=True)
class Meta:
    """The meta of a message. Values are echoed as they came; nothing here is validated twice."""

    puid: Any = ""
    tags: Any = None
    request_path: Any = None
    metrics: Sequence[Any] = ()
    raw: Mapping[str, Any] = field(default_factory=dict)
    """The meta as the request gave it, in plain Python: what a component is shown (as a copy)."""
    routing: Mapping[str, int] = field(default_factory=dict)


NO_META = Meta()


@dataclass(frozen=True, slots=True)
class Status:
    """The status of a reply that failed. ``code`` is always -1 and ``status`` 1 on Seldon's wire."""

    info: str
    reason: str


@dataclass(frozen=True, slots=True)
class SeldonMessage:
    """One payload with its names and its meta: a request's or a reply's."""

    kind: PayloadKind
    value: Any
    """An array for the kinds of ``data``; str, bytes or plain Python otherwise."""
    names: Any = ()
    meta: Meta = NO_META
    listed: list[Any] | None = None
    """The list a component returned, where it returned one: JSON sends it as it stands, so that
    ``[1, 2.5]`` keeps its integer."""


@dataclass(frozen=True, slots=True)
class Feedback:
    """A reward for an earlier reply."""

    request: SeldonMessage
    """Its value is an array, empty where the original request carried none."""
    truth: Array
    reward: float
    routing: Mapping[str, int] = field(default_factory=dict)
    """Routing of the reply the reward is for: unit id to child."""


class SeldonResponse:
    """What a component returns to send tags and metrics of this one call along with its data."""

    def __init__(self, data: Any, tags: Any = None, metrics: Any = None) -> None:
        self.data = data
        self.tags = tags if tags is not None else {}
        self.metrics = metrics if metrics is not None else []

    @classmethod
    def create(cls, data: Any) -> "SeldonResponse":
        """``data`` itself if it already is a SeldonResponse, else one around it."""
        # A real seldon_core may stand beside us: its class is as good as ours.
        if type(data).__name__ == "SeldonResponse":
            return data  # type: ignore[no-any-return]
        return cls(data)

    def __repr__(self) -> str:
        return f"SeldonResponse(data={self.data!r}, tags={self.tags!r}, metrics={self.metrics!r})"


class Codec(Protocol):
    """One wire: turns its form of a request into ours and our reply into its form."""

    transport: str
    """``rest`` or ``grpc``: the ending of hooks that are for this wire alone."""

    def decode(self, raw: Any) -> SeldonMessage:
        """A request carrying one message. Raises PayloadError."""

    def decode_list(self, raw: Any) -> list[SeldonMessage]:
        """A request carrying several messages. Raises PayloadError."""

    def decode_feedback(self, raw: Any) -> Feedback:
        """A request carrying feedback. Raises PayloadError."""

    def encode(self, reply: SeldonMessage) -> Any:
        """A reply. Raises ReplyError."""

    def open(self, raw: Any, method: Method) -> Any:
        """A request in the form that a raw hook is given. Raises PayloadError."""

    def plain(self, form: Any) -> Any:
        """That form in plain Python, as REST has it."""

    def seal(self, returned: Any, *, with_metrics: bool) -> tuple[Any, list[Any]]:
        """The reply of a raw hook, encoded, and the metrics in its meta.

        They stay in the reply only ``with_metrics``. Raises ReplyError.
        """


def empty_array() -> Array:
    """What stands for "no data": a float64 array of shape (0,)."""
    return np.array([], dtype=np.float64)


@lru_cache(maxsize=128)
def default_names(columns: int) -> Sequence[str]:
    """``t:0``, ``t:1``, ...: what Seldon calls the columns of an unnamed array."""
    return [f"t:{column}" for column in range(columns)]


def payload_of(returned: Any, asked: PayloadKind) -> tuple[PayloadKind, Any, list[Any] | None]:
    """The kind a returned value is sent as, its value, and the list it was, if it was one.

    Numeric arrays answer in the request's own kind, other arrays as ndarray. ``asked`` is TENSOR
    for a request that carried no array. Raises UnknownReturnType for a value no kind stands for.
    """
    if isinstance(returned, np.ndarray):
        return (asked, returned, None) if _is_numeric(returned) else _others(returned, None)
    if isinstance(returned, list):
        array = _array_of(returned)
        return (asked, array, returned) if _is_numeric(array) else _others(array, returned)
    if isinstance(returned, dict):
        return PayloadKind.JSON, returned, None
    if isinstance(returned, str):
        return PayloadKind.STR, returned, None
    if isinstance(returned, bytes | bytearray):
        return PayloadKind.BIN, bytes(returned), None
    if _is_any(returned):
        return PayloadKind.CUSTOM, returned, None
    raise UnknownReturnType(
        f"Unknown data type returned as payload (must be list or np array):{returned}",
        hint=f"the component returned a {type(returned).__name__}; return an array, list, dict, str or bytes",
    )


def _is_any(value: Any) -> bool:
    """Whether a value is protobuf's Any, told without importing protobuf."""
    descriptor = getattr(value, "DESCRIPTOR", None)
    return getattr(descriptor, "full_name", "") == "google.protobuf.Any"


def _others(array: Array, listed: list[Any] | None) -> tuple[PayloadKind, Array, list[Any] | None]:
    """What an array that is not of numbers is sent as. Raises ReplyError."""
    if _holds_bytes(array):
        array, listed = _with_text(array), None if listed is None else _listed_with_text(listed)
    return PayloadKind.NDARRAY, array, listed


def _is_numeric(array: Array) -> bool:
    # Integers, floats, complex numbers and time spans: what numpy itself calls a number.
    return issubclass(array.dtype.type, np.number)


# ---- bytes among the elements of an array --------------------------------------------------------
# TensorFlow's strings are bytes, and no kind of payload holds bytes but binData, which holds nothing else.


def _holds_bytes(array: Array) -> bool:
    if array.dtype.kind == "O":
        return not _BYTES.isdisjoint(map(type, array.flat))
    return array.dtype.kind == "S"


_BYTES = frozenset({bytes, np.bytes_})


def _with_text(array: Array) -> Array:
    """An array of objects, with the text that its bytes are. Raises ReplyError."""
    texts = np.empty(array.shape, object)
    texts[...] = np.frompyfunc(_text, 1, 1)(array)
    return texts


def _listed_with_text(values: Any) -> Any:
    """The same in nested lists."""
    if isinstance(values, np.ndarray):
        values = values.tolist()
    if isinstance(values, list | tuple):
        return [_listed_with_text(value) for value in values]
    return _text(values)


def _text(value: Any) -> Any:
    if not isinstance(value, bytes):
        return value
    try:
        return value.decode()
    except UnicodeDecodeError as error:
        raise ReplyError(
            f"the component returned bytes in an array that are no text: {error}",
            hint="return bytes alone (sent as binData), or base64 text in their place",
        ) from error


def _array_of(values: list[Any]) -> Array:
    try:
        return np.array(values)
    except (ValueError, OverflowError) as error:
        raise ReplyError(
            f"the component returned a list that is no array: {error}",
            hint="return rows of equal length, or a dict (sent as jsonData)",
        ) from error
