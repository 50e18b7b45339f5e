"""The flags of ``serve`` and of Seldon's own command, and the settings and parameters they come to."""

import argparse
import json
from collections.abc import Mapping
from typing import Any

from seldon_workbench.errors import BadParameter, BadSetting
from seldon_workbench.settings import Parameters, Settings, read_parameters
from seldon_workbench.variables import LOG_FORMATS, LOG_LEVELS, parse_boolean, parse_switch

__all__ = [
    "configure_microservice",
    "configure_parameters",
    "configure_serve",
    "parameters_of",
    "settings_of",
    "without_effect",
]

SERVICE_TYPES = ("MODEL", "ROUTER", "TRANSFORMER", "COMBINER", "OUTLIER_DETECTOR")


def configure_serve(sub: argparse.ArgumentParser, *, in_kernel: bool) -> None:
    """Give ``serve`` its flags: Seldon's, and ours beside them."""
    sub.add_argument("target", metavar="TARGET", help="what to serve")
    configure_parameters(sub)
    if in_kernel:
        sub.add_argument("--name", default="", help="name of the server (default: its class)")
    ports = sub.add_argument_group("addresses")
    _configure_addresses(ports, in_kernel=in_kernel)
    _configure_load(sub.add_argument_group("threads and workers"))
    _configure_wires(sub.add_argument_group("encryption and limits"))
    _configure_rest(sub.add_argument_group("everything else"))


def configure_microservice(root: argparse.ArgumentParser) -> None:
    """Give Seldon's own command its flags, and those of ours that mean something to an image."""
    root.add_argument("target", metavar="interface_name", help="what to serve: MyModel or my_module.MyModel")
    _add_parameters(root)
    _configure_addresses(root, in_kernel=False, default_host="0.0.0.0")  # noqa: S104 - an image is reached
    for configure in (_configure_load, _configure_wires, _configure_rest):
        configure(root)


def configure_parameters(sub: argparse.ArgumentParser) -> None:
    """Give a command the flags for arguments of the component's constructor."""
    given = sub.add_argument_group("parameters of the component")
    _add_parameters(given)
    given.add_argument(
        *("--param", "-p"),
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="one parameter; may be repeated",
    )


def _add_parameters(group: Any) -> None:
    group.add_argument("--parameters", metavar="JSON", help='[{"name": ..., "value": ..., "type": ...}, ...]')


def _configure_addresses(group: Any, *, in_kernel: bool, default_host: str | None = None) -> None:
    if not in_kernel:
        shown = default_host or "127.0.0.1"
        group.add_argument("--host", default=default_host, help=f"address to bind (default {shown})")
    group.add_argument("--http-port", type=int, metavar="PORT", help="REST (default 9000; 0 for any)")
    group.add_argument("--grpc-port", type=int, metavar="PORT", help="gRPC (default 5000; 0 for any)")
    group.add_argument(
        "--metrics-port", type=int, metavar="PORT", help="Prometheus (default 6000; 0 for any)"
    )
    if in_kernel:
        group.add_argument(
            "--allow-host",
            action="append",
            default=None,
            metavar="HOST",
            help="host name requests may use, besides this machine's",
        )


def _configure_load(group: Any) -> None:
    group.add_argument("--threads", type=int, metavar="N", help="threads the component runs on (default 1)")
    group.add_argument("--workers", type=int, metavar="N", help="REST worker processes (default 1; terminal)")
    group.add_argument(
        "--grpc-workers", type=int, metavar="N", help="gRPC worker processes (default 1; terminal)"
    )
    group.add_argument(
        "--grpc-threads", type=int, metavar="N", help="threads per gRPC worker (default 1; terminal)"
    )
    group.add_argument(
        "--single-threaded", type=_switch, default=False, metavar="0|1", help="the same as --threads 1"
    )
    group.add_argument("--max-requests", type=int, metavar="N", help="replace a REST worker after so many")
    group.add_argument("--max-requests-jitter", type=int, metavar="N", help="... plus up to so many more")
    group.add_argument(
        "--keepalive", type=int, metavar="S", help="seconds an idle connection is kept (default 2)"
    )


def _configure_wires(group: Any) -> None:
    group.add_argument("--ssl-certfile", metavar="PEM", help="certificate chain: every port is TLS")
    group.add_argument("--ssl-keyfile", metavar="PEM", help="its key, if it is not in that file")
    group.add_argument("--ssl-ca-certs", metavar="PEM", help="clients must show a certificate of these")
    group.add_argument("--max-body", type=int, metavar="BYTES", help="refuse larger request bodies with 413")
    group.add_argument(
        "--no-cors", dest="cors", action="store_false", default=None, help="send no CORS headers"
    )


def _configure_rest(group: Any) -> None:
    group.add_argument("--log-level", type=str.upper, choices=LOG_LEVELS, help="default INFO")
    group.add_argument("--log-format", choices=LOG_FORMATS, help="Seldon's layout, or JSON lines (terminal)")
    group.add_argument("--access-log", nargs="?", const=True, type=_boolean, help="log every request")
    group.add_argument("--tracing", nargs="?", const=True, type=_switch, metavar="0|1", help="OpenTelemetry")
    group.add_argument("--pidfile", metavar="FILE", help="write the main process' pid there (terminal)")
    group.add_argument(
        "--debug", nargs="?", const=True, type=_boolean, help="one process, no workers (terminal)"
    )
    group.add_argument(
        "--reload", action="store_true", default=None, help="load code again when it changes (terminal)"
    )
    group.add_argument("--service-type", choices=SERVICE_TYPES, help=_IGNORED)
    group.add_argument("--persistence", nargs="?", const=1, type=int, metavar="0|1", help=_IGNORED)


_IGNORED = "accepted, without effect"
"""Said of flags that Seldon's own command takes."""


def _switch(text: str) -> bool:
    try:
        return parse_switch(text, "the value")
    except BadSetting as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _boolean(text: str) -> bool:
    try:
        return parse_boolean(text, "the value")
    except BadSetting as error:
        raise argparse.ArgumentTypeError(str(error)) from error


_SETTINGS_FLAGS = (
    *("host", "http_port", "grpc_port", "metrics_port", "threads", "workers", "grpc_workers"),
    *("grpc_threads", "max_requests", "max_requests_jitter", "keepalive", "max_body", "log_level"),
    *("log_format", "access_log", "cors", "pidfile", "debug", "reload", "tracing"),
    *("ssl_certfile", "ssl_keyfile", "ssl_ca_certs"),
)


def settings_of(args: argparse.Namespace, env: Mapping[str, str], **files: Mapping[str, Any]) -> Settings:
    """The settings that flags, environment and files come to. Raises BadSetting.

    ``files`` are the ``annotations`` and the ``project`` that ``Settings.from_env`` takes.
    """
    flags = {name: getattr(args, name, None) for name in _SETTINGS_FLAGS}
    if args.single_threaded:
        flags["threads"] = 1
    if getattr(args, "allow_host", None):
        flags["allowed_hosts"] = tuple(args.allow_host)
    return Settings.from_env(env, **files, **flags)


_TERMINAL_ONLY = (
    "workers",
    "grpc_workers",
    "grpc_threads",
    "max_requests",
    "max_requests_jitter",
    "pidfile",
    "debug",
    "reload",
    "log_format",
)


def without_effect(args: argparse.Namespace) -> list[str]:
    """The flags that were given to a kernel and mean something in a terminal only."""
    return [f"--{name.replace('_', '-')}" for name in _TERMINAL_ONLY if getattr(args, name) is not None]


def parameters_of(args: argparse.Namespace, env: Mapping[str, str]) -> Parameters:
    """The constructor arguments that flags and environment come to. Raises BadParameter."""
    text = args.parameters or env.get("PREDICTIVE_UNIT_PARAMETERS", "[]")
    return read_parameters(text) | dict(_parameter(entry) for entry in getattr(args, "param", ()))


def _parameter(entry: str) -> tuple[str, Any]:
    name, equals, text = entry.partition("=")
    if not equals or not name.isidentifier():
        raise BadParameter(f"--param {entry!r} is not NAME=VALUE", hint="for example --param depth=3")
    try:
        return name, json.loads(text)
    except ValueError:
        return name, text  # a plain word is a string
