"""Plain Python as protobuf's Value, which holds any JSON, and back."""

from collections.abc import Callable
from typing import Any

import numpy as np

from seldon_workbench.server.json_text import plain_object

__all__ = ["plain", "plain_list", "write_value"]


def plain(value: Any) -> Any:
    """A protobuf Value in plain Python; every number is a float."""
    kind = value.WhichOneof("kind")
    if kind == "number_value":
        return value.number_value
    if kind == "list_value":
        return plain_list(value.list_value)
    if kind == "struct_value":
        return {key: plain(entry) for key, entry in value.struct_value.fields.items()}
    return None if kind in (None, "null_value") else getattr(value, kind)


def plain_list(values: Any) -> list[Any]:
    """A protobuf ListValue in plain Python."""
    return [plain(value) for value in values.values]


def write_value(value: Any, given: Any) -> None:
    """Any value that JSON can hold into a protobuf Value; numbers become doubles, tuples lists, keys strings.

    Raises TypeError for any other.
    """
    for kinds, write in _WRITERS:
        if isinstance(given, kinds):
            write(value, given)
            return
    write_value(value, given.item() if isinstance(given, np.generic) else plain_object(given))


def _write_null(value: Any, given: Any) -> None:
    value.null_value = 0


def _write_boolean(value: Any, given: Any) -> None:
    value.bool_value = bool(given)


def _write_number(value: Any, given: Any) -> None:
    value.number_value = float(given)


def _write_string(value: Any, given: Any) -> None:
    value.string_value = given


def _write_struct(value: Any, given: Any) -> None:
    value.struct_value.SetInParent()
    for key, entry in given.items():
        write_value(value.struct_value.fields[str(key)], entry)


def _write_list(value: Any, given: Any) -> None:
    value.list_value.SetInParent()
    for entry in given:
        write_value(value.list_value.values.add(), entry)


_WRITERS: tuple[tuple[Any, Callable[[Any, Any], None]], ...] = (
    ((bool, np.bool_), _write_boolean),  # before numbers: a bool is an int to Python
    ((float, int, np.integer, np.floating), _write_number),
    (str, _write_string),
    (dict, _write_struct),
    ((list, tuple, np.ndarray), _write_list),
    (type(None), _write_null),
)
"""Which member of a Value holds what."""
