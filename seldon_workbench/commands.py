"""The one grammar of command line and magic, and what its commands do.

Rule: a command returns an Outcome and prints nothing. Payloads stand in a file or in the cell body,
never between the words of a line.
"""

import argparse
import dataclasses
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from seldon_workbench.addresses import Addresses
from seldon_workbench.errors import (
    BadParameter,
    BadSetting,
    PayloadError,
    TargetNotFound,
    UsageProblem,
)
from seldon_workbench.logs import LogBuffer
from seldon_workbench.outcome import (
    Outcome,
    probed,
    replied,
    served,
    status_of,
    stopped,
    words,
)
from seldon_workbench.remote import probe, send, serve_with_workers
from seldon_workbench.settings import (
    Parameters,
    Settings,
    parse_boolean,
    read_parameters,
)

if TYPE_CHECKING:
    from seldon_workbench.session import Session, Sessions

__all__ = ["COMMANDS", "LOG_LEVELS", "Command", "Context", "Face", "HelpWanted", "parser", "run"]

SERVICE_TYPES = ("MODEL", "ROUTER", "TRANSFORMER", "COMBINER", "OUTLIER_DETECTOR")
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
VERBS = (
    *("predict", "transform-input", "transform-output", "route", "aggregate", "send-feedback"),
    *("health-status", "metadata"),
)


class Face(Enum):
    """Where a command was typed."""

    TERMINAL = "seldon-workbench"
    KERNEL = "%seldon"


@dataclass(slots=True)
class Context:
    """What commands work on."""

    face: Face
    env: Mapping[str, str]
    sessions: "Sessions | None" = None
    """What a kernel serves. A terminal has none: its workers import what serves, the parent does not."""
    namespace: Mapping[str, Any] | None = None
    """The user's names, in a notebook."""
    body: str | None = None
    """The cell below a cell magic."""
    announce: Callable[[Outcome], None] = lambda outcome: None
    """Shows an outcome before the command is over."""
    log: LogBuffer | None = None


@dataclass(frozen=True, slots=True)
class Command:
    """One subcommand."""

    name: str
    help: str
    configure: Callable[[argparse.ArgumentParser, Face], None]
    run: Callable[[argparse.Namespace, Context], Outcome]
    faces: frozenset[Face] = field(default_factory=lambda: frozenset(Face))


class HelpWanted(Exception):
    """Somebody asked for help; the text is the answer."""


class _Parser(argparse.ArgumentParser):
    """argparse without the habit of printing and exiting."""

    def error(self, message: str) -> NoReturn:
        raise UsageProblem(message, hint=f"see {self.prog} --help")

    def print_help(self, file: Any = None) -> NoReturn:
        raise HelpWanted(self.format_help())

    def exit(self, status: int = 0, message: str | None = None) -> NoReturn:
        raise HelpWanted(message or "")


def parser(face: Face) -> argparse.ArgumentParser:
    """The grammar, as one face spells it."""
    root = _Parser(prog=face.value, description=_DESCRIPTION)
    if face is Face.TERMINAL:
        root.add_argument("--version", action="store_true", help="print the version and exit")
    commands = root.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser)
    for command in COMMANDS.values():
        if face in command.faces:
            sub = commands.add_parser(command.name, help=command.help, description=command.help)
            command.configure(sub, face)
            if face is Face.TERMINAL:
                sub.add_argument("--json", action="store_true", help="print the result as JSON")
    return root


def run(words_given: Sequence[str], context: Context) -> Outcome:
    """Run one command. Raises WorkbenchError, and HelpWanted where help was asked for."""
    grammar = parser(context.face)
    args, unknown = grammar.parse_known_args(list(words_given))
    if args.command is None:
        raise HelpWanted(grammar.format_help())
    if unknown:
        raise UsageProblem(
            f"{args.command} does not take {' '.join(unknown)}",
            hint=f"see {context.face.value} {args.command} --help",
        )
    return COMMANDS[args.command].run(args, context)


_DESCRIPTION = (
    "Serve a Python component as Seldon Core does: REST, gRPC, metrics, health and metadata. "
    "TARGET is Name (class Name in Name.py), pkg.mod.Class, file.py:Class, or file.py with one "
    "component in it; in a notebook first a class, an instance, a fitted estimator or a function of yours."
)


# ---- serve ---------------------------------------------------------------------------------------


def _configure_serve(sub: argparse.ArgumentParser, face: Face) -> None:
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
    ports.add_argument("--host", help="address to bind (default 127.0.0.1)")
    ports.add_argument("--http-port", type=int, metavar="PORT", help="REST (default 9000; 0 for any)")
    ports.add_argument("--grpc-port", type=int, metavar="PORT", help="gRPC (default 5000; 0 for any)")
    ports.add_argument(
        "--metrics-port", type=int, metavar="PORT", help="Prometheus (default 6000; 0 for any)"
    )
    if face is Face.KERNEL:
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


def _settings(args: argparse.Namespace, context: Context) -> Settings:
    flags = {name: getattr(args, name) for name in _SETTINGS_FLAGS}
    if args.single_threaded:
        flags["threads"] = 1
    if context.face is Face.KERNEL:
        flags["allowed_hosts"] = tuple(args.allow_host) if args.allow_host else None
    return Settings.from_env(context.env, **flags)


def _parameters(args: argparse.Namespace, context: Context) -> Parameters:
    text = args.parameters or context.env.get("PREDICTIVE_UNIT_PARAMETERS", "[]")
    return read_parameters(text) | dict(_parameter(entry) for entry in args.param)


def _parameter(entry: str) -> tuple[str, Any]:
    name, equals, text = entry.partition("=")
    if not equals or not name.isidentifier():
        raise BadParameter(f"--param {entry!r} is not NAME=VALUE", hint="for example --param depth=3")
    try:
        return name, json.loads(text)
    except ValueError:
        return name, text  # a plain word is a string


def _serve(args: argparse.Namespace, context: Context) -> Outcome:
    settings, parameters = _settings(args, context), _parameters(args, context)
    if context.face is Face.KERNEL:
        session = _kernel(context).serve(
            args.target, parameters, settings, name=args.name, namespace=context.namespace
        )
        return served(session.snapshot())

    def announce(addresses: Addresses) -> None:
        text = f"{args.target} is served\n\n{addresses}\n\nCtrl-C stops it"
        context.announce(words(text, addresses.to_dict()))

    if args.debug or os.name != "posix":
        _serve_in_process(args.target, parameters, settings, announce)
    else:
        serve_with_workers(args.target, parameters, settings, announce)
    return words(f"{args.target} is stopped")


def _serve_in_process(
    target: str, parameters: Parameters, settings: Settings, announce: Callable[[Addresses], None]
) -> None:
    from seldon_workbench.session import Session  # heavy, and the parent of workers does without it

    session = Session(dataclasses.replace(settings, guarded=False))
    session.load(target, parameters)
    announce(session.start())
    session.wait()


# ---- status, stop, logs --------------------------------------------------------------------------


def _configure_status(sub: argparse.ArgumentParser, face: Face) -> None:
    if face is Face.TERMINAL:
        sub.add_argument("--url", default="http://127.0.0.1:9000", help="server to ask (default %(default)s)")


def _status(args: argparse.Namespace, context: Context) -> Outcome:
    if context.face is Face.TERMINAL:
        return probed(args.url, probe(args.url))
    return status_of([session.snapshot() for session in _kernel(context)])


def _configure_stop(sub: argparse.ArgumentParser, face: Face) -> None:
    sub.add_argument("name", nargs="?", default="", help="name of the server; all without it")


def _stop(args: argparse.Namespace, context: Context) -> Outcome:
    return stopped(_kernel(context).stop(args.name))


def _configure_logs(sub: argparse.ArgumentParser, face: Face) -> None:
    sub.add_argument("--lines", "-n", type=int, default=50, metavar="N", help="how many (default 50)")


def _logs(args: argparse.Namespace, context: Context) -> Outcome:
    lines = context.log.lines()[-args.lines :] if context.log else []
    return words("\n".join(lines) or "nothing was logged", lines)


# ---- send ----------------------------------------------------------------------------------------


def _configure_send(sub: argparse.ArgumentParser, face: Face) -> None:
    sub.add_argument("verb", nargs="?", choices=VERBS, default="predict", help="default predict")
    if face is Face.TERMINAL:
        sub.add_argument("--via", choices=("rest", "grpc"), default="rest", help="default rest")
        sub.add_argument("--url", default="http://127.0.0.1:9000", help="for rest (default %(default)s)")
        sub.add_argument("--grpc", default="127.0.0.1:5000", metavar="HOST:PORT", help="default %(default)s")
    else:
        sub.add_argument("--via", choices=("direct", "rest", "grpc"), default="rest", help="default rest")
        sub.add_argument("--name", default="", help="server to send to, where several run")
    sub.add_argument(
        *("--data", "-d"),
        metavar="JSON|@FILE|-",
        help="the payload, a file that holds it, or - for standard input",
    )


def _send(args: argparse.Namespace, context: Context) -> Outcome:
    payload = None if args.verb in ("metadata", "health-status") else _payload(args, context)
    if context.face is Face.TERMINAL:
        return replied(send(args.verb, payload, via=args.via, url=args.url, target=args.grpc))
    return replied(_session(args.name, _kernel(context)).call(args.verb, payload, args.via))


def _kernel(context: Context) -> "Sessions":
    assert context.sessions is not None, "a kernel's context has sessions"
    return context.sessions


def _session(name: str, sessions: "Sessions") -> "Session":
    running = {session.name: session for session in sessions}
    if not running:
        raise TargetNotFound("nothing is served", hint="%seldon serve MyModel comes first")
    if not name and len(running) == 1:
        return next(iter(running.values()))
    if name not in running:
        problem = f"no server is called {name!r}" if name else f"{len(running)} servers run"
        raise TargetNotFound(problem, hint=f"choose with --name: {', '.join(running)}")
    return running[name]


def _payload(args: argparse.Namespace, context: Context) -> Any:
    text = _payload_text(args.data, context.body)
    try:
        return json.loads(text)
    except ValueError as error:
        raise PayloadError(
            f"the payload is not JSON: {error}", hint='for example {"data": {"ndarray": [[1, 2]]}}'
        ) from error


def _payload_text(data: str | None, body: str | None) -> str:
    if data is None:
        if body is None:
            raise UsageProblem("no payload", hint="give --data JSON, --data @FILE, or a cell body")
        return body
    if data == "-":
        return sys.stdin.read()
    if not data.startswith("@"):
        return data
    try:
        return Path(data[1:]).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no UTF-8 text"
        raise PayloadError(f"{data[1:]} cannot be read: {why}") from error


_KERNEL_ONLY = frozenset({Face.KERNEL})

COMMANDS = {
    command.name: command
    for command in (
        Command("serve", "serve a component", _configure_serve, _serve),
        Command("status", "what is served, where, since when, how many requests", _configure_status, _status),
        Command("send", "send one request", _configure_send, _send),
        Command("logs", "the last log lines, tracebacks included", _configure_logs, _logs, _KERNEL_ONLY),
        Command("stop", "stop a server, or all", _configure_stop, _stop, _KERNEL_ONLY),
    )
}
