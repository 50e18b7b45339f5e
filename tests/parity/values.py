"""Random payloads: numbers, texts, shapes, names and metas, each drawn from a given generator."""

import base64
from collections.abc import Callable
from random import Random
from typing import Any

Json = Any
Draw = Callable[[Random], Json]

TEXTS = (
    *(
        "a",
        "bc",
        "",
        " spaced ",
        "é",
        "世界",
        "\N{ROCKET}",
        'q"uote',
        "back\\slash",
        "line\nbreak",
        "1",
        "1.5",
        "None",
    ),
    *("ctl\x00\x1f\x7f", "\u2028\u2029", "true", "long " * 40, "2020-01-01", "<b>&amp;</b>", "a/b%20c+d=e"),
)
TINY_AND_HUGE = (
    5e-324,
    1e-300,
    -1e308,
    1.7976931348623157e308,
    -0.0,
    0.0,
    1 / 3,
    0.1 + 0.2,
    1e16,
    123456789.125,
)
BIG_INTS = (2**53 + 1, 2**63 - 1, -(2**63), 2**31, -(2**31) - 1)
BIGGER_INTS = (2**63, 2**64 - 1, 10**23, -(10**20))

CELLS: dict[str, Draw] = {
    "int": lambda rng: rng.randint(-1000, 1000),
    "float": lambda rng: rng.uniform(-10, 10),
    "short_float": lambda rng: round(rng.uniform(-10, 10), 1),
    "whole_float": lambda rng: float(rng.randint(-5, 5)),
    "tiny_or_huge": lambda rng: rng.choice(TINY_AND_HUGE),
    "int_or_float": lambda rng: rng.choice((rng.randint(-9, 9), round(rng.uniform(-9, 9), 2))),
    "bool": lambda rng: rng.random() < 0.5,
    "text": lambda rng: rng.choice(TEXTS),
    "text_or_number": lambda rng: rng.choice((rng.choice(TEXTS), rng.randint(-9, 9), 2.5)),
    "none_or_number": lambda rng: rng.choice((None, rng.randint(-9, 9), 0.5)),
    "none_or_text": lambda rng: rng.choice((None, rng.choice(TEXTS))),
    "bool_or_number": lambda rng: rng.choice((True, False, rng.randint(-9, 9))),
    "big_int": lambda rng: rng.choice(BIG_INTS),
    "bigger_int": lambda rng: rng.choice(BIGGER_INTS),
    "dict": lambda rng: {rng.choice("abc"): rng.choice((1, "x", None, [True]))},
}
NUMERIC = ("int", "float", "short_float", "whole_float", "tiny_or_huge", "int_or_float", "big_int")
NOT_FINITE: tuple[Json, ...] = (float("nan"), float("inf"), float("-inf"))
NOT_FINITE_TEXTS = ("NaN", "Infinity", "-Infinity")


def shape(rng: Random) -> list[int]:
    """Mostly one to four dimensions, now and then an empty one, many, or a large one."""
    if rng.random() < 0.04:
        return rng.choice(([1] * 7, [2, 1, 2, 1, 2], [40, 6], [150], [1, 120], [0], [0, 4], [3, 0, 2]))
    dimensions = rng.choices((1, 2, 3, 4), weights=(20, 60, 12, 8))[0]
    sizes = [rng.randint(1, 4 if dimensions < 3 else 2) for _ in range(dimensions)]
    if rng.random() < 0.05:
        sizes[rng.randrange(dimensions)] = 0
    return sizes


def nested(cells: list[Json], sizes: list[int]) -> Json:
    """Cells in row-major order as nested lists."""
    if not sizes:
        return cells[0]
    step = len(cells) // sizes[0] if sizes[0] else 0
    return [nested(cells[i * step : (i + 1) * step], sizes[1:]) for i in range(sizes[0])]


def count(sizes: list[int]) -> int:
    """How many cells a shape has."""
    total = 1
    for size in sizes:
        total *= size
    return total


def cells(rng: Random, kind: str, number: int) -> list[Json]:
    """So many cells of a kind."""
    return [CELLS[kind](rng) for _ in range(number)]


def names(rng: Random, columns: int) -> Json:
    """Names as clients send them: absent (None), empty, matching, of another length, unicode."""
    kind = rng.choice(("absent", "empty", "matching", "matching", "other", "unicode"))
    if kind == "absent":
        return None
    if kind == "empty":
        return []
    if kind == "unicode":
        return [rng.choice(TEXTS) for _ in range(columns)]
    return [f"f{i}" for i in range(columns if kind == "matching" else rng.randint(1, 5))]


def tree(rng: Random, depth: int = 3) -> Json:
    """Any JSON value."""
    if depth == 0 or rng.random() < 0.4:
        kind = rng.choice(("int", "float", "tiny_or_huge", "bool", "text", "none_or_text"))
        return CELLS[kind](rng)
    if rng.random() < 0.5:
        return [tree(rng, depth - 1) for _ in range(rng.randint(0, 3))]
    return branch(rng, depth)


def branch(rng: Random, depth: int = 3) -> dict[str, Json]:
    """A JSON object."""
    return {
        rng.choice(("a", "b", "é", "", "c d", "1")): tree(rng, depth - 1) for _ in range(rng.randint(0, 4))
    }


def metric(rng: Random) -> dict[str, Json]:
    """A metric as an earlier node of a graph would have left it."""
    value = rng.choice((1, 2.5, 0.1, -3, 100, 1e-7, 16777217, 123456.789, rng.uniform(-1, 1)))
    made = {"key": rng.choice(("m", "n")), "type": rng.choice(("COUNTER", "GAUGE", "TIMER")), "value": value}
    return {**made, "tags": {"x": rng.choice(TEXTS)}} if rng.random() < 0.3 else made


META_FIELDS: dict[str, Draw] = {
    "puid": lambda rng: rng.choice(("puid-1", "é", "0", "p" * 40)),
    "tags": lambda rng: {rng.choice(("in", "shared", "é")): tree(rng, 2) for _ in range(rng.randint(0, 3))},
    "routing": lambda rng: {rng.choice(("r", "0")): rng.randint(-2, 3)},
    "requestPath": lambda rng: {rng.choice(("node", "clf")): rng.choice(("img:1", "reg:5000/x:2"))},
    "metrics": lambda rng: [metric(rng) for _ in range(rng.randint(0, 2))],
}


def meta(rng: Random) -> Json:
    """A meta, or None for a request without one."""
    kind = rng.choice(("absent", "absent", "empty", "one", "one", "some", "all"))
    if kind == "absent":
        return None
    chosen = {"empty": 0, "one": 1, "some": rng.randint(2, 4), "all": len(META_FIELDS)}[kind]
    return {name: META_FIELDS[name](rng) for name in rng.sample(sorted(META_FIELDS), chosen)}


def binary(rng: Random) -> str:
    """Base64 of a few random bytes."""
    return base64.b64encode(rng.randbytes(rng.randint(0, 24))).decode()
