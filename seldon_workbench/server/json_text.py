"""JSON text to plain Python and back, exactly.

Rule: orjson is used only where it is exact. It turns integers beyond 64 bit into floats and refuses
NaN; texts it could change are read by the standard library, and everything that is no plain number
array is written by it.
"""

import base64
import contextvars
import dataclasses
import datetime
import decimal
import email.utils
import json
import math
import re
import uuid
from typing import Any

import numpy as np
import orjson

from seldon_workbench.errors import PayloadError, ReplyError

__all__ = ["AS_GIVEN", "MAX_DEPTH", "dump", "from_base64", "parse", "plain_object", "spelled"]

MAX_DEPTH = 512
"""Deepest nesting of a request that is read."""

_DIGITS_TO_ZERO = bytes(ord("0") if chr(byte).isdigit() and byte < 128 else byte for byte in range(256))
_LONG_DIGITS = b"0" * 19
_LONG_INTEGER = re.compile(rb"(?<![\d.])\d{19,}(?![\d.eE])")
"""An integer that may not fit into 64 bit: long digits that are no fraction's."""


# ---- reading -------------------------------------------------------------------------------------


def parse(raw: bytes | str) -> Any:
    """JSON text in plain Python: every number exact, NaN and infinities accepted. Raises PayloadError."""
    try:
        parsed = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return _parse_exactly(raw)
    return _checked(parsed, raw)


def _parse_exactly(raw: bytes | str) -> Any:
    """The same, by the standard library alone. Raises PayloadError."""
    try:
        parsed = json.loads(raw)
    except (ValueError, RecursionError) as error:
        # UnicodeDecodeError is a ValueError too.
        raise PayloadError(f"Can't find JSON in data: {error}", hint="send a JSON object") from error
    return _not_too_deep(parsed, raw)


def _checked(parsed: Any, raw: bytes | str) -> Any:
    """What orjson read, or what the standard library reads where an integer may have become a float."""
    text = raw if isinstance(raw, bytes) else raw.encode(errors="surrogatepass")
    if _LONG_DIGITS in text.translate(_DIGITS_TO_ZERO) and _LONG_INTEGER.search(text):
        return _parse_exactly(raw)
    return _not_too_deep(parsed, raw)


def _not_too_deep(parsed: Any, raw: bytes | str) -> Any:
    openers = raw.count(b"[") + raw.count(b"{") if isinstance(raw, bytes) else raw.count("[") + raw.count("{")
    if openers > MAX_DEPTH and _depth(parsed) > MAX_DEPTH:
        raise PayloadError(
            f"the JSON is nested deeper than {MAX_DEPTH} levels", hint="send a flatter payload"
        )
    return parsed


def _depth(value: Any) -> int:
    """Levels of nesting of a parsed document, breadth first and without recursion."""
    depth, level = 0, [value]
    while depth <= MAX_DEPTH and (level := [entry for entry in level if isinstance(entry, list | dict)]):
        depth += 1
        rows = [entry.values() if isinstance(entry, dict) else entry for entry in level]
        # A row of plain values ends here; asking for its types is done without a Python loop.
        level = [entry for row in rows if not _CONTAINERS.isdisjoint(map(type, row)) for entry in row]
    return depth


_CONTAINERS = frozenset({list, dict})


_URL_SAFE = str.maketrans("-_", "+/", "\r\n")


def from_base64(text: str, *, is_padded: bool = True) -> bytes:
    """Bytes of base64 in either alphabet; line breaks, which base64 tools insert, are passed over.

    Raises binascii.Error and UnicodeEncodeError.
    """
    plain = text.translate(_URL_SAFE).encode("ascii")
    return base64.b64decode(plain if is_padded else plain + b"=" * (-len(plain) % 4), validate=True)


# ---- writing -------------------------------------------------------------------------------------


def dump(value: Any) -> bytes:
    """Any value a component may return as JSON, exactly. Raises ReplyError for what JSON cannot hold."""
    dump_plain = _DUMP_AS_GIVEN if AS_GIVEN.get() else _DUMP
    try:
        return dump_plain(value).encode()
    except (TypeError, ValueError, RecursionError):
        pass  # not plain: a NaN, a key that is no string, a numpy value, or no JSON at all
    try:
        return dump_plain(_plain(value)).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise ReplyError(str(error), hint="return arrays, lists, dicts, strings, numbers") from error


_DUMP = json.JSONEncoder(separators=(",", ":"), sort_keys=True, allow_nan=False).encode
_DUMP_AS_GIVEN = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode

AS_GIVEN = contextvars.ContextVar("AS_GIVEN", default=False)
"""Whether objects keep the order of their keys instead of being sorted."""


def _plain(value: Any) -> Any:
    """A value in the types JSON knows. Raises TypeError for one that has no such form."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float | np.floating):
        number = float(value)
        return number if math.isfinite(number) else spelled(number)
    if isinstance(value, dict):
        return {_key(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    if isinstance(value, np.ndarray | np.generic):
        return _plain(value.tolist())
    return _plain(plain_object(value))


def plain_object(value: Any) -> Any:
    """What stands in JSON for a date, decimal, UUID, dataclass or markup. Raises TypeError for any other."""
    if isinstance(value, datetime.date):
        moment = value if isinstance(value, datetime.datetime) else datetime.datetime(*value.timetuple()[:3])
        return email.utils.format_datetime(
            moment.astimezone(datetime.UTC) if moment.tzinfo else _utc(moment), True
        )
    if isinstance(value, decimal.Decimal | uuid.UUID):
        return str(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    if hasattr(value, "__html__"):
        return str(value.__html__())
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def _utc(moment: datetime.datetime) -> datetime.datetime:
    return moment.replace(tzinfo=datetime.UTC)


def spelled(value: float) -> str:
    """A NaN or an infinity as proto-JSON spells it."""
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def _key(key: Any) -> str:
    if isinstance(key, str):
        return key
    if key is None or isinstance(key, bool | int | float):
        return str(json.dumps(key))
    if isinstance(key, np.generic):
        return _key(key.item())
    raise TypeError(f"keys must be str, int, float, bool or None, not {type(key).__name__}")
