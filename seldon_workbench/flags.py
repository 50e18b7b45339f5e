"""The flags of ``serve``, and the settings and parameters they come to."""

import argparse
import json
from collections.abc import Mapping
from typing import Any

from seldon_workbench.errors import BadParameter, BadSetting
from seldon_workbench.settings import Parameters, Settings, parse_boolean, read_parameters

__all__ = ["LOG_LEVELS", "configure_serve", "parameters_of", "settings_of", "without_effect"]

SERVICE_TYPES = ("MODEL", "ROUTER", "TRANSFORMER", "COMBINER", "OUTLIER_DETECTOR")
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


def configure_serve(sub: argparse.ArgumentParser, *, in_kernel: bool) -> None:
    """Give ``serve`` its flags: Seldon's, and ours beside them."""
    sub.add_argument("target", metavar="TARGET", help="what to serve")
    given = sub.add_argument_group("parameters of the component")
    given.add_argument("--parameters", metavar="JSON", help='[{"name": ..., "value": ..., "type": ...}, ...]')
    given.add_argument(
        *("--param", "-p"),
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="one parameter; may be repeated",
    )
    ports = sub.add_argument_group("addresses")
    if not in_kernel:
        ports.add_argument("--host", help="address to bind (default 127.0.0.1)")
    ports.add_argument("--http-port", type=int, metavar="PORT", help="REST (default 9000; 0 for any)")
    ports.add_argument("--grpc-port", type=int, metavar="PORT", help="gRPC (default 5000; 0 for any)")
    ports.add_argument(
        "--metrics-port", type=int, metavar="PORT", help="Prometheus (default 6000; 0 for any)"
    )
    if in_kernel:
        sub.add_argument("--name", default="", help="name of the server (default: its class)")
        ports.add_argument(
            "--allow-host",
            action="append",
            default=None,
            metavar="HOST",
            help="host name requests may use, besides this machine's",
        )
    _configure_load(sub.add_argument_group("threads and workers"))
    _configure_rest(sub.add_argument_group("everything else"))


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
        "--single-threaded", type=int, default=0, metavar="0|1", help="the same as --threads 1"
    )
    group.add_argument("--max-requests", type=int, metavar="N", help="replace a REST worker after so many")
    group.add_argument("--max-requests-jitter", type=int, metavar="N", help="... plus up to so many more")
    group.add_argument(
        "--keepalive", type=int, metavar="S", help="seconds an idle connection is kept (default 2)"
    )


def _configure_rest(group: Any) -> None:
    group.add_argument("--max-body", type=int, metavar="BYTES", help="refuse larger request bodies with 413")
    group.add_argument("--log-level", choices=LOG_LEVELS, help="default INFO")
    group.add_argument("--access-log", nargs="?", const=True, type=_boolean, help="log every request")
    group.add_argument(
        "--no-cors", dest="cors", action="store_false", default=None, help="send no CORS headers"
    )
    group.add_argument("--pidfile", metavar="FILE", help="write the main process' pid there (terminal)")
    group.add_argument(
        "--debug", nargs="?", const=True, type=_boolean, help="one process, no workers (terminal)"
    )
    group.add_argument("--service-type", choices=SERVICE_TYPES, help=_IGNORED)
    for flag in ("--persistence", "--tracing"):
        group.add_argument(flag, nargs="?", const=1, type=int, metavar="0|1", help=_IGNORED)


_IGNORED = "accepted, without effect"
"""Said of flags that Seldon's own command takes."""


def _boolean(text: str) -> bool:
    try:
        return parse_boolean(text, "the value")
    except BadSetting as error:
        raise argparse.ArgumentTypeError(str(error)) from error


_SETTINGS_FLAGS = (
    *("host", "http_port", "grpc_port", "metrics_port", "threads", "workers", "grpc_workers"),
    *("grpc_threads", "max_requests", "max_requests_jitter", "keepalive", "max_body", "log_level"),
    *("access_log", "cors", "pidfile"),
)


def settings_of(args: argparse.Namespace, env: Mapping[str, str]) -> Settings:
    """The settings that flags and environment come to. Raises BadSetting."""
    flags = {name: getattr(args, name, None) for name in _SETTINGS_FLAGS}
    if args.single_threaded:
        flags["threads"] = 1
    if getattr(args, "allow_host", None):
        flags["allowed_hosts"] = tuple(args.allow_host)
    return Settings.from_env(env, **flags)


_TERMINAL_ONLY = (
    "workers",
    "grpc_workers",
    "grpc_threads",
    "max_requests",
    "max_requests_jitter",
    "pidfile",
    "debug",
)


def without_effect(args: argparse.Namespace) -> list[str]:
    """The flags that were given to a kernel and mean something in a terminal only."""
    return [f"--{name.replace('_', '-')}" for name in _TERMINAL_ONLY if getattr(args, name) is not None]


def parameters_of(args: argparse.Namespace, env: Mapping[str, str]) -> Parameters:
    """The constructor arguments that flags and environment come to. Raises BadParameter."""
    text = args.parameters or env.get("PREDICTIVE_UNIT_PARAMETERS", "[]")
    return read_parameters(text) | dict(_parameter(entry) for entry in args.param)


def _parameter(entry: str) -> tuple[str, Any]:
    name, equals, text = entry.partition("=")
    if not equals or not name.isidentifier():
        raise BadParameter(f"--param {entry!r} is not NAME=VALUE", hint="for example --param depth=3")
    try:
        return name, json.loads(text)
    except ValueError:
        return name, text  # a plain word is a string
