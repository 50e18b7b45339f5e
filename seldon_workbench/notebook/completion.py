"""Tab completion of ``%seldon``: subcommands, flags and their values, what can be or is served.

Rule: where there is an answer it is the only one; Jedi would mix Python's keywords into it.
"""

import argparse
import ast
import inspect
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from IPython.core.completer import CompletionContext, SimpleCompletion, SimpleMatcherResult, context_matcher
from IPython.core.interactiveshell import InteractiveShell

from seldon_workbench.commands import Face, parser
from seldon_workbench.component import HOOKS, is_component_like
from seldon_workbench.estimator import is_estimator
from seldon_workbench.session import Sessions

__all__ = ["Matcher", "matcher", "servable_names", "user_names"]

Matcher = Callable[[CompletionContext], SimpleMatcherResult]

_LINE = re.compile(r"\s*(?:[\w\s.,]+=\s*%|%{0,2})seldon\s+(?P<words>.*)", re.DOTALL)
"""``%seldon``, ``%%seldon``, ``seldon`` where automagic is on, or ``name = %seldon``."""


def matcher(shell: InteractiveShell, sessions: Sessions) -> Matcher:
    """What a shell's completer asks about every line."""

    @context_matcher(identifier="seldon_workbench")  # type: ignore[untyped-decorator]
    def complete(context: CompletionContext) -> SimpleMatcherResult:
        line = _LINE.fullmatch(context.text_until_cursor)
        if line is None:
            return SimpleMatcherResult(completions=[])
        *before, current = re.split(r"\s+", line["words"])
        found = _candidates(shell, sessions, before, current)
        return SimpleMatcherResult(
            completions=[each for each in found if each.text.startswith(current)],
            matched_fragment=current,
            ordered=True,
            suppress=True,
        )

    return cast("Matcher", complete)


def _of_kind(kind: str, words: Iterable[str]) -> list[SimpleCompletion]:
    """Completions of a kind that front ends have a sign for."""
    return [SimpleCompletion(word, type=kind) for word in words]


def _candidates(
    shell: InteractiveShell, sessions: Sessions, before: Sequence[str], current: str
) -> list[SimpleCompletion]:
    commands = _commands()
    if not before:
        return _of_kind("keyword", commands)
    sub = commands.get(before[0])
    if sub is None:
        return []
    waiting = _waiting(sub, before[-1])
    if waiting is not None:
        return _values(waiting, sessions)
    positional = next((action for action in sub._actions if not action.option_strings), None)
    if current.startswith("-") or positional is None or _is_given(sub, before[1:]):
        flags = [flag for action in sub._actions for flag in action.option_strings]
        return _of_kind("param", (flag for flag in flags if flag.startswith("--")))
    return _targets(shell, current) if positional.dest == "target" else _values(positional, sessions)


def _values(action: argparse.Action, sessions: Sessions) -> list[SimpleCompletion]:
    if action.dest in ("explain", "select", "ignore"):
        from seldon_workbench.doctor.catalogue import every_rule  # late: completion seldom asks for it

        return _of_kind("keyword", (each.code for each in every_rule()))
    if action.dest == "name":
        return _of_kind("instance", (session.name for session in sessions))
    return _of_kind("keyword", map(str, action.choices or ()))


def _waiting(sub: argparse.ArgumentParser, word: str) -> argparse.Action | None:
    """The flag that a word is and whose value comes next, if it takes one."""
    action = sub._option_string_actions.get(word)
    return action if action is not None and action.nargs is None else None


def _is_given(sub: argparse.ArgumentParser, words: Sequence[str]) -> bool:
    """Whether the positional argument stands there already."""
    return any(
        not word.startswith("-") and _waiting(sub, ahead) is None
        for ahead, word in zip(("", *words), words, strict=False)
    )


def _targets(shell: InteractiveShell, current: str) -> list[SimpleCompletion]:
    file, colon, _ = current.rpartition(":")
    if colon and file.endswith(".py"):
        return _of_kind("class", (f"{file}:{name}" for name in _components_of(Path(file))))
    mine = user_names(shell)
    files = sorted(path.name for path in Path().glob("*.py")) if current else []
    return [SimpleCompletion(name, type=_kind(mine[name])) for name in servable_names(mine)] + _of_kind(
        "path", files
    )


def _kind(value: object) -> str:
    if inspect.isclass(value):
        return "class"
    return "function" if inspect.isfunction(value) else "instance"


def user_names(shell: InteractiveShell) -> dict[str, Any]:
    """What the user has defined, without what IPython puts into every notebook."""
    hidden = shell.user_ns_hidden
    return {name: value for name, value in shell.user_ns.items() if value is not hidden.get(name, shell)}


def servable_names(namespace: Mapping[str, Any]) -> list[str]:
    """The user's names that ``serve`` takes: her components and estimators first, then functions.

    Imported functions, and classes of estimators, could be served too but are seldom meant.
    """
    mine = {name: value for name, value in namespace.items() if not name.startswith("_")}
    components = [name for name, value in mine.items() if _is_component(value) or is_estimator(value)]
    functions = [
        name for name, value in mine.items() if inspect.isfunction(value) and value.__module__ == "__main__"
    ]
    return sorted(components) + sorted(functions)


def _is_component(value: object) -> bool:
    if inspect.ismodule(value) or not is_component_like(value):
        return False
    return not (inspect.isclass(value) and hasattr(value, "fit") and hasattr(value, "get_params"))


def _components_of(path: Path) -> list[str]:
    """The classes of a file that have one of Seldon's hooks, without running any of its code."""
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, SyntaxError):
        return []
    return [node.name for node in tree.body if isinstance(node, ast.ClassDef) and _has_hook(node)]


def _has_hook(node: ast.ClassDef) -> bool:
    hooks = {*HOOKS, *(f"{hook}_raw" for hook in HOOKS)}
    return any(isinstance(part, ast.FunctionDef) and part.name in hooks for part in node.body)


def _commands() -> Mapping[str, argparse.ArgumentParser]:
    subparsers = parser(Face.KERNEL)._subparsers
    assert subparsers is not None, "the grammar has subcommands"
    choices = next(action.choices for action in subparsers._group_actions if action.choices)
    return cast("Mapping[str, argparse.ArgumentParser]", choices)
