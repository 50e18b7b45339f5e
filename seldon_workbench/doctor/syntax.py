"""Reading Python's syntax trees: what the rules ask of a function or an expression."""

import ast
import inspect
from collections.abc import Iterator
from typing import Any

__all__ = [
    "WRITING",
    "Function",
    "assigned_once",
    "bound_names",
    "calls",
    "falls_through",
    "is_stub_body",
    "literal",
    "own",
    "returns",
    "self_attribute",
    "signature_of",
    "stores",
    "walk",
]

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda

WRITING = frozenset({"append", "extend", "insert", "update", "setdefault", "pop", "clear", "add", "remove"})
"""Methods of lists, dicts and sets that change them."""

_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)


def walk(node: ast.AST) -> Iterator[ast.AST]:
    """Every node below one in the order of the source, functions within it included."""
    for child in ast.iter_child_nodes(node):
        yield child
        yield from walk(child)


def own(node: ast.AST) -> Iterator[ast.AST]:
    """Every node below one, without what stands in functions and classes within it."""
    for child in ast.iter_child_nodes(node):
        yield child
        if not isinstance(child, _SCOPES):
            yield from own(child)


def body(function: Function) -> list[ast.stmt]:
    """The statements of a function; a lambda's expression counts as its return."""
    if isinstance(function, ast.Lambda):
        return [ast.copy_location(ast.Return(function.body), function.body)]
    return function.body


def in_body(function: Function) -> Iterator[ast.AST]:
    """Every node of a function's body that is the function's own."""
    for statement in body(function):
        yield statement
        if not isinstance(statement, _SCOPES):
            yield from own(statement)


def calls(node: ast.AST) -> Iterator[ast.Call]:
    """Every call below a node."""
    return (each for each in walk(node) if isinstance(each, ast.Call))


def returns(function: Function) -> Iterator[ast.Return]:
    """The function's own return statements."""
    return (node for node in in_body(function) if isinstance(node, ast.Return))


def is_generator(function: Function) -> bool:
    """Whether calling the function makes a generator."""
    return any(isinstance(node, ast.Yield | ast.YieldFrom) for node in in_body(function))


def self_attribute(node: ast.AST, me: str) -> str:
    """``x`` of ``self.x``; empty for anything else."""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == me:
        return node.attr
    return ""


def literal(node: ast.AST | None) -> Any:
    """The value of a literal, or of one that stands for no value at all: Ellipsis."""
    try:
        return ast.literal_eval(node) if node is not None else ...
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return ...


def signature_of(arguments: ast.arguments, *, bound: bool) -> inspect.Signature:
    """A signature to bind calls to; a bound one lacks its first parameter."""
    kinds = inspect.Parameter
    positional = [*arguments.posonlyargs, *arguments.args]
    optional = len(positional) - len(arguments.defaults)
    found = [
        kinds(
            each.arg,
            kinds.POSITIONAL_ONLY if place < len(arguments.posonlyargs) else kinds.POSITIONAL_OR_KEYWORD,
            default=None if place >= optional else kinds.empty,
        )
        for place, each in enumerate(positional)
    ]
    if bound and found:
        del found[0]
    if arguments.vararg:
        found.append(kinds(arguments.vararg.arg, kinds.VAR_POSITIONAL))
    for each, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        found.append(kinds(each.arg, kinds.KEYWORD_ONLY, default=kinds.empty if default is None else None))
    if arguments.kwarg:
        found.append(kinds(arguments.kwarg.arg, kinds.VAR_KEYWORD))
    return inspect.Signature(found)


def stores(function: Function) -> Iterator[tuple[str, ast.expr | None, ast.Name]]:
    """Each name a function binds: its name, the value where it is a plain assignment, and where."""
    plain: dict[int, ast.expr | None] = {}
    for node in in_body(function):
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            plain[id(node.targets[0])] = node.value
        elif isinstance(node, ast.AnnAssign):
            plain[id(node.target)] = node.value
    for node in in_body(function):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id, plain.get(id(node)), node


def assigned_once(function: Function) -> dict[str, ast.expr]:
    """The value of each name that is bound once, by a plain assignment, parameters excepted."""
    values: dict[str, list[ast.expr | None]] = {}
    for name, value, _ in stores(function):
        values.setdefault(name, []).append(value)
    taken = bound_names(function.args)
    return {
        name: found[0]
        for name, found in values.items()
        if len(found) == 1 and found[0] is not None and name not in taken
    }


def bound_names(arguments: ast.arguments) -> list[str]:
    """The names of a function's parameters."""
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    every += [each for each in (arguments.vararg, arguments.kwarg) if each is not None]
    return [each.arg for each in every]


def is_stub_body(function: Function) -> bool:
    """Whether a function only says that there is nothing: a docstring, ``...``, ``pass``."""
    return all(
        isinstance(each, ast.Pass) or (isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant))
        for each in body(function)
    )


def falls_through(statements: list[ast.stmt]) -> bool:
    """Whether the end of a block can be reached, as far as its syntax tells."""
    return not any(_ends(statement) for statement in statements)


def _ends(statement: ast.stmt) -> bool:
    match statement:
        case ast.Return() | ast.Raise() | ast.Continue() | ast.Break():
            return True
        case ast.If(body=yes, orelse=no):
            return bool(no) and not falls_through(yes) and not falls_through(no)
        case ast.With(body=inner) | ast.AsyncWith(body=inner):
            return not falls_through(inner)
        case ast.Try():
            return _try_ends(statement)
        case ast.Match(cases=cases):
            is_total = any(
                isinstance(each.pattern, ast.MatchAs) and each.pattern.pattern is None for each in cases
            )
            return is_total and all(not falls_through(each.body) for each in cases)
        case ast.For() | ast.AsyncFor() | ast.While():
            return _loop_ends(statement)
        case ast.Expr(value=ast.Call(func=func)):
            return ast.unparse(func) in ("sys.exit", "os._exit", "exit", "quit", "self.fail", "abort")
        case _:
            return False


def _loop_ends(loop: ast.For | ast.AsyncFor | ast.While) -> bool:
    """Whether what follows a loop is never reached: it goes on for ever, or its ``else`` ends."""
    if any(isinstance(node, ast.Break) for node in own(loop)):
        return False
    is_endless = isinstance(loop, ast.While) and isinstance(loop.test, ast.Constant) and bool(loop.test.value)
    return is_endless or (bool(loop.orelse) and not falls_through(loop.orelse))


def _try_ends(statement: ast.Try) -> bool:
    if statement.finalbody and not falls_through(statement.finalbody):
        return True
    happy = not falls_through([*statement.body, *statement.orelse])
    return happy and all(not falls_through(handler.body) for handler in statement.handlers)
