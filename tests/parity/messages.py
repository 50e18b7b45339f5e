"""Random SeldonMessages that carry an order to a picker component, and the twists of the odd ones."""

import base64
from collections.abc import Callable
from random import Random
from typing import Any

from . import values
from .values import Json

ORDER_BASE = 700000
"""As in the picker: a first number from here on is an order too."""
ORDERS = 10

Message = dict[str, Any]
Twist = Callable[[Random, Message], Message]


def message(rng: Random, order: str, *, rest: bool) -> Message:
    """A message of any payload kind carrying an order, mostly with a meta."""
    kinds = ("ndarray", "tensor", "strData", "binData", "jsonData")
    kind = rng.choices(kinds, weights=(45, 25, 10, 8, 12))[0]
    made = PAYLOADS[kind](rng, order, rest)
    meta = values.meta(rng)
    return made if meta is None else {**made, "meta": meta}


def ndarray(rng: Random, order: str, rest: bool) -> Message:
    """Nested lists of one kind of cell."""
    kind = rng.choice(sorted(values.CELLS)) if rng.random() < 0.6 else rng.choice(values.NUMERIC)
    sizes = values.shape(rng)
    cells = values.cells(rng, kind, values.count(sizes))
    if cells and kind == "text" and rng.random() < 0.2:
        return {"data": {"ndarray": values.nested([order, *cells[1:]], sizes)}}
    cells = numbered(rng, cells) if kind in values.NUMERIC else cells
    return {"data": {**named(rng, order, sizes), "ndarray": values.nested(cells, sizes)}}


def tensor(rng: Random, order: str, rest: bool) -> Message:
    """A shape and its numbers."""
    sizes = values.shape(rng)
    cells = numbered(rng, values.cells(rng, rng.choice(values.NUMERIC), values.count(sizes)))
    return {"data": {**named(rng, order, sizes), "tensor": {"shape": sizes, "values": cells}}}


def numbered(rng: Random, cells: list[Json]) -> list[Json]:
    """Now and then the first number is an order."""
    return [ORDER_BASE + rng.randrange(ORDERS), *cells[1:]] if cells and rng.random() < 0.15 else cells


def named(rng: Random, order: str, sizes: list[int]) -> Message:
    """Names for an array; without an order to carry, of any sort."""
    columns = sizes[1] if len(sizes) > 1 else sizes[0]
    names = values.names(rng, columns)
    if order != "pick:identity":
        names = [order, *(names or [])[1:]]
    return {} if names is None else {"names": names}


def text(rng: Random, order: str, rest: bool) -> Message:
    """strData."""
    return {"strData": rng.choice(values.TEXTS) if order == "pick:identity" else order}


def binary(rng: Random, order: str, rest: bool) -> Message:
    """binData."""
    if order == "pick:identity":
        return {"binData": values.binary(rng)}
    return {"binData": base64.b64encode(order.encode()).decode()}


def json_data(rng: Random, order: str, rest: bool) -> Message:
    """jsonData: an object, or now and then a list or text."""
    kind = rng.choice(("object", "object", "list", "text"))
    if kind == "text":
        return {"jsonData": order}
    if kind == "list":
        return {"jsonData": [order, *values.cells(rng, "text", rng.randint(0, 3))]}
    return {"jsonData": {"pick": order, **values.branch(rng)}}


PAYLOADS: dict[str, Callable[[Random, str, bool], Message]] = {
    "ndarray": ndarray,
    "tensor": tensor,
    "strData": text,
    "binData": binary,
    "jsonData": json_data,
}


def with_data(changes: Callable[[Random], Message]) -> Twist:
    """A twist that replaces the payload by `data` with these members."""
    return lambda rng, made: {**without_payload(made), "data": changes(rng)}


def without_payload(made: Message) -> Message:
    """The message's meta alone."""
    return {key: value for key, value in made.items() if key == "meta"}


def holed(rng: Random, holes: tuple[Json, ...]) -> list[Json]:
    """Three floats, one of them replaced."""
    cells = values.cells(rng, "float", 3)
    cells[rng.randrange(3)] = rng.choice(holes)
    return cells


def deep(rng: Random, levels: int) -> Json:
    """One number inside so many lists."""
    value: Json = rng.randint(0, 9)
    for _ in range(levels):
        value = [value]
    return value


COMMON_TWISTS: dict[str, Twist] = {
    "nan_cell": with_data(lambda rng: {"ndarray": [holed(rng, values.NOT_FINITE)]}),
    "nan_text_cell": with_data(lambda rng: {"ndarray": [holed(rng, values.NOT_FINITE_TEXTS)]}),
    "nan_text_only": with_data(lambda rng: {"ndarray": list(values.NOT_FINITE_TEXTS)}),
    "nan_tensor": with_data(
        lambda rng: {"tensor": {"shape": [1, 3], "values": holed(rng, values.NOT_FINITE)}}
    ),
    "nan_json": lambda rng, made: {**without_payload(made), "jsonData": {"v": rng.choice(values.NOT_FINITE)}},
    "nan_tag": lambda rng, made: {**made, "meta": {"tags": {"v": rng.choice(values.NOT_FINITE)}}},
    "big_tensor": with_data(
        lambda rng: {"tensor": {"shape": [2], "values": values.cells(rng, "bigger_int", 2)}}
    ),
    "scalar_tensor": with_data(lambda rng: {"tensor": {"shape": [], "values": [rng.randint(0, 9)]}}),
    "only_names": with_data(lambda rng: {"names": ["pick:seen"]}),
    "no_member": with_data(lambda rng: {}),
    "status": lambda rng, made: {**made, "status": {"code": 200, "info": "x"}},
    "json_scalar": lambda rng, made: {
        **without_payload(made),
        "jsonData": rng.choice((5, 1.5, True, None, 0)),
    },
    "deep_ndarray": with_data(lambda rng: {"ndarray": deep(rng, rng.choice((20, 32, 33, 40, 64, 65)))}),
    "null_names": with_data(lambda rng: {"names": None, "ndarray": [[1, 2]]}),
    "null_meta": lambda rng, made: {**made, "meta": None},
    "null_in_meta": lambda rng, made: {
        **made,
        "meta": {rng.choice(("puid", "tags", "routing", "metrics")): None},
    },
}

REST_TWISTS: dict[str, Twist] = {
    **COMMON_TWISTS,
    "scalar_ndarray": with_data(lambda rng: {"ndarray": rng.choice((5, 1.5, True, "x", {"a": 1}))}),
    "several_payloads": lambda rng, made: {**made, rng.choice(("strData", "jsonData")): "second"},
    "unknown_key": lambda rng, made: {**made, "unknown": rng.randint(0, 9)},
    "unknown_in_meta": lambda rng, made: {**made, "meta": {"unknown": 1, "puid": "p"}},
    "unknown_in_data": with_data(lambda rng: {"ndarray": [[1]], "unknown": 2}),
    "deep_json": lambda rng, made: {
        **without_payload(made),
        "jsonData": {"deep": deep(rng, rng.choice((70, 400)))},
    },
    "surrogate": lambda rng, made: {**without_payload(made), "strData": "\ud800"},
    "custom": lambda rng, made: {
        "customData": {"@type": "type.googleapis.com/google.protobuf.Value", "value": 5}
    },
    "float_puid": lambda rng, made: {**made, "meta": {"puid": rng.choice((5, 1.5, True, ["p"]))}},
}

GRPC_TWISTS: dict[str, Twist] = {
    **COMMON_TWISTS,
    "custom": lambda rng, made: {
        "customData": {"@type": "type.googleapis.com/google.protobuf.Value", "value": 5}
    },
}


def twisted(rng: Random, made: Message, *, rest: bool) -> Message:
    """The message with one odd thing about it."""
    twists = REST_TWISTS if rest else GRPC_TWISTS
    return twists[rng.choice(sorted(twists))](rng, made)
