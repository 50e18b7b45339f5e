"""contract.json: what a component is asked with and what it answers; random batches that fit it.

``features`` and ``targets`` are lists of entries, each one column or, with ``shape`` or ``repeat``, several.
Rule: numpy's global generator draws, so ``numpy.random.seed`` makes a test repeatable.
"""

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from seldon_workbench.errors import SetupError
from seldon_workbench.message import Array

__all__ = [
    "FEATURES",
    "TARGETS",
    "Column",
    "SeldonTesterException",
    "columns_of",
    "create_seldon_api_testing_file",
    "generate_batch",
    "names_of",
    "read_contract",
    "unfold_contract",
]

FEATURES, TARGETS = "features", "targets"
CONTINUOUS, CATEGORICAL = "continuous", "categorical"
FLOAT, INT = "FLOAT", "INT"


class SeldonTesterException(SetupError):
    """A contract that cannot be used; the text names the entry."""

    reason = "MICROSERVICE_BAD_DATA"

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.message = message


@dataclass(frozen=True, slots=True)
class Column:
    """One entry of a contract, checked."""

    name: str
    place: str
    """What errors call it: ``features[0] 'age'``."""
    values: tuple[Any, ...] = ()
    """What a categorical column holds; empty for a continuous one."""
    is_integer: bool = False
    low: float = -math.inf
    high: float = math.inf
    shape: tuple[int, ...] = (1,)
    """Of one row's part of it."""

    @property
    def width(self) -> int:
        """How many places it takes along a row."""
        return self.shape[0]

    def draw(self, rows: int) -> Array:
        """Random values of shape ``[rows, *shape]``."""
        count = rows * math.prod(self.shape)
        drawn = self._draw_one_of(count) if self.values else self._draw_number(count)
        return drawn.reshape((rows, *self.shape))

    def _draw_one_of(self, count: int) -> Array:
        return _array_of(self.values)[np.random.randint(len(self.values), size=count)]

    def _draw_number(self, count: int) -> Array:
        if math.isfinite(self.low) and math.isfinite(self.high):
            drawn = np.random.uniform(self.low, self.high, count)
        elif math.isfinite(self.high):
            drawn = self.high - np.random.lognormal(size=count)
        elif math.isfinite(self.low):
            drawn = self.low + np.random.lognormal(size=count)
        else:
            drawn = np.random.normal(size=count)
        drawn = np.around(drawn, 3)
        return np.trunc(drawn + 0.5) if self.is_integer else drawn


def _array_of(values: Sequence[Any]) -> Array:
    """An array whose values keep their types: numpy would make a text of each number beside a text."""
    if len({_kind(value) for value in values}) > 1:
        array = np.empty(len(values), dtype=object)
        array[:] = values
        return array
    return np.array(values)


def _kind(value: Any) -> type:
    return float if isinstance(value, int | float) and not isinstance(value, bool) else type(value)


# ---- reading -------------------------------------------------------------------------------------


def read_contract(path: str | Path) -> dict[str, Any]:
    """A contract file, unfolded and checked to the last entry. Raises SeldonTesterException."""
    try:
        contract = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise SeldonTesterException(f"the contract cannot be read: {error}") from error
    except ValueError as error:
        raise SeldonTesterException(f"{path} is no JSON: {error}") from error
    unfolded = unfold_contract(contract)
    for field in (FEATURES, TARGETS):
        columns_of(unfolded, field)
    if not unfolded[FEATURES]:
        raise SeldonTesterException("the contract has no features", hint="describe one column at least")
    return unfolded


def unfold_contract(contract: Mapping[str, Any]) -> dict[str, Any]:
    """A contract in which every ``repeat`` is written out. Raises SeldonTesterException.

    Features are called ``x1``, ``x2``; targets ``y:0``, ``y:1``.
    """
    return {
        TARGETS: [each for entry in _entries(contract, TARGETS) for each in _unfolded(*entry, "{}:{}", 0)],
        FEATURES: [each for entry in _entries(contract, FEATURES) for each in _unfolded(*entry, "{}{}", 1)],
    }


def _unfolded(place: str, entry: Mapping[str, Any], naming: str, first: int) -> Iterable[dict[str, Any]]:
    entry = dict(entry)
    if "repeat" not in entry:
        return [entry]
    repeat = entry.pop("repeat")
    if not _is_count(repeat):
        raise SeldonTesterException(f"{place}: repeat is {repeat!r}", hint="write how many columns: 4")
    names = [naming.format(entry.get("name", ""), number) for number in range(first, first + repeat)]
    return [entry | {"name": name} for name in names]


def _entries(contract: Any, field: str) -> list[tuple[str, Mapping[str, Any]]]:
    """The entries of a field, each with its place."""
    entries = contract.get(field) if isinstance(contract, Mapping) else None
    if not isinstance(entries, list):
        raise SeldonTesterException(
            f"the contract has no list {field!r}", hint='it looks like {"features": [...], "targets": [...]}'
        )
    placed = []
    for index, entry in enumerate(entries):
        if not isinstance(entry, Mapping):
            raise SeldonTesterException(f"{field}[{index}] is {entry!r}", hint="an entry is a JSON object")
        placed.append((f"{field}[{index}] {entry.get('name', '')!r}", entry))
    return placed


def columns_of(contract: Mapping[str, Any], field: str) -> list[Column]:
    """The columns that ``features`` or ``targets`` describe. Raises SeldonTesterException."""
    return [_column(place, entry) for place, entry in _entries(contract, field)]


def names_of(contract: Mapping[str, Any]) -> list[str]:
    """The names of the features."""
    return [str(entry.get("name", "")) for _, entry in _entries(contract, FEATURES)]


def _column(place: str, entry: Mapping[str, Any]) -> Column:
    ftype = entry.get("ftype")
    name, shape = str(entry.get("name", "")), _shape(place, entry.get("shape", [1]))
    if ftype == CATEGORICAL:
        return Column(name, place, values=_values(place, entry.get("values")), shape=shape)
    if ftype != CONTINUOUS:
        raise SeldonTesterException(
            f"Unknown feature type {ftype} ({place})", hint="ftype is continuous or categorical"
        )
    dtype = entry.get("dtype")
    if dtype not in (FLOAT, INT):
        raise SeldonTesterException(f"{place}: dtype is {dtype!r}", hint="dtype is FLOAT or INT")
    low, high = _range(place, entry.get("range", ["inf", "inf"]))
    return Column(name, place, is_integer=dtype == INT, low=low, high=high, shape=shape)


def _values(place: str, values: Any) -> tuple[Any, ...]:
    if not isinstance(values, list) or not values:
        raise SeldonTesterException(f"{place}: values is {values!r}", hint='list them: "values": ["a", "b"]')
    return tuple(values)


def _shape(place: str, shape: Any) -> tuple[int, ...]:
    if not isinstance(shape, list) or not shape or not all(map(_is_count, shape)):
        raise SeldonTesterException(f"{place}: shape is {shape!r}", hint="list positive lengths: [28, 28, 1]")
    return tuple(shape)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _range(place: str, given: Any) -> tuple[float, float]:
    """Both ends; ``"inf"`` is endless on either side, ``"-inf"`` at the lower end too."""
    if not isinstance(given, list) or len(given) != 2:
        raise SeldonTesterException(f"{place}: range is {given!r}", hint='two ends: [0, 1] or [0, "inf"]')
    low, high = (_end(place, end) for end in given)
    low = -math.inf if math.isinf(low) else low
    if high == -math.inf or low > high:
        raise SeldonTesterException(f"{place}: range {given!r} is empty", hint="the lower end comes first")
    return low, high


def _end(place: str, end: Any) -> float:
    if end in ("inf", "-inf"):
        return float(end)
    if isinstance(end, int | float) and not isinstance(end, bool) and not math.isnan(end):
        return float(end)
    raise SeldonTesterException(f"{place}: {end!r} is no end of a range", hint='write a number or "inf"')


# ---- drawing -------------------------------------------------------------------------------------


def generate_batch(contract: Mapping[str, Any], n: int, field: str) -> Array:
    """``n`` random rows that fit ``features`` or ``targets`` of an unfolded contract.

    Numbers alone make a float64 array, columns of several types an object array whose values keep their
    types. Raises SeldonTesterException.
    """
    columns = columns_of(contract, field)
    if not columns:
        raise SeldonTesterException(f"the contract has no {field}", hint="describe one column at least")
    drawn = [column.draw(n) for column in columns]
    for column, part in zip(columns, drawn, strict=True):
        if part.shape[2:] != drawn[0].shape[2:]:
            raise SeldonTesterException(
                f"{column.place}: shape {list(column.shape)} does not fit beside {columns[0].place}",
                hint="columns of one contract differ in the first length of their shape at most",
            )
    if len({part.dtype.kind for part in drawn}) > 1 and not all(part.dtype.kind in "if" for part in drawn):
        drawn = [part.astype(object) for part in drawn]
    return np.concatenate(drawn, axis=1)


# ---- writing -------------------------------------------------------------------------------------


def create_seldon_api_testing_file(data: Any, target: str, output_path: str | Path) -> bool:
    """Write the contract that a table follows: its column ``target`` is the target, the others are features.

    ``data`` is a pandas DataFrame, or anything else with ``columns`` that gives a column for its name.
    Numbers are continuous between the least and the greatest, everything else is one of the values that
    occur. Raises SeldonTesterException.
    """
    columns = [str(name) for name in data.columns]
    if target not in columns:
        raise SeldonTesterException(f"there is no column {target!r}", hint=f"columns: {', '.join(columns)}")
    entries = {str(name): _entry(str(name), data[name]) for name in data.columns}
    contract = {
        FEATURES: [entry for name, entry in entries.items() if name != target],
        TARGETS: [entries[target]],
    }
    Path(output_path).write_text(json.dumps(contract, indent=2) + "\n", encoding="utf-8")
    return True


def _entry(name: str, column: Any) -> dict[str, Any]:
    values = np.asarray(column)
    if values.dtype.kind in "iuf":
        present = values[np.isfinite(values)]
        plain: Callable[[Any], float] = int if values.dtype.kind in "iu" else float
        ends = [plain(present.min()), plain(present.max())] if present.size else ["inf", "inf"]
        dtype = FLOAT if values.dtype.kind == "f" else INT
        return {"name": name, "dtype": dtype, "ftype": CONTINUOUS, "range": ends}
    # A missing value is None, or a float that does not equal itself.
    seen = dict.fromkeys(value for value in values.tolist() if value is not None and value == value)
    return {
        "name": name,
        "ftype": CATEGORICAL,
        "values": [value if isinstance(value, str | bool | int | float) else str(value) for value in seen],
    }
