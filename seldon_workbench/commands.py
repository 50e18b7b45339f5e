"""The one grammar of command line and magic, and what its commands do.

Rule: a command returns an Outcome and prints nothing. Payloads stand in a file or in the cell body,
never between the words of a line.
"""

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from seldon_workbench.addresses import Addresses
from seldon_workbench.errors import (
    PayloadError,
    TargetNotFound,
    UsageProblem,
)
from seldon_workbench.flags import configure_serve, parameters_of, settings_of, without_effect
from seldon_workbench.flags_doctor import configure_doctor
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
from seldon_workbench.remote import probe, send
from seldon_workbench.serving import files_of_terminal, serve_in_terminal
from seldon_workbench.settings import Settings

if TYPE_CHECKING:
    from seldon_workbench.session import Session, Sessions

__all__ = ["COMMANDS", "Command", "Context", "Face", "HelpWanted", "parser", "run"]

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
    set_log: Callable[[Settings], None] = lambda settings: None
    """Lets the log be as the settings of a terminal say."""
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
    configure_serve(sub, in_kernel=face is Face.KERNEL)


def _serve(args: argparse.Namespace, context: Context) -> Outcome:
    if context.face is Face.TERMINAL:
        return _serve_in_terminal(args, context)
    session = _kernel(context).serve(
        args.target,
        parameters_of(args, context.env),
        settings_of(args, context.env),
        name=args.name,
        namespace=context.namespace,
    )
    return served(session.snapshot(), without_effect(args))


def _serve_in_terminal(args: argparse.Namespace, context: Context) -> Outcome:
    settings = settings_of(args, context.env, **files_of_terminal(with_project=True))
    context.set_log(settings)

    def announce(addresses: Addresses) -> None:
        text = f"{args.target} is served\n\n{addresses}\n\nCtrl-C stops it"
        context.announce(words(text, addresses.to_dict()))

    if serve_in_terminal(args.target, parameters_of(args, context.env), settings, announce):
        raise SystemExit(3)  # a worker has said why
    return words(f"{args.target} is stopped")


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


# ---- doctor --------------------------------------------------------------------------------------


def _configure_doctor(sub: argparse.ArgumentParser, face: Face) -> None:
    configure_doctor(sub, in_kernel=face is Face.KERNEL)


def _doctor(args: argparse.Namespace, context: Context) -> Outcome:
    from seldon_workbench.diagnosis import diagnose  # many rules, which no other command needs

    if not args.target and context.sessions is not None:
        served = [session.snapshot().target for session in context.sessions]
        args.target = served[0] if len(served) == 1 else None
    payload = None if args.data is None else _payload(args, context)
    return diagnose(args, context.face.value, context.namespace, parameters_of(args, context.env), payload)


_KERNEL_ONLY = frozenset({Face.KERNEL})

COMMANDS = {
    command.name: command
    for command in (
        Command("serve", "serve a component", _configure_serve, _serve),
        Command("status", "what is served, where, since when, how many requests", _configure_status, _status),
        Command("send", "send one request", _configure_send, _send),
        Command("doctor", "find what will go wrong once Seldon serves it", _configure_doctor, _doctor),
        Command("logs", "the last log lines, tracebacks included", _configure_logs, _logs, _KERNEL_ONLY),
        Command("stop", "stop a server, or all", _configure_stop, _stop, _KERNEL_ONLY),
    )
}
