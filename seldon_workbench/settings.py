"""How a component is served: one frozen value, read from a mapping it is given.

Rule: an environment is read here alone, by way of ``variables``, and only the one handed in.
Precedence: a flag that was typed > the environment, and the annotations of a pod > pyproject.toml > the
default.
"""

import dataclasses
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from seldon_workbench.errors import BadParameter, BadSetting, one_of
from seldon_workbench.variables import (
    IMPROVEMENTS,
    LOG_FORMATS,
    LOG_LEVELS,
    of_annotations,
    of_env,
    of_project,
    parse_boolean,
)

__all__ = [
    "IMPROVEMENTS",
    "LOG_FORMATS",
    "LOG_LEVELS",
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


@dataclass(frozen=True, slots=True)
class Unit:
    """Who this component is to the platform: what Seldon's operator and the deployment tell it."""

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
    metadata: str | None = None
    """``MODEL_METADATA``: YAML or JSON that is laid over what the component says of itself."""

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "Unit":
        """The unit as the operator's variables describe it. Raises BadSetting."""
        return cls(
            id=env.get("PREDICTIVE_UNIT_ID"),
            image=env.get("PREDICTIVE_UNIT_IMAGE"),
            deployment=env.get("SELDON_DEPLOYMENT_ID", NOT_IMPLEMENTED),
            predictor=env.get("PREDICTOR_ID", NOT_IMPLEMENTED),
            predictor_version=_version_of(env.get("PREDICTOR_LABELS", "{}")),
            metadata=env.get("MODEL_METADATA"),
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
    timeout: float = 5000.0
    """Seconds a call may take before its worker is replaced (terminal only): a thousandth of the
    annotation ``seldon.io/rest-timeout``. Without it Seldon's default, which is as good as none."""
    grpc_max_message: int = 0
    """Largest gRPC message in bytes, either way: the annotation ``seldon.io/grpc-max-message-size``.
    0 for gRPC's own limits, 4 MiB for requests and none for replies."""
    max_body: int = 0
    """Largest request body in bytes; 0 for no limit."""
    log_level: str = "INFO"
    """DEBUG, INFO, WARNING or ERROR."""
    log_format: str = "seldon"
    """``seldon``: Seldon's layout; ``json``: one JSON object per line (terminal only)."""
    access_log: bool = False
    """Whether every request is logged."""
    hide_scrapes: bool | None = None
    """Whether the access log leaves requests for metrics out; None for: unless ``debug``."""
    pidfile: str | None = None
    """File the main process writes its pid to (terminal only)."""
    debug: bool = False
    """Whether everything is served by one process, without workers (terminal only)."""
    reload: bool = False
    """Whether changed code is loaded again (terminal only)."""
    tracing: bool = False
    """Whether every request becomes an OpenTelemetry span."""
    ssl_certfile: str | None = None
    """PEM file with the certificate chain; every port is TLS then."""
    ssl_keyfile: str | None = None
    """PEM file with its key; None if the certificate's file holds it."""
    ssl_ca_certs: str | None = None
    """PEM file with the authorities that sign clients' certificates; clients need one then."""
    json_sort_keys: bool = True
    """``FLASK_JSON_SORT_KEYS``: whether the objects of REST replies are sorted by key."""
    json_as_ascii: bool = True
    """``FLASK_JSON_AS_ASCII``: whether other characters than ASCII are escaped in REST replies."""
    json_pretty: bool = False
    """``FLASK_JSONIFY_PRETTYPRINT_REGULAR``: whether REST replies are indented."""
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
    jaeger: tuple[str, ...] = ()
    """The variables ``JAEGER_*`` that are set. They have no effect; tracing says what has."""
    asked: frozenset[str] = frozenset()
    """Names of the fields that a flag, the environment or a file gave. A port that was asked for is
    never exchanged for another."""

    @classmethod
    def from_env(
        cls,
        env: Mapping[str, str],
        *,
        annotations: Mapping[str, str] | None = None,
        project: Mapping[str, Any] | None = None,
        **flags: Any,
    ) -> "Settings":
        """Settings of an environment, overridden by the flags that are not None. Raises BadSetting.

        ``annotations`` are those of a pod; ``project`` is a table of pyproject.toml, which the
        environment overrides.
        """
        values = of_project(cls, project or {}) | of_env(env) | of_annotations(annotations or {})
        values["unit"] = Unit.from_env(env)
        values.update((name, value) for name, value in flags.items() if value is not None)
        return cls(**values, asked=frozenset(values))

    @property
    def hides_scrapes(self) -> bool:
        """Whether the access log leaves requests for metrics out."""
        return not self.debug if self.hide_scrapes is None else self.hide_scrapes

    @property
    def formats_json(self) -> bool:
        """Whether REST replies look other than they do by default."""
        return (self.json_sort_keys, self.json_as_ascii, self.json_pretty) != (True, True, False)

    def __post_init__(self) -> None:
        self._check_numbers()
        for name, known in (("log_level", LOG_LEVELS), ("log_format", LOG_FORMATS)):
            if getattr(self, name) not in known:
                raise BadSetting(f"{name} is {getattr(self, name)!r}", hint=f"use {one_of(known)}")
        if self.ssl_certfile is None and (self.ssl_keyfile or self.ssl_ca_certs):
            raise BadSetting("there is no certificate for TLS", hint="give --ssl-certfile as well")

    def _check_numbers(self) -> None:
        for name in ("http_port", "grpc_port", "metrics_port"):
            if not 0 <= getattr(self, name) <= 65535:
                raise BadSetting(f"{name} {getattr(self, name)} is no port", hint="use 0 to 65535")
        for name in ("workers", "threads", "grpc_threads"):
            if getattr(self, name) < 1:
                raise BadSetting(f"{name} is {getattr(self, name)}", hint="use 1 or more")
        for name in ("grpc_workers", "max_body", "max_requests", "max_requests_jitter", "grpc_max_message"):
            if getattr(self, name) < 0:
                raise BadSetting(f"{name} is {getattr(self, name)}", hint="use 0 or more")
        if self.timeout <= 0:
            raise BadSetting(f"timeout is {self.timeout}", hint="use seconds above 0")


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
