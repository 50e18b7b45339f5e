"""A user's object as a component: its hooks, inspected once, called with what they accept.

Rule: nothing is asked by failing. What a hook is given follows from its signature, so a TypeError
inside it is the component's own and is raised once.
"""

import inspect
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from seldon_workbench.errors import (
    BadParameter,
    ComponentFailed,
    HookMissing,
    LoadFailed,
    SeldonNotImplementedError,
)
from seldon_workbench.methods import METHODS, Method
from seldon_workbench.settings import Parameters

__all__ = [
    "HOOKS",
    "UNNAMED",
    "Component",
    "Hook",
    "SeldonComponent",
    "construct",
    "guarded",
    "is_component_like",
    "load",
    "user_traceback",
]

logger = logging.getLogger(__name__)

HOOKS = tuple(method.name for method in METHODS if method.runs_user_code)
"""The hooks that answer a method."""


class _StubCalled(SeldonNotImplementedError):
    """A stub of SeldonComponent was reached: the method is not implemented after all."""

    def __init__(self, stub: str, text: str) -> None:
        super().__init__(text)
        self.stub = stub


def _stub(name: str, said: str = "") -> Callable[..., Any]:
    def stub(self: object, *args: object, **kwargs: object) -> Any:
        raise _StubCalled(name, f"{said or name} is not implemented")

    stub.__name__ = name
    stub.__doc__ = f"Override to implement ``{name}``."
    return stub


class SeldonComponent:
    """An optional base class: every hook is a stub that counts as absent until overridden."""

    def __init__(self, **kwargs: object) -> None:
        pass

    def load(self) -> None:
        """Load the model; called once in the process that serves it."""

    tags = _stub("tags")
    class_names = _stub("class_names")
    metrics = _stub("metrics")
    feature_names = _stub("feature_names")
    predict = _stub("predict")
    transform_input = _stub("transform_input")
    transform_output = _stub("transform_output")
    route = _stub("route")
    aggregate = _stub("aggregate")
    send_feedback = _stub("send_feedback")
    health_status = _stub("health_status", "health")
    init_metadata = _stub("init_metadata")
    metadata = _stub("metadata")
    predict_raw = _stub("predict_raw")
    transform_input_raw = _stub("transform_input_raw")
    transform_output_raw = _stub("transform_output_raw")
    route_raw = _stub("route_raw")
    aggregate_raw = _stub("aggregate_raw")
    send_feedback_raw = _stub("send_feedback_raw")
    health_status_raw = _stub("health_status_raw", "health_raw")


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

        Raises ComponentFailed around whatever the component raises, HookMissing if it ends in a
        stub of SeldonComponent.
        """
        accepted = {name: make() for name, make in keywords.items() if name in self.keywords}
        try:
            return self.function(*offered[: self.positional], **accepted)
        except _StubCalled as error:
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
    "aggregate": (2, ()),
    "send_feedback": (4, ("routing",)),
}
"""What each hook is offered: so many positional arguments, and these keywords."""

_VALUE_HOOKS = ("tags", "metrics", "class_names", "health_status", "init_metadata", "metadata")
"""Hooks that are offered nothing; one that insists on an argument gets the payload."""


class _Unnamed:
    """Says nothing about names; an instance of it stands for that."""


UNNAMED = _Unnamed()
"""The answer of a component that names no columns. None is another answer: no names at all."""


class Component:
    """A user's object, ready to be called."""

    def __init__(self, subject: object, name: str) -> None:
        self.subject = subject
        self.name = name
        self._hooks: dict[str, Hook] = {}
        for hook in (*HOOKS, *_VALUE_HOOKS):
            found = getattr(subject, hook, None)
            if found is not None and not is_stub(found):
                self._hooks[hook] = _inspect(hook, found)
        names = getattr(subject, "class_names", None)
        if names is not None and not callable(names):
            logger.warning("%s.class_names is an attribute; Seldon prefers a method", name)

    def hook(self, name: str) -> Hook | None:
        """The hook of that name, or None where the component does not implement it."""
        return self._hooks.get(name)

    def why_missing(self, method: Method) -> HookMissing:
        """The error that says that a method is not implemented."""
        stubbed = self.is_stubbed(method.name)
        text = f"{method.name} is not implemented" if stubbed else f"{method.name.capitalize()} not defined"
        return HookMissing(text, hint=f"add a method {method.name} to {self.name}")

    def is_stubbed(self, name: str) -> bool:
        """Whether the component only inherits SeldonComponent's stub of a hook."""
        return name not in self._hooks and getattr(self.subject, name, None) is not None

    @property
    def implemented(self) -> tuple[str, ...]:
        """The hooks that answer a method, in the order of the table."""
        return tuple(name for name in HOOKS if name in self._hooks)

    @property
    def is_silent(self) -> bool:
        """Whether health can be answered without calling the component at all."""
        return not any(name in self._hooks for name in ("health_status", "metrics", "tags"))

    def class_names(self, payload: Any) -> Any:
        """The names the component gives its columns; UNNAMED if it leaves that to the default."""
        hook = self._hooks.get("class_names")
        if hook is not None and callable(hook.function):
            try:
                return _named(hook(payload))
            except HookMissing:
                return UNNAMED
        # An attribute may be set late, in load() or even in predict(): read it at every call.
        found = getattr(self.subject, "class_names", UNNAMED)
        return UNNAMED if callable(found) else _named(found)


def is_stub(found: object) -> bool:
    """Whether this is a hook inherited, not overridden, from SeldonComponent: ours or a real one's."""
    function = getattr(found, "__func__", found)
    qualified = getattr(function, "__qualname__", "")
    if qualified.startswith("_stub.<locals>.") and getattr(function, "__module__", "") == __name__:
        return True
    return (
        qualified.startswith("SeldonComponent.")
        and getattr(function, "__module__", "") == "seldon_core.user_model"
    )


def is_component_like(found: object) -> bool:
    """Whether an object or a class has at least one hook that answers a method."""
    return any((hook := getattr(found, name, None)) is not None and not is_stub(hook) for name in HOOKS)


def _named(names: Any) -> Any:
    """Names as JSON and proto can carry them; None and text stay, for Seldon sends them as they are."""
    if names is None or names is UNNAMED or isinstance(names, str | list):
        return names
    if hasattr(names, "tolist"):
        return names.tolist()
    if isinstance(names, Iterable):
        return list(names)
    return names


def _inspect(name: str, function: Any) -> Hook:
    positional, keywords = _OFFERS.get(name, (0, ()))
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):  # not callable, or a builtin that does not tell
        return Hook(name, function, positional, frozenset())
    if name in _VALUE_HOOKS:
        return Hook(name, function, sum(_is_required(parameter) for parameter in parameters), frozenset())
    return _bind(name, function, parameters, positional, keywords)


def _is_required(parameter: inspect.Parameter) -> bool:
    return parameter.default is parameter.empty and parameter.kind in _POSITIONAL


_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


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


def construct(subject: type, parameters: Parameters) -> object:
    """An instance of a user's class. Raises BadParameter for arguments it does not take."""
    try:
        inspect.signature(subject).bind(**parameters)
    except TypeError as error:
        raise BadParameter(
            f"{subject.__name__} cannot be constructed: {error}",
            hint=f"it takes {inspect.signature(subject)}; pass --param name=value",
        ) from error
    except ValueError:  # a class that does not tell its signature
        pass
    return guarded("__init__", lambda: subject(**parameters))


def load(subject: object) -> None:
    """Call the component's ``load``, if it has one. Raises LoadFailed."""
    hook = getattr(subject, "load", None)
    if callable(hook):
        guarded("load()", hook)


def guarded(stage: str, call: Callable[[], Any]) -> Any:
    """The result of user code run before anything is served. Raises LoadFailed."""
    try:
        return call()
    except (Exception, SystemExit) as error:
        raise LoadFailed(stage, error) from error


def user_traceback(error: BaseException) -> TracebackType | None:
    """The traceback of an exception from the first frame on that is the user's."""
    traceback = error.__traceback__
    while traceback is not None and _is_ours(traceback.tb_frame.f_globals.get("__name__", "")):
        traceback = traceback.tb_next
    return traceback or error.__traceback__


def _is_ours(module: str) -> bool:
    return module.partition(".")[0] == __name__.partition(".")[0]
