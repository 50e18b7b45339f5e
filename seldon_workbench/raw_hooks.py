"""Raw hooks: they take and return the wire's own form of a message.

Rule: a hook gets what Seldon gives it (a dict over REST, a protobuf message over gRPC), unless its code can
only work with a dict; then it gets a dict on both wires. That is read from the source, once, never tried.
"""

import ast
import inspect
import json
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

from seldon_workbench.hooks import Hook, inspect_hook
from seldon_workbench.methods import Input, Method

__all__ = ["RawHook", "Takes", "raw_hooks_of"]

TRANSPORTS = ("rest", "grpc")
"""The endings of the deprecated hooks, ``predict_rest`` and ``predict_grpc``."""


class Takes(Enum):
    """The form of the message that a raw hook is given."""

    WIRE = "what came over the wire"
    DICT = "the message in plain Python"
    TEXT = "the message as JSON text"


@dataclass(frozen=True, slots=True)
class RawHook:
    """A hook that answers a method with a message of its own making."""

    hook: Hook
    takes: Takes
    may_decline: bool
    """Whether SeldonNotImplementedError passes the request on to the high-level hook."""
    is_counted: bool
    """Whether the metrics in its reply's meta are recorded."""

    @property
    def is_deprecated(self) -> bool:
        """Whether Seldon has a better hook for the same: ``predict_rest``, ``predict_grpc``."""
        return not self.hook.name.endswith("_raw")

    def __call__(self, form: Any, plain: Callable[[Any], Any]) -> Any:
        """Its reply to a message, which ``plain`` turns into plain Python. Raises ComponentFailed."""
        if self.takes is Takes.DICT:
            form = plain(form)
        elif self.takes is Takes.TEXT:
            form = json.dumps(plain(form), indent=2)
        return self.hook(form)


def raw_hooks_of(find: Callable[[str], Any], method: Method) -> Iterator[tuple[str, RawHook]]:
    """The raw hook that answers a method, per transport. ``find`` looks a callable up, None if absent."""
    for transport in TRANSPORTS:
        for name in _names(method, transport):
            found = find(name)
            if found is not None:
                yield transport, _raw_hook(name, found, method)
                break


def _names(method: Method, transport: str) -> tuple[str, ...]:
    """In the order in which they are looked for."""
    if method.input is Input.NOTHING:
        return (f"{method.name}_raw",)
    if method.input is Input.FEEDBACK:
        # Seldon asks both on either transport, the one of REST first; both always worked.
        return (f"{method.name}_rest", f"{method.name}_grpc", f"{method.name}_raw")
    return (f"{method.name}_{transport}", f"{method.name}_raw")


def _raw_hook(name: str, found: Any, method: Method) -> RawHook:
    is_raw = name.endswith("_raw")
    counts = is_raw and method.input is not Input.NOTHING
    return RawHook(inspect_hook(name, found), _form_for(name, found), may_decline=is_raw, is_counted=counts)


def _form_for(name: str, found: Any) -> Takes:
    if name == "send_feedback_rest":
        return Takes.TEXT
    return Takes.DICT if name.endswith("_raw") and _wants_dict(found) else Takes.WIRE


# ---- what a hook's code does with its message ----------------------------------------------------


_DICT_METHODS = frozenset({"get", "items", "keys", "values", "pop", "setdefault", "update", "copy"})

_DICTS = ("dict", "Dict", "Mapping", "MutableMapping")


def _wants_dict(function: Any) -> bool:
    """Whether the code of a hook can work with a dict and not with a protobuf message."""
    definition = _definition_of(function)
    if definition is None:
        return False
    arguments = [*definition.args.posonlyargs, *definition.args.args]
    message = arguments[1:2] if inspect.ismethod(function) else arguments[:1]
    if not message:
        return False
    annotation = message[0].annotation
    if annotation is not None and ast.unparse(annotation).partition("[")[0].rpartition(".")[2] in _DICTS:
        return True
    uses = list(_uses(definition, message[0].arg))
    return any(uses) and all(uses)


def _definition_of(function: Any) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError):  # no source, no function, or a lambda within a line
        return None
    found = tree.body[0] if tree.body else None
    return found if isinstance(found, ast.FunctionDef | ast.AsyncFunctionDef) else None


def _uses(definition: ast.AST, name: str) -> Iterator[bool]:
    """Of each telling use of a name, whether only a dict bears it."""
    for node in ast.walk(definition):
        match node:
            case ast.Attribute(value=ast.Name(id=used), attr=attribute) if used == name:
                yield attribute in _DICT_METHODS
            case ast.Subscript(value=ast.Name(id=used)) if used == name:
                yield True
            case ast.Compare(ops=[ast.In() | ast.NotIn()], comparators=[ast.Name(id=used)]) if used == name:
                yield True
            case ast.Call(func=callee, args=arguments) if _holds(arguments, name):
                yield from _handed_to(ast.unparse(callee))
            case ast.Name(id=used, ctx=ast.Store()) if used == name:
                yield False  # from here on the name stands for something else
            case _:
                pass


def _handed_to(callee: str) -> Iterator[bool]:
    if callee in ("isinstance", "type", "hasattr", "getattr"):
        yield False  # the hook tells the forms apart itself
    elif "message" in callee.lower() or "proto" in callee.lower():
        yield False  # seldon_message_to_json, MessageToDict, get_data_from_proto
    elif callee == "json.dumps":
        yield True


def _holds(arguments: list[ast.expr], name: str) -> bool:
    return any(isinstance(each, ast.Name) and each.id == name for each in arguments)
