"""Theme 2, hooks: whether they can be called as Seldon calls them."""

import inspect
from collections.abc import Iterator
from typing import Any

from seldon_workbench.doctor.findings import Severity, Spot, Where, at, rule
from seldon_workbench.doctor.source import ALL_HOOKS
from seldon_workbench.doctor.subject import MESSAGE_HOOKS, Member, Subject
from seldon_workbench.doctor.syntax import signature_of
from seldon_workbench.hooks import VALUE_HOOKS

_PAYLOAD_NAMES = frozenset(
    {"X", "Xs", "x", "features", "data", "msg", "message", "request", "feedback", "names", "feature_names"}
)


@rule(
    "D201",
    Severity.ERROR,
    title="Seldon cannot call this hook",
    why="predict, transform_input, transform_output and route are called with (X, names, meta=meta), and "
    "if that does not bind with (X, names); aggregate with (Xs, names). Anything else is a TypeError on "
    "every request.",
    fix="write def predict(self, X, names, meta=None), def aggregate(self, features_list, names_list)",
    bad="def predict(self, X):\n    return X",
    good="def predict(self, X, names=None):\n    return X",
    where=Where.SELDON,
)
def hook_cannot_be_called(subject: Subject) -> Iterator[Spot]:
    """Signatures that Seldon's calls do not bind to."""
    for member in _checked(subject, (*MESSAGE_HOOKS, "aggregate")):
        signature = _signature(member)
        if signature is None or _binds(signature, 2) or _binds_meta(signature, member):
            continue
        takes = ", ".join(member.parameters) or "nothing"
        two = (
            "a list of payloads and a list of names"
            if member.name == "aggregate"
            else "the payload and the names"
        )
        yield at(member, member.node, f"{member.name} takes {takes}; Seldon gives it {two}")


def _binds_meta(signature: inspect.Signature, member: Member) -> bool:
    return member.name != "aggregate" and _binds(signature, 2, meta=None)


def _binds(signature: inspect.Signature, positional: int, **keywords: Any) -> bool:
    try:
        signature.bind(*[None] * positional, **keywords)
    except TypeError:
        return False
    return True


def _signature(member: Member) -> inspect.Signature | None:
    """The signature as callers see it; None where a decorator may have changed it, or ``self`` is missing."""
    if not member.is_plain or member.is_property or _lacks_self(member):
        return None
    return signature_of(member.node.args, bound=not member.is_static)


def _checked(subject: Subject, names: tuple[str, ...]) -> Iterator[Member]:
    return (member for member in subject.hooks(names) if not member.is_property)


@rule(
    "D202",
    Severity.WARNING,
    title="a parameter called meta receives the names",
    why="The second positional argument is always the list of names. Only the third parameter, or a "
    "keyword-only one, called meta is given the request's meta.",
    fix="write def predict(self, X, names, meta=None)",
    bad="def predict(self, X, meta):\n    return X",
    good="def predict(self, X, names, meta=None):\n    return X",
)
def meta_receives_names(subject: Subject) -> Iterator[Spot]:
    """``meta`` as the second parameter."""
    for member in _checked(subject, (*MESSAGE_HOOKS, "aggregate")):
        if member.parameters[1:2] == ["meta"] or member.parameters[:1] == ["meta"]:
            yield at(member, member.node, f"meta of {member.name} receives the names, not the request's meta")


@rule(
    "D203",
    Severity.ERROR,
    title="a hook insists on an argument that Seldon does not give",
    why="tags(), metrics(), class_names(), health_status() and init_metadata() are called without "
    "arguments. Old editions of Seldon's page show tags(self, X): every request then answers 500.",
    fix="leave the parameter out; tags of one request go into SeldonResponse(data, tags=...)",
    bad="def tags(self, X):\n    return {'rows': len(X)}",
    good="def tags(self):\n    return {'version': '1'}",
    where=Where.SELDON,
)
def value_hook_with_argument(subject: Subject) -> Iterator[Spot]:
    """Value hooks with required parameters."""
    for member in _checked(subject, (*VALUE_HOOKS, "health_status_raw")):
        signature = _signature(member)
        if member.name == "metadata" or signature is None or _binds(signature, 0):
            continue
        yield at(
            member,
            member.node,
            f"{member.name} is called without arguments, and takes {', '.join(member.parameters)}",
        )


@rule(
    "D204",
    Severity.ERROR,
    title="Seldon cannot call send_feedback",
    why="It is called with (features, names, reward, truth, routing=routing). Without a parameter "
    "routing, or with routing among the first four, every feedback is a TypeError.",
    fix="write def send_feedback(self, features, names, reward, truth, routing=None)",
    bad="def send_feedback(self, features, names, reward, truth):\n    pass",
    good="def send_feedback(self, features, names, reward, truth, routing=None):\n    pass",
    where=Where.SELDON,
)
def feedback_cannot_be_called(subject: Subject) -> Iterator[Spot]:
    """Signatures of send_feedback that do not bind."""
    for member in _checked(subject, ("send_feedback",)):
        signature = _signature(member)
        if signature is None or _binds(signature, 4, routing=None):
            continue
        if "routing" in member.parameters[:4]:
            message = "routing stands before reward or truth: Seldon passes it by name, after four arguments"
        elif "routing" not in member.parameters:
            message = "send_feedback takes no routing, which Seldon always passes by name"
        else:
            takes = ", ".join(member.parameters)
            message = f"send_feedback takes {takes}; Seldon gives it four arguments and routing"
        yield at(member, member.node, message)


@rule(
    "D205",
    Severity.WARNING,
    title="aggregate is never given meta",
    why="Seldon passes meta to predict, the transforms and route, not to aggregate: the parameter keeps "
    "its default.",
    fix="leave it out; tags of the children are merged into the reply by Seldon itself",
    bad="def aggregate(self, features_list, names_list, meta=None):\n    return features_list[0]",
    good="def aggregate(self, features_list, names_list):\n    return features_list[0]",
)
def aggregate_with_meta(subject: Subject) -> Iterator[Spot]:
    """A parameter meta of aggregate that has a default."""
    for member in _checked(subject, ("aggregate",)):
        signature = _signature(member)
        if signature is not None and "meta" in signature.parameters and _binds(signature, 2):
            yield at(member, member.node, "meta of aggregate is never passed: it keeps its default")


@rule(
    "D206",
    Severity.ERROR,
    title="a hook is a coroutine",
    why="seldon-core does not await it: requests answer 400, Unknown data type ... <coroutine object>.",
    fix="write def, and asyncio.run(...) inside where something has to be awaited",
    bad="async def predict(self, X, names):\n    return X",
    good="def predict(self, X, names):\n    return X",
    where=Where.SELDON,
)
def coroutine_hook(subject: Subject) -> Iterator[Spot]:
    """``async def`` hooks."""
    for member in subject.hooks(tuple(sorted(ALL_HOOKS))):
        if member.is_async:
            yield at(member, member.node, f"{member.name} is a coroutine, which seldon-core does not await")


@rule(
    "D207",
    Severity.ERROR,
    title="a hook has no self",
    why="Its first parameter receives the component, the second the payload: one argument too many, or "
    "all of them in the wrong place.",
    fix="write self as the first parameter, or @staticmethod above it",
    bad="def predict(X, names):\n    return X",
    good="def predict(self, X, names):\n    return X",
)
def hook_without_self(subject: Subject) -> Iterator[Spot]:
    """Methods whose first parameter is missing or named like a payload."""
    for member in subject.hooks(tuple(sorted(ALL_HOOKS))):
        if _lacks_self(member):
            yield at(
                member, member.node, f"{member.name} has no self: its first parameter receives the component"
            )


def _lacks_self(member: Member) -> bool:
    positional = [*member.node.args.posonlyargs, *member.node.args.args]
    if member.is_static or member.node.args.vararg or "classmethod" in member.decorators:
        return False
    return not positional or positional[0].arg in _PAYLOAD_NAMES
