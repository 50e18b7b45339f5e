"""Model metadata: Seldon's schema, its defaults and its validation.

Source: defaults, then what ``init_metadata`` says, then ``MODEL_METADATA``, each laid over the one before
key by key. v1 items (``messagetype``, ``schema``) and v2 items (``name``, ``datatype``, ``shape``) may
stand side by side in one list.
"""

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from seldon_workbench.errors import BadMetadata
from seldon_workbench.settings import NOT_IMPLEMENTED, Unit

__all__ = ["DATATYPES", "ModelMetadata"]

logger = logging.getLogger(__name__)

DATATYPES = (
    *("BOOL", "UINT8", "UINT16", "UINT32", "UINT64", "INT8", "INT16", "INT32", "INT64"),
    *("FP16", "FP32", "FP64", "BYTES"),
)
"""The datatypes of v2 items."""

_ARRAY_MESSAGES = frozenset({"tensor", "ndarray", "tftensor"})
_BARE_MESSAGES = frozenset({"strData", "binData"})


@dataclass(frozen=True, slots=True)
class ModelMetadata:
    """What a component says about itself."""

    name: str = ""
    versions: tuple[str, ...] = ("",)
    platform: str = ""
    inputs: tuple[Mapping[str, Any], ...] = ()
    outputs: tuple[Mapping[str, Any], ...] = ()
    custom: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def default(cls, unit: Unit) -> "ModelMetadata":
        """What is known without asking the component: its image's name and version."""
        if unit.image is None:
            return cls()
        name, version = unit.image_parts
        return cls(name="" if name == NOT_IMPLEMENTED else name, versions=(version,))

    @classmethod
    def from_sources(cls, said: Mapping[str, Any], unit: Unit) -> "ModelMetadata":
        """The defaults, what ``init_metadata`` said, ``MODEL_METADATA``; the later wins.

        Raises BadMetadata.
        """
        merged = cls.default(unit).to_dict() | dict(said) | overlay(unit.metadata)
        for key, value in merged.items():
            check = _CHECKS.get(key)
            if check is None:
                raise BadMetadata(f"unknown key {key!r}", hint=f"known keys: {', '.join(_CHECKS)}")
            check(key, value)
        return cls(
            name=merged["name"],
            versions=tuple(merged["versions"]),
            platform=merged["platform"],
            inputs=tuple(merged["inputs"]),
            outputs=tuple(merged["outputs"]),
            custom={_key(key): entry for key, entry in merged["custom"].items()},
        )

    def to_dict(self) -> dict[str, Any]:
        """As REST sends it."""
        return {
            "name": self.name,
            "versions": list(self.versions),
            "platform": self.platform,
            "inputs": list(self.inputs),
            "outputs": list(self.outputs),
            "custom": dict(self.custom),
        }


def overlay(text: str | None) -> dict[str, Any]:
    """What ``MODEL_METADATA`` says. A text that is no mapping says nothing, which is logged."""
    if text is None:
        return {}
    import yaml  # where it is needed, for it takes longer than all the rest of this room

    try:
        said = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # ValueError: 2024-13-45 is no date
        return _ignored(f"it is neither YAML nor JSON: {' '.join(str(error).split())}")
    if said is None:
        return _ignored("it is empty")
    return said if isinstance(said, dict) else _ignored(f"it is a {type(said).__name__}, not a mapping")


def _ignored(why: str) -> dict[str, Any]:
    logger.error(
        'MODEL_METADATA is ignored: %s (write for instance {"name": "iris", "versions": ["v1"]})', why
    )
    return {}


def _key(key: object) -> str:
    """A key as JSON spells it: YAML has keys that are numbers. Raises BadMetadata."""
    try:
        return key if isinstance(key, str) else json.dumps(key)
    except TypeError:
        raise BadMetadata(f"custom has a key {key!r}, which is no string") from None


def _text(where: str, value: object) -> None:
    if not isinstance(value, str):
        raise BadMetadata(f"{where} is {value!r}, which is no string")


def _list_of(check: Callable[[str, object], None]) -> Callable[[str, object], None]:
    def check_list(where: str, value: object) -> None:
        if not isinstance(value, list):
            raise BadMetadata(f"{where} is {value!r}, which is no list", hint=_list_hint(value))
        for place, entry in enumerate(value):
            check(f"{where}[{place}]", entry)

    return check_list


def _list_hint(value: object) -> str:
    """Shapes are tuples to numpy, but Seldon takes lists alone."""
    return f"write {list(value)}" if isinstance(value, tuple) else ""


def _integer(where: str, value: object) -> None:
    # JSON schema's integer: 1.0 is one, True is none.
    if isinstance(value, bool) or not isinstance(value, int | float) or value % 1 != 0:
        raise BadMetadata(f"{where} is {value!r}, which is no integer")


def _custom(where: str, value: object) -> None:
    if not isinstance(value, dict):
        raise BadMetadata(f"{where} is {value!r}, which is no object")
    for key, entry in value.items():
        _text(f"{where}.{key}", entry)


def _item(where: str, value: object) -> None:
    if not isinstance(value, dict):
        raise BadMetadata(f"{where} is {value!r}, which is no object")
    if "messagetype" in value:
        _v1_item(where, value)
    else:
        _v2_item(where, value)


def _v1_item(where: str, item: Mapping[str, object]) -> None:
    _text(f"{where}.messagetype", item["messagetype"])
    kind = item["messagetype"]
    _known_keys(where, item, ("messagetype",) if kind in _BARE_MESSAGES else ("messagetype", "schema"))
    schema = item.get("schema", {})
    if not isinstance(schema, dict):
        raise BadMetadata(f"{where}.schema is {schema!r}, which is no object")
    if kind in _ARRAY_MESSAGES:
        _known_keys(f"{where}.schema", schema, ("names", "shape"))
        _list_of(_text)(f"{where}.schema.names", schema.get("names", []))
        _list_of(_integer)(f"{where}.schema.shape", schema.get("shape", []))


def _v2_item(where: str, item: Mapping[str, object]) -> None:
    _known_keys(where, item, ("name", "datatype", "shape"))
    _text(f"{where}.name", item.get("name", ""))
    _list_of(_integer)(f"{where}.shape", item.get("shape", []))
    if "datatype" in item and item["datatype"] not in DATATYPES:
        raise BadMetadata(
            f"{where}.datatype is {item['datatype']!r}", hint=f"use one of {', '.join(DATATYPES)}"
        )


def _known_keys(where: str, item: Mapping[str, object], known: tuple[str, ...]) -> None:
    for key in item:
        if key not in known:
            raise BadMetadata(f"{where} has an unknown key {key!r}", hint=f"known keys: {', '.join(known)}")


_CHECKS: dict[str, Callable[[str, object], None]] = {
    "name": _text,
    "versions": _list_of(_text),
    "platform": _text,
    "inputs": _list_of(_item),
    "outputs": _list_of(_item),
    "custom": _custom,
}
