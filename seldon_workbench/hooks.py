"""Hooks: the callables of a component, inspected once, called with what their signature accepts.

Rule: nothing is asked by failing. What a hook is given follows from its signature, so a TypeError
inside it is the component's own and is raised once.
"""

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from seldon_workbench.coroutines import awaited
from seldon_workbench.errors import ComponentFailed, HookMissing, SeldonNotImplementedError

__all__ = ["VALUE_HOOKS", "Hook", "StubCalled", "inspect_hook"]


class StubCalled(SeldonNotImplementedError):
    """A stub of SeldonComponent was reached: the method is not implemented after all."""

    def __init__(self, stub: str, text: str) -> None:
        super().__init__(text)
        self.stub = stub


@dataclass(frozen=True, slots=True)
class Hook:
    """One callable of a component and the arguments its signature accepts."""

    name: str
    function: Callable[..., Any]
    positional: int
    """How many of the offered positional arguments it takes."""
    keywords: frozenset[str]
    """Which of the offered keyword arguments it takes."""

    def __call__(self, *offered: Any, **keywords: Callable[[], Any]) -> Any:
        """Call it with what it accepts; keyword arguments are made only if it takes them.

        A coroutine is awaited. Raises ComponentFailed around whatever the component raises, HookMissing
        if it ends in a stub of SeldonComponent.
        """
        accepted = {name: make() for name, make in keywords.items() if name in self.keywords}
        try:
            return awaited(self.function(*offered[: self.positional], **accepted))
        except StubCalled as error:
            if error.stub == self.name:
                raise HookMissing(str(error)) from error
            raise ComponentFailed(error) from error  # it called another hook, which is not there
        # Whatever it is: a SystemExit, a KeyboardInterrupt or a cancelled coroutine would end the thread
        # that answers and leave the client without an answer.
        except BaseException as error:
            raise ComponentFailed(error) from error


_OFFERS: dict[str, tuple[int, tuple[str, ...]]] = {
    "predict": (2, ("meta",)),
    "transform_input": (2, ("meta",)),
    "transform_output": (2, ("meta",)),
    "route": (2, ("meta",)),
    "aggregate": (2, ("meta",)),
    "send_feedback": (4, ("routing",)),
}
"""What each hook is offered: so many positional arguments, and these keywords."""

_ONLY_IF_REQUIRED = frozenset({"aggregate"})
"""Hooks that are given a keyword only if they cannot be called without it: Seldon never passes it."""

VALUE_HOOKS = (
    *("tags", "metrics", "class_names", "feature_names", "health_status", "init_metadata", "metadata"),
)
"""Hooks that are offered nothing; one that insists on an argument gets the payload."""

_ASKED_FOR_NOTHING = (*VALUE_HOOKS, "health_status_raw")

_RAW_OFFER: tuple[int, tuple[str, ...]] = (1, ())
"""What a raw hook is offered: the message."""

_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def inspect_hook(name: str, function: Any) -> Hook:
    """The hook of that name around a callable."""
    offered, keywords = (0, ()) if name in _ASKED_FOR_NOTHING else _OFFERS.get(name, _RAW_OFFER)
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):  # not callable, or a builtin that does not tell
        return Hook(name, function, offered, frozenset())
    if name in _ASKED_FOR_NOTHING:
        return Hook(name, function, sum(_is_required(parameter) for parameter in parameters), frozenset())
    if name in _ONLY_IF_REQUIRED:
        required = {each.name for each in parameters if each.default is each.empty}
        keywords = tuple(word for word in keywords if word in required)
    return _bind(name, function, parameters, offered, keywords)


def _is_required(parameter: inspect.Parameter) -> bool:
    return parameter.default is parameter.empty and parameter.kind in _POSITIONAL


def _bind(
    name: str,
    function: Callable[..., Any],
    parameters: Sequence[inspect.Parameter],
    offered: int,
    keywords: tuple[str, ...],
) -> Hook:
    positional = [parameter for parameter in parameters if parameter.kind in _POSITIONAL]
    takes_any = any(parameter.kind is inspect.Parameter.VAR_POSITIONAL for parameter in parameters)
    takes_any_keyword = any(parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in parameters)
    # Positional arguments come first, as in Seldon: in predict(self, X, meta) the second is the names.
    taken = offered if takes_any else min(offered, len(positional))
    beyond = {parameter.name for parameter in positional[taken:]}
    beyond |= {parameter.name for parameter in parameters if parameter.kind is inspect.Parameter.KEYWORD_ONLY}
    wanted = frozenset(word for word in keywords if takes_any_keyword or word in beyond)
    early = _early_keyword(positional, offered, keywords)
    if early is not None:
        return Hook(name, _reordered(function, early), offered, wanted | {positional[early].name})
    return Hook(name, function, taken, wanted)


def _early_keyword(
    positional: Sequence[inspect.Parameter], offered: int, keywords: tuple[str, ...]
) -> int | None:
    """The place of a keyword argument that stands among the positional ones, as ``routing`` may."""
    if len(positional) <= offered:
        return None
    for place, parameter in enumerate(positional[:offered]):
        if parameter.name in keywords:
            return place
    return None


def _reordered(function: Callable[..., Any], place: int) -> Callable[..., Any]:
    def call(*offered: Any, **keywords: Any) -> Any:
        (value,) = keywords.values()
        return function(*offered[:place], value, *offered[place:])

    return call
