"""How a component is served: one frozen value, read from a mapping it is given.

Rule: this is the only module that reads an environment, and only the one handed to it.
Precedence: a flag that was typed > the environment > the default.
"""

import dataclasses
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from seldon_workbench.errors import BadParameter, BadSetting

__all__ = [
    "IMPROVEMENTS",
    "NOT_IMPLEMENTED",
    "Parameters",
    "Settings",
    "Unit",
    "first_set",
    "parse_boolean",
    "read_parameters",
]

NOT_IMPLEMENTED = "NOT_IMPLEMENTED"
"""What Seldon writes where the platform told it nothing."""

Parameters = dict[str, Any]
"""Constructor arguments of a component, by name."""

_TRUE = frozenset({"1", "t", "true", "y", "yes", "on"})
_FALSE = frozenset({"", "0", "f", "false", "n", "no", "off"})


IMPROVEMENTS = {
    "metric-tags": "metrics in replies carry the component's own tags, without the label method",
    "mixed-lists": "numbers within a list of numbers and words stay numbers over gRPC",
    "quiet-health": "/health/status does not ask for metrics(), so probes count nothing",
    "plain-feedback": "replies to feedback over REST look like all others, instead of like proto-JSON",
    "feature-names": "transform_input names its columns by feature_names(), or as the request did",
    "json-data": "a list, a text or a number in reply to jsonData stays jsonData",
}
"""What would be better than what Seldon does, and is off unless asked for, because replies differ."""


@dataclass(frozen=True, slots=True)
class Unit:
    """Who this component is to the platform; all of it is injected by Seldon's operator."""

    id: str | None = None
    """``PREDICTIVE_UNIT_ID``: the name of the node in its graph."""
    image: str | None = None
    """``PREDICTIVE_UNIT_IMAGE``: ``repository:tag``."""
    deployment: str = NOT_IMPLEMENTED
    """``SELDON_DEPLOYMENT_ID``."""
    predictor: str = NOT_IMPLEMENTED
    """``PREDICTOR_ID``."""
    predictor_version: str = NOT_IMPLEMENTED
    """Key ``version`` of ``PREDICTOR_LABELS``."""

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "Unit":
        """The unit as the operator's variables describe it. Raises BadSetting."""
        return cls(
            id=env.get("PREDICTIVE_UNIT_ID"),
            image=env.get("PREDICTIVE_UNIT_IMAGE"),
            deployment=env.get("SELDON_DEPLOYMENT_ID", NOT_IMPLEMENTED),
            predictor=env.get("PREDICTOR_ID", NOT_IMPLEMENTED),
            predictor_version=_version_of(env.get("PREDICTOR_LABELS", "{}")),
        )

    @property
    def image_parts(self) -> tuple[str, str]:
        """Name and tag of the image. A port is no tag, and a digest keeps its ``sha256:``."""
        if self.image is None:
            return NOT_IMPLEMENTED, NOT_IMPLEMENTED
        name, at, digest = self.image.partition("@")
        if at:
            return name, digest
        name, _, tag = self.image.rpartition(":")
        if not name or "/" in tag:
            return self.image, ""
        return name, tag

    @property
    def request_path(self) -> dict[str, str]:
        """This unit's own entry of ``meta.requestPath``; empty outside a platform."""
        if self.id is None or self.id == NOT_IMPLEMENTED:
            return {}
        image = f"{NOT_IMPLEMENTED}:{NOT_IMPLEMENTED}" if self.image is None else self.image
        return {self.id: image}

    @property
    def routing_key(self) -> str:
        """The key of this unit in ``meta.routing``."""
        return "0" if self.id is None else self.id


@dataclass(frozen=True, slots=True)
class Settings:
    """Ports, threads, workers and the like. Defaults are Seldon's."""

    host: str = "127.0.0.1"
    """Address every listener binds."""
    http_port: int = 9000
    """REST; 0 takes any free port."""
    grpc_port: int = 5000
    """gRPC; 0 takes any free port."""
    metrics_port: int = 6000
    """Prometheus metrics; 0 takes any free port."""
    metrics_path: str = "/metrics"
    """``PREDICTIVE_UNIT_METRICS_ENDPOINT``."""
    workers: int = 1
    """REST worker processes (terminal only)."""
    threads: int = 1
    """Threads the component's code runs on, per process."""
    grpc_workers: int = 1
    """gRPC worker processes (terminal only); 0 switches gRPC off."""
    grpc_threads: int = 1
    """Threads the component's code runs on, per gRPC worker (terminal only)."""
    max_requests: int = 0
    """Requests a REST worker answers before it is replaced; 0 for no limit."""
    max_requests_jitter: int = 0
    """Up to this many requests are added to ``max_requests``, at random."""
    keepalive: int = 2
    """Seconds an idle connection is kept open; at least 1."""
    timeout: int = 5000
    """Seconds without a sign of life after which a worker is replaced. Seldon's default."""
    max_body: int = 0
    """Largest request body in bytes; 0 for no limit."""
    log_level: str = "INFO"
    """DEBUG, INFO, WARNING or ERROR."""
    access_log: bool = False
    """Whether every request is logged."""
    pidfile: str | None = None
    """File the main process writes its pid to (terminal only)."""
    cors: bool = True
    """Whether any origin may read replies (terminal only; a kernel answers its own origin)."""
    allowed_hosts: tuple[str, ...] = ()
    """Host names, besides this machine's own, that requests to a kernel may name."""
    guarded: bool = True
    """Whether requests of foreign pages and for unlisted hosts are refused (a kernel's are; a terminal
    answers like Seldon)."""
    echo_metrics: bool = True
    """``INCLUDE_METRICS_IN_CLIENT_RESPONSE``: whether replies carry the component's metrics."""
    payload_passthrough: bool = False
    """``PAYLOAD_PASSTHROUGH``: whether predict is given request bodies as they come, over REST."""
    improvements: frozenset[str] = frozenset()
    """``SELDON_WORKBENCH_IMPROVE``: names of IMPROVEMENTS that are on."""
    feedback_metrics: bool = True
    """Whether rewards are counted; ``SELDON_EXECUTOR_ENABLED=false`` switches it off."""
    unit: Unit = dataclasses.field(default_factory=Unit)
    """Who this component is to the platform."""
    asked: frozenset[str] = frozenset()
    """Names of the fields that a flag or the environment gave. A port that was asked for is never
    exchanged for another."""

    @classmethod
    def from_env(cls, env: Mapping[str, str], **flags: Any) -> "Settings":
        """Settings of an environment, overridden by the flags that are not None. Raises BadSetting."""
        values: dict[str, Any] = {"unit": Unit.from_env(env)}
        for name, (variable, read) in _VARIABLES.items():
            if variable in env:
                values[name] = read(variable, env[variable])
        if parse_boolean(env.get("FLASK_SINGLE_THREADED", "0"), "FLASK_SINGLE_THREADED"):
            values["threads"] = 1
        values.update((name, value) for name, value in flags.items() if value is not None)
        return cls(**values, asked=frozenset(values))

    def __post_init__(self) -> None:
        for name in ("http_port", "grpc_port", "metrics_port"):
            if not 0 <= getattr(self, name) <= 65535:
                raise BadSetting(f"{name} {getattr(self, name)} is no port", hint="use 0 to 65535")
        for name in ("workers", "threads", "grpc_threads"):
            if getattr(self, name) < 1:
                raise BadSetting(f"{name} is {getattr(self, name)}", hint="use 1 or more")
        for name in ("grpc_workers", "max_body", "max_requests", "max_requests_jitter"):
            if getattr(self, name) < 0:
                raise BadSetting(f"{name} is {getattr(self, name)}", hint="use 0 or more")


def parse_boolean(text: str, name: str) -> bool:
    """``true``/``false`` in the spellings people use. Raises BadSetting for anything else."""
    lowered = text.strip().lower()
    if lowered in _TRUE:
        return True
    if lowered in _FALSE:
        return False
    raise BadSetting(f"{name} is {text!r}, which is neither true nor false", hint="use true or false")


def first_set(env: Mapping[str, str], names: Iterable[str], default: Any = None) -> Any:
    """The value of the first of these variables that is set, even to nothing."""
    return next((env[name] for name in names if name in env), default)


def read_parameters(given: str | Mapping[str, Any] | Iterable[object]) -> Parameters:
    """Constructor arguments by name: from a mapping, from Seldon's typed list, or from its JSON text.

    The list holds ``{"name", "value", "type"}``. Raises BadParameter.
    """
    if isinstance(given, Mapping):
        return dict(given)
    entries: object = list(given) if not isinstance(given, str) else _entries(given)
    if not isinstance(entries, list):
        raise BadParameter("parameters are not a JSON list", hint=_PARAMETERS_HINT)
    return dict(_parameter(entry) for entry in entries)


def _entries(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError as error:
        raise BadParameter(f"parameters are not JSON: {error}", hint=_PARAMETERS_HINT) from error


_PARAMETERS_HINT = """write [{"name": "depth", "value": "3", "type": "INT"}]"""


def _parameter(entry: object) -> tuple[str, Any]:
    if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
        raise BadParameter(f"parameter {entry!r} has no name", hint=_PARAMETERS_HINT)
    name, kind, value = entry["name"], entry.get("type"), entry.get("value")
    convert = _CONVERSIONS.get(kind) if isinstance(kind, str) else None
    if convert is None:
        raise BadParameter(
            f"parameter {name} has type {kind!r}", hint=f"use one of {', '.join(_CONVERSIONS)}"
        )
    try:
        return name, convert(value)
    except (ValueError, TypeError, OverflowError, BadSetting) as error:
        raise BadParameter(f"parameter {name}: {value!r} is no {kind}", hint=str(error)) from error


def _boolean(value: object) -> bool:
    return value if isinstance(value, bool) else parse_boolean(str(value), "value")


_CONVERSIONS: dict[str, Callable[[Any], Any]] = {
    "INT": int,
    "FLOAT": float,
    "DOUBLE": float,
    "STRING": str,
    "BOOL": _boolean,
}


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
}


def _version_of(labels: str) -> str:
    try:
        parsed = json.loads(labels)
    except ValueError as error:
        raise BadSetting(
            f"PREDICTOR_LABELS is not JSON: {error}", hint="""write {"version": "v1"}"""
        ) from error
    if not isinstance(parsed, dict):
        raise BadSetting("PREDICTOR_LABELS is not a JSON object", hint="""write {"version": "v1"}""")
    return str(parsed.get("version", NOT_IMPLEMENTED))
