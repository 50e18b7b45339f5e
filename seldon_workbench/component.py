"""A user's object as a component: which hooks it has, and the base class it may derive from."""

import inspect
import logging
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Any

from seldon_workbench.coroutines import awaited
from seldon_workbench.errors import BadParameter, HookMissing, LoadFailed
from seldon_workbench.hooks import VALUE_HOOKS, Hook, StubCalled, inspect_hook
from seldon_workbench.methods import METHODS, Method
from seldon_workbench.raw_hooks import RawHook, raw_hooks_of
from seldon_workbench.settings import Parameters

__all__ = [
    "HOOKS",
    "UNNAMED",
    "Component",
    "SeldonComponent",
    "construct",
    "find_hook",
    "guarded",
    "is_component_like",
    "load",
    "user_traceback",
]

logger = logging.getLogger(__name__)

HOOKS = tuple(method.name for method in METHODS if method.runs_user_code)
"""The hooks that answer a method."""


def _stub(name: str, said: str = "") -> Callable[..., Any]:
    def stub(self: object, *args: object, **kwargs: object) -> Any:
        raise StubCalled(name, f"{said or name} is not implemented")

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
        self._raw_hooks: dict[tuple[str, str], RawHook] = {}
        for hook in (*HOOKS, *VALUE_HOOKS):
            found = self._find(hook)
            if found is not None:
                self._hooks[hook] = inspect_hook(hook, found)
        for method in METHODS:
            if method.runs_user_code:
                for transport, raw in raw_hooks_of(self._find, method):
                    self._raw_hooks[method.name, transport] = raw
        self._advise()

    def hook(self, name: str) -> Hook | None:
        """The hook of that name, or None where the component does not implement it."""
        return self._hooks.get(name)

    def raw_hook(self, method: Method, transport: str) -> RawHook | None:
        """The raw hook that answers a method over a transport, or None where there is none."""
        return self._raw_hooks.get((method.name, transport))

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
        raw = {name for name, _ in self._raw_hooks}
        return tuple(name for name in HOOKS if name in self._hooks or name in raw)

    @property
    def is_silent(self) -> bool:
        """Whether health can be answered without calling the component at all."""
        asked = any(name in self._hooks for name in ("health_status", "metrics", "tags"))
        return not asked and ("health_status", "rest") not in self._raw_hooks

    def _find(self, name: str) -> Any:
        # A property of that name is asked at every call, and may need what the first one sets.
        if name == "class_names" and _is_computed(self.subject, name):
            return None
        return find_hook(self.subject, name)

    def _advise(self) -> None:
        """Say what still works and should not be relied on."""
        if _is_computed(self.subject, "class_names") or _is_value(self.subject, "class_names"):
            logger.warning("%s.class_names is an attribute; Seldon prefers a method", self.name)
        for name in sorted({raw.hook.name for raw in self._raw_hooks.values() if raw.is_deprecated}):
            raw_name = f"{name.rpartition('_')[0]}_raw"
            logger.warning("%s.%s is deprecated; use %s", self.name, name, raw_name)

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


def _is_computed(subject: object, name: str) -> bool:
    return isinstance(inspect.getattr_static(subject, name, None), property)


def _is_value(subject: object, name: str) -> bool:
    found = getattr(subject, name, None)
    return found is not None and not callable(found)


def find_hook(subject: object, name: str) -> Any:
    """What an object has under a name; None if it has nothing, or but a stub of SeldonComponent."""
    found = getattr(subject, name, None)
    return None if found is None or is_stub(found) else found


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
    names = (name + ending for name in HOOKS for ending in ("", "_raw", "_rest", "_grpc"))
    return any(find_hook(found, name) is not None for name in names)


def _named(names: Any) -> Any:
    """Names as JSON and proto can carry them; None and text stay, for Seldon sends them as they are."""
    if names is None or names is UNNAMED or isinstance(names, str | list):
        return names
    if hasattr(names, "tolist"):
        return names.tolist()
    if isinstance(names, Iterable):
        return list(names)
    return names


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
    """The result of user code run before anything is served, awaited. Raises LoadFailed."""
    try:
        return awaited(call())
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
