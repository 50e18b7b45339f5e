"""Messages compared exactly, and strategies that make messages of every sort, proper and broken."""

from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from seldon_workbench.errors import PayloadError
from seldon_workbench.message import Array, Feedback, Meta, SeldonMessage
from seldon_workbench.server import wire

# ---- comparing -----------------------------------------------------------------------------------


def shown(value: Any) -> Any:
    """A value in a form that is equal only for the same types, dtypes, shapes and numbers, NaN included."""
    if isinstance(value, np.ndarray):
        return "array", value.dtype.str, value.shape, repr(value.tolist())
    if isinstance(value, SeldonMessage):
        return value.kind, shown(value.value), shown(list(value.names)), shown(value.meta)
    if isinstance(value, Feedback):
        return shown(value.request), shown(value.truth), value.reward, dict(value.routing)
    if isinstance(value, Meta):
        path, tags, raw = dict(value.request_path or {}), dict(value.tags or {}), dict(value.raw)
        return shown([value.puid or "", tags, path, list(value.metrics), raw])
    if isinstance(value, dict):
        return {key: shown(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [shown(entry) for entry in value]
    return type(value).__name__, repr(value)


def outcome(decode: Any, raw: Any) -> Any:
    """What a decoder makes of a request: the message as shown, or that it is refused."""
    try:
        return shown(decode(raw))
    except PayloadError:
        return PayloadError


def array(values: Any, dtype: Any, shape: tuple[int, ...]) -> Array:
    """An array whose dtype and shape are stated, not inferred."""
    made = np.array(values, dtype=dtype)
    assert made.shape == shape
    return made


LARGE_JSON = b" " * 16_385
"""Blanks that make a JSON text large enough to be read the way large ones are."""

LARGE_PROTO = wire.SeldonMessage(status=wire.Status(info="x" * 1100)).SerializeToString()
"""A status, which no codec reads, that makes a protobuf message large enough for the same."""

# ---- making --------------------------------------------------------------------------------------

SHAPES = npst.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4)
FILLED_SHAPES = npst.array_shapes(min_dims=1, max_dims=4, min_side=1, max_side=4)

INTEGERS = ["i1", "i2", "i4", "i8", ">i8", "u1", "u2", "u4"]
FLOATS = ["f2", "f4", "f8", ">f4", ">f8"]


def arrays(dtypes: list[str], shapes: st.SearchStrategy[tuple[int, ...]] = SHAPES) -> Any:
    """Arrays of some dtypes, contiguous and not."""
    made = st.sampled_from(dtypes).flatmap(lambda dtype: npst.arrays(np.dtype(dtype), shapes))
    ways = [lambda each: each, np.asfortranarray, lambda each: each.T, lambda each: each[..., ::-1]]
    return st.tuples(made, st.sampled_from(ways)).map(
        lambda pair: pair[1](pair[0]) if pair[0].ndim else pair[0]
    )


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=6).filter(
    lambda text: text not in ("NaN", "Infinity", "-Infinity")
)

HUGE = st.sampled_from([2**63 - 1, 2**63, 2**64 - 1, 2**64, -(2**63), -(2**63) - 1, 10**30, 10**400])
ATOMS = (
    st.none()
    | st.booleans()
    | st.integers(-5, 5)
    | HUGE
    | st.floats()
    | st.text(max_size=4)
    | st.sampled_from(["NaN", "Infinity", "-Infinity", "MTIz", "MTI", "_-8=", "COUNTER"])
)
KEYS = st.sampled_from(
    [
        *("data", "jsonData", "strData", "binData", "customData", "meta", "tensor", "ndarray", "tftensor"),
        *("names", "shape", "values", "tags", "puid", "metrics", "requestPath", "routing", "request"),
        *("response", "truth", "reward", "seldonMessages", "key", "type", "value", "@type", "status"),
    ]
)
_VALUES = st.recursive(
    ATOMS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=12
)


@st.composite
def anything(draw: st.DrawFn) -> Any:
    """Any parsed JSON. A function of its own keeps hypothesis from spelling it out wherever it is used."""
    return draw(_VALUES)


ANYTHING = anything()
NUMBERS = st.lists(st.integers(-3, 3) | st.floats() | HUGE, max_size=4)
_TENSOR = st.fixed_dictionaries(
    {}, optional={"shape": st.lists(st.integers(-1, 4), max_size=3) | ANYTHING, "values": NUMBERS | ANYTHING}
)
_ROWS = st.lists(NUMBERS, max_size=3) | NUMBERS | ANYTHING
_NAMES = st.lists(st.text(max_size=3) | HUGE, max_size=3) | ANYTHING
_DATA = st.fixed_dictionaries({}, optional={"tensor": _TENSOR | ANYTHING, "ndarray": _ROWS, "names": _NAMES})
_META = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("puid", "tags", "metrics", "requestPath", "routing"), ANYTHING)
)
_MESSAGES = st.fixed_dictionaries(
    {},
    optional={
        "data": _DATA | ANYTHING,
        "jsonData": ANYTHING,
        "strData": ANYTHING,
        "binData": ANYTHING,
        "meta": _META | ANYTHING,
    },
)


@st.composite
def messages(draw: st.DrawFn) -> Any:
    """Parsed JSON that is a SeldonMessage more often than not."""
    return draw(_MESSAGES)


MESSAGES = messages()

TENSORS = st.lists(
    st.integers(-3, 3) | st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=6
).map(lambda values: {"data": {"tensor": {"shape": [len(values)], "values": values}}})
"""Messages that are one plain tensor and nothing else."""

FEEDBACKS = st.fixed_dictionaries(
    {},
    optional={
        "request": MESSAGES | ANYTHING,
        "response": MESSAGES | ANYTHING,
        "truth": MESSAGES | ANYTHING,
        "reward": st.floats(width=32) | ANYTHING,
    },
)
"""Parsed JSON that is a Feedback more often than not."""
