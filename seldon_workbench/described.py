"""What metadata say of a message: which payload it carries, of which shape, of which types.

Metadata describe a message by items. One item is the whole payload; several items of one number each
are the columns of a row.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

__all__ = ["Described", "Scalar"]


class Scalar(Enum):
    """What a single value of an array is."""

    NUMBER = "number"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    STRING = "string"
    ANY = "any"

    @classmethod
    def of_datatype(cls, datatype: str) -> "Scalar":
        """What the values of a datatype of v2 metadata are in JSON."""
        if datatype.startswith(("INT", "UINT")):
            return cls.INTEGER
        if datatype.startswith("FP"):
            return cls.NUMBER
        return {"BOOL": cls.BOOLEAN, "BYTES": cls.STRING}.get(datatype, cls.ANY)


_ARRAY = "data"
_MEMBERS = {
    **dict.fromkeys(("tensor", "ndarray", "tftensor"), _ARRAY),
    **{kind: kind for kind in ("strData", "binData", "jsonData")},
}


@dataclass(frozen=True, slots=True)
class Described:
    """One message, as metadata describe it."""

    member: str
    """Where the payload stands in a SeldonMessage: ``data``, ``strData``, ``binData``, ``jsonData``."""
    shape: tuple[int, ...] = ()
    """Lengths of an array; below zero for any length. Empty where nothing is said."""
    names: tuple[str, ...] = ()
    """Of the columns."""
    columns: tuple[Scalar, ...] = (Scalar.ANY,)
    """What the values are: of every column, or one for all."""

    @classmethod
    def from_items(cls, items: Sequence[Mapping[str, Any]]) -> "Described | None":
        """What ``inputs`` or ``outputs`` of metadata say; None if that is nothing that is known here."""
        if not items:
            return None
        if len(items) > 1 and all("messagetype" not in item and _is_single(item) for item in items):
            return cls._from_columns(items)
        if "messagetype" in items[0]:
            return cls._from_v1(items[0])
        if not items[0]:
            return None
        return cls(
            member=_ARRAY,
            shape=_shape(items[0].get("shape", ())),
            columns=(Scalar.of_datatype(items[0].get("datatype", "")),),
        )

    @classmethod
    def _from_columns(cls, items: Sequence[Mapping[str, Any]]) -> "Described":
        names = tuple(item.get("name", "") for item in items)
        return cls(
            member=_ARRAY,
            shape=(-1, len(items)),
            names=names if all(names) else (),
            columns=tuple(Scalar.of_datatype(item.get("datatype", "")) for item in items),
        )

    @classmethod
    def _from_v1(cls, item: Mapping[str, Any]) -> "Described | None":
        member = _MEMBERS.get(item["messagetype"])
        if member != _ARRAY:
            return None if member is None else cls(member)
        schema = item.get("schema", {})
        names = tuple(schema.get("names", ()))
        shape = _shape(schema.get("shape", ())) or ((-1, len(names)) if names else ())
        # A tensor holds numbers and nothing else.
        scalar = Scalar.NUMBER if item["messagetype"] == "tensor" else Scalar.ANY
        return cls(_ARRAY, shape, names, (scalar,))

    @property
    def example_shape(self) -> tuple[int, ...]:
        """The shape of a smallest message of this kind. One dimension is that of a row."""
        known = tuple(1 if length < 0 else length for length in self.shape)
        return known if len(known) != 1 else (1, *known)

    @property
    def column_names(self) -> tuple[str, ...]:
        """The names, if there is one for every column of the array."""
        shape = self.example_shape
        return self.names if len(shape) > 1 and shape[1] == len(self.names) else ()


def _shape(lengths: Sequence[float]) -> tuple[int, ...]:
    return tuple(int(length) for length in lengths)  # 4.0 is an integer to Seldon


def _is_single(item: Mapping[str, Any]) -> bool:
    """Whether an item stands for one value per row."""
    return math.prod(1 if length < 0 else length for length in _shape(item.get("shape", ()))) == 1
