"""What the environment, the annotations of a pod and pyproject.toml say about settings.

Rule: each source comes to a dict of settings by their names in ``Settings``; who wins is decided there.
"""

import dataclasses
import difflib
import math
from collections.abc import Callable, Mapping
from typing import Any, get_args, get_origin

from seldon_workbench.errors import BadSetting, one_of

__all__ = [
    "IMPROVEMENTS",
    "LOG_FORMATS",
    "LOG_LEVELS",
    "of_annotations",
    "of_env",
    "of_project",
    "parse_boolean",
    "parse_switch",
]

IMPROVEMENTS = {
    "metric-tags": "metrics in replies carry the component's own tags, without the label method",
    "mixed-lists": "numbers within a list of numbers and words stay numbers over gRPC",
    "quiet-health": "/health/status does not ask for metrics(), so probes count nothing",
    "plain-feedback": "replies to feedback over REST look like all others, instead of like proto-JSON",
    "feature-names": "transform_input names its columns by feature_names(), or as the request did",
    "json-data": "a list, a text or a number in reply to jsonData stays jsonData",
}
"""What would be better than what Seldon does, and is off unless asked for, because replies differ."""

LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
LOG_FORMATS = ("seldon", "json")

_TRUE = frozenset({"1", "t", "true", "y", "yes", "on"})
_FALSE = frozenset({"", "0", "f", "false", "n", "no", "off"})


# ---- the environment -----------------------------------------------------------------------------


def of_env(env: Mapping[str, str]) -> dict[str, Any]:
    """The settings that variables give. Raises BadSetting."""
    values = {
        name: read(variable, env[variable])
        for name, (variable, read) in _VARIABLES.items()
        if variable in env
    }
    if parse_switch(env.get("FLASK_SINGLE_THREADED", "0"), "FLASK_SINGLE_THREADED"):
        values["threads"] = 1
    jaeger = tuple(sorted(name for name in env if name.startswith("JAEGER_")))
    return values | ({"jaeger": jaeger} if jaeger else {})


def parse_boolean(text: str, name: str) -> bool:
    """``true``/``false`` in the spellings people use. Raises BadSetting for anything else."""
    lowered = text.strip().lower()
    if lowered in _TRUE:
        return True
    if lowered in _FALSE:
        return False
    raise BadSetting(f"{name} is {text!r}, which is neither true nor false", hint="use true or false")


def parse_switch(text: str, name: str) -> bool:
    """An integer, as Seldon wants it here: any but 0 is on. The words for true and false do too."""
    return int(text) != 0 if text.strip().isdigit() else parse_boolean(text, name)


def _integer(name: str, text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise BadSetting(
            f"{name} is {text!r}, which is no integer", hint=f"unset {name} or give digits"
        ) from None


def _flag(name: str, text: str) -> bool:
    return parse_boolean(text, name)


def _text(name: str, text: str) -> str:
    return text


def _unless_false(name: str, text: str) -> bool:
    # Seldon switches this off for the word "false" alone.
    return text.strip().lower() != "false"


def _switch(name: str, text: str) -> bool:
    return parse_switch(text, name)


def _level(name: str, text: str) -> str:
    return _choice(name, text.strip().upper(), LOG_LEVELS)


def _format(name: str, text: str) -> str:
    return _choice(name, text.strip().lower(), LOG_FORMATS)


def _choice(name: str, word: str, known: tuple[str, ...]) -> str:
    if word not in known:
        raise BadSetting(f"{name} is {word!r}", hint=f"use {one_of(known)}")
    return word


def _improvements(name: str, text: str) -> frozenset[str]:
    named = frozenset(word.strip() for word in text.split(",") if word.strip())
    if named == {"all"}:
        return frozenset(IMPROVEMENTS)
    unknown = sorted(named - IMPROVEMENTS.keys())
    if unknown:
        raise BadSetting(f"{name} names {unknown[0]!r}", hint=f"use {', '.join(IMPROVEMENTS)} or all")
    return named


_VARIABLES: dict[str, tuple[str, Callable[[str, str], Any]]] = {
    "http_port": ("PREDICTIVE_UNIT_HTTP_SERVICE_PORT", _integer),
    "grpc_port": ("PREDICTIVE_UNIT_GRPC_SERVICE_PORT", _integer),
    "metrics_port": ("PREDICTIVE_UNIT_METRICS_SERVICE_PORT", _integer),
    "metrics_path": ("PREDICTIVE_UNIT_METRICS_ENDPOINT", _text),
    "workers": ("GUNICORN_WORKERS", _integer),
    "threads": ("GUNICORN_THREADS", _integer),
    "max_requests": ("GUNICORN_MAX_REQUESTS", _integer),
    "max_requests_jitter": ("GUNICORN_MAX_REQUESTS_JITTER", _integer),
    "keepalive": ("GUNICORN_KEEPALIVE", _integer),
    "access_log": ("GUNICORN_ACCESS_LOG", _flag),
    "grpc_workers": ("GRPC_WORKERS", _integer),
    "grpc_threads": ("GRPC_THREADS", _integer),
    "echo_metrics": ("INCLUDE_METRICS_IN_CLIENT_RESPONSE", _flag),
    "improvements": ("SELDON_WORKBENCH_IMPROVE", _improvements),
    "payload_passthrough": ("PAYLOAD_PASSTHROUGH", _flag),
    "feedback_metrics": ("SELDON_EXECUTOR_ENABLED", _unless_false),
    "log_level": ("SELDON_LOG_LEVEL", _level),
    "log_format": ("SELDON_LOG_FORMAT", _format),
    "hide_scrapes": ("FILTER_METRICS_ACCESS_LOGS", _flag),
    "debug": ("SELDON_DEBUG", _flag),
    "tracing": ("TRACING", _switch),
    "ssl_certfile": ("SELDON_SSL_CERTFILE", _text),
    "ssl_keyfile": ("SELDON_SSL_KEYFILE", _text),
    "ssl_ca_certs": ("SELDON_SSL_CA_CERTS", _text),
    "json_sort_keys": ("FLASK_JSON_SORT_KEYS", _flag),
    "json_as_ascii": ("FLASK_JSON_AS_ASCII", _flag),
    "json_pretty": ("FLASK_JSONIFY_PRETTYPRINT_REGULAR", _flag),
}
"""Per setting the variable it comes from, and how that is read."""


# ---- annotations ---------------------------------------------------------------------------------


def of_annotations(annotations: Mapping[str, str]) -> dict[str, Any]:
    """The settings that the annotations of a pod give. Raises BadSetting."""
    values: dict[str, Any] = {}
    if "seldon.io/rest-timeout" in annotations:
        milliseconds = _number("annotation seldon.io/rest-timeout", annotations["seldon.io/rest-timeout"])
        values["timeout"] = milliseconds / 1000 if milliseconds > 0 else 1.0  # the least that Seldon gives
    if "seldon.io/grpc-max-message-size" in annotations:
        name = "seldon.io/grpc-max-message-size"
        values["grpc_max_message"] = _integer(f"annotation {name}", annotations[name])
    return values


def _number(name: str, text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise BadSetting(f"{name} is {text!r}, which is no number", hint=f"remove {name} or give digits")
    return number


# ---- pyproject.toml ------------------------------------------------------------------------------

_NOT_OF_PROJECT = frozenset({"unit", "asked", "guarded", "jaeger"})


def of_project(settings: Any, table: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of the class of settings that a table of pyproject.toml gives. Raises BadSetting.

    Keys are spelled like fields or like flags.
    """
    fields = {
        field.name: field.type for field in dataclasses.fields(settings) if field.name not in _NOT_OF_PROJECT
    }
    return dict(_of_key(fields, key, value) for key, value in table.items())


def _of_key(fields: Mapping[str, Any], key: str, value: Any) -> tuple[str, Any]:
    name = key.replace("-", "_")
    if name not in fields:
        close = difflib.get_close_matches(name, fields, n=1)
        raise BadSetting(
            f"[tool.seldon_workbench] has {key}, which is no setting",
            hint=f"did you mean {close[0]}?" if close else f"use one of {', '.join(sorted(fields))}",
        )
    if name == "improvements" and isinstance(value, list):
        return name, _improvements(key, ",".join(map(str, value)))
    if isinstance(value, list):
        value = tuple(value)
    if name == "log_level" and isinstance(value, str):
        value = value.upper()
    kinds = _types_of(fields[name])
    if type(value) not in kinds:
        shown = one_of([kind.__name__ for kind in kinds])
        raise BadSetting(f"[tool.seldon_workbench] {key} is {value!r}", hint=f"give a value of type {shown}")
    return name, value


def _types_of(annotation: Any) -> tuple[type, ...]:
    """The types that a setting may have in a file, going by its field's."""
    if annotation is float:
        return int, float
    if get_origin(annotation) is tuple:
        return (tuple,)
    return tuple(kind for kind in get_args(annotation) or (annotation,) if kind is not type(None))
