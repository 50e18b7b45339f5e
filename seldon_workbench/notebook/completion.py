"""Tab completion of ``%seldon``: subcommands, flags, and what can be served or is served."""

import argparse
import inspect
from collections.abc import Iterable, Mapping
from typing import Any

from IPython.core.magic import Magics

from seldon_workbench.commands import Face, parser
from seldon_workbench.component import is_component_like
from seldon_workbench.estimator import is_estimator

__all__ = ["complete", "servable_names"]


def complete(shell: Any, event: Any) -> list[str]:
    """The words that may stand where the cursor is."""
    words = event.line.split()[1:]
    current = event.symbol if event.line[-1:].strip() else ""
    before = words[:-1] if current and words else words
    return [word for word in _candidates(shell, before, current) if word.startswith(current)]


def _candidates(shell: Any, before: list[str], current: str) -> Iterable[str]:
    commands = _commands()
    if not before:
        return commands
    sub = commands.get(before[0])
    if sub is None:
        return ()
    if current.startswith("-"):
        return [flag for action in sub._actions for flag in action.option_strings]
    if before[0] == "serve":
        return servable_names(shell.user_ns)
    if before[0] in ("stop", "send"):
        return _running(shell) if before[0] == "stop" else _verbs(sub)
    return ()


def servable_names(namespace: Mapping[str, Any]) -> list[str]:
    """The user's names that ``serve`` takes: her components and estimators first, then functions."""
    mine = {
        name: value
        for name, value in namespace.items()
        if not name.startswith("_") and not inspect.ismodule(value)
    }
    components = [name for name, value in mine.items() if is_component_like(value) or is_estimator(value)]
    functions = [name for name, value in mine.items() if inspect.isfunction(value)]
    return sorted(components) + sorted(functions)


def _commands() -> dict[str, argparse.ArgumentParser]:
    actions = parser(Face.KERNEL)._subparsers._group_actions  # type: ignore[union-attr]
    return dict(actions[0].choices)


def _verbs(sub: argparse.ArgumentParser) -> list[str]:
    return [str(verb) for action in sub._actions if action.dest == "verb" for verb in action.choices or ()]


def _running(shell: Any) -> list[str]:
    magic: Magics | None = shell.magics_manager.registry.get("SeldonMagic")
    return [session.name for session in magic.sessions] if magic is not None else []
