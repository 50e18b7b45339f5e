"""Theme 2, hooks: whether Seldon finds them under their names, and as what."""

import ast
import difflib
import re
from collections.abc import Iterator, Mapping

from seldon_workbench.doctor.findings import Severity, Spot, Where, at, rule
from seldon_workbench.doctor.source import ALL_HOOKS, ANSWERING, RAW_HOOKS
from seldon_workbench.doctor.subject import Subject
from seldon_workbench.doctor.syntax import walk


@rule(
    "D208",
    Severity.ERROR,
    title="class_names is a static method",
    why="seldon-core calls class_names only where it is a bound method, and sends anything else as it "
    "stands: 500, Object of type function is not JSON serializable.",
    fix="write def class_names(self)",
    bad="@staticmethod\ndef class_names():\n    return ['a', 'b']",
    good="def class_names(self):\n    return ['a', 'b']",
    where=Where.SELDON,
)
def static_class_names(subject: Subject) -> Iterator[Spot]:
    """A static method or a lambda for class_names."""
    for member in subject.hooks(("class_names",)):
        if member.is_static and member.owner:
            yield at(
                member, member.node, "class_names is static: seldon-core tries to send the function itself"
            )
    for each in subject.own_attributes:
        if each.name == "class_names" and isinstance(each.value, ast.Lambda):
            yield at(each.text, each.node, "class_names is a plain function: seldon-core tries to send it")


@rule(
    "D209",
    Severity.ERROR,
    title="a hook is a value, not a method",
    why="Seldon calls it: 500, 'dict' object is not callable, on every request.",
    fix="write def tags(self): return {...}",
    bad="tags = {'version': '1'}\n\ndef predict(self, X, names):\n    return X",
    good="def tags(self):\n    return {'version': '1'}",
)
def hook_is_value(subject: Subject) -> Iterator[Spot]:
    """Attributes and properties under a hook's name."""
    callables = ALL_HOOKS - {"class_names", "feature_names"}
    for each in (*subject.attributes.values(), *subject.own_attributes):
        if each.name in callables and isinstance(each.value, _VALUES):
            yield at(
                each.text, each.node, f"{each.name} is a value; Seldon calls it, and every request fails"
            )
    for member in subject.hooks(tuple(sorted(callables))):
        if member.is_property:
            yield at(member, member.node, f"{member.name} is a property; Seldon calls what it returns")


_VALUES = (ast.Constant, ast.Dict, ast.List, ast.Tuple, ast.Set, ast.JoinedStr, ast.ListComp, ast.DictComp)


@rule(
    "D210",
    Severity.NOTE,
    title="class_names is an attribute",
    why="It works, with a deprecation warning in seldon-core's log at every request.",
    fix="write def class_names(self): return [...]",
    bad="class_names = ['a', 'b']\n\ndef predict(self, X, names):\n    return X",
    good="def class_names(self):\n    return ['a', 'b']",
)
def class_names_attribute(subject: Subject) -> Iterator[Spot]:
    """Class and instance attributes and properties called class_names."""
    for each in (*subject.attributes.values(), *subject.own_attributes):
        if each.name == "class_names" and not isinstance(each.value, ast.Lambda):
            yield at(
                each.text, each.node, "class_names is an attribute, which is deprecated; make it a method"
            )
    for member in subject.hooks(("class_names",)):
        if member.is_property:
            yield at(member, member.node, "class_names is a property, which is deprecated; make it a method")


@rule(
    "D211",
    Severity.WARNING,
    title="a method looks like a misspelt hook",
    why="Seldon finds hooks by their exact names. A method with another name is never called, and nobody "
    "says so.",
    fix="rename it; a helper of yours is safe with a leading underscore",
    bad="def predictt(self, X, names):\n    return X",
    good="def predict(self, X, names):\n    return X\n\ndef predict_proba(self, X):\n    return X",
)
def misspelt_hook(subject: Subject) -> Iterator[Spot]:
    """Methods that nobody calls, whose names are almost a hook's."""
    for member in subject.methods.values():
        meant = _meant(member.name)
        if not meant or not member.owner or meant in subject.methods or _is_used(subject, member.name):
            continue
        if member.is_property or subject.has(meant):
            continue
        yield at(member, member.node, f"{member.name} is never called; did you mean {meant}?")


_KNOWN_MISTAKES: Mapping[str, str] = {
    "tag": "tags",
    "metric": "metrics",
    "class_name": "class_names",
    "get_tags": "tags",
    "health": "health_status",
    "healthcheck": "health_status",
    "health_check": "health_status",
    "get_metrics": "metrics",
    "feedback": "send_feedback",
    "combine": "aggregate",
    "load_model": "load",
    "transforminput": "transform_input",
    "transformoutput": "transform_output",
    "get_metadata": "init_metadata",
}
_CLOSE = 0.9
"""How alike two names have to be: predictt and predict are, predictor and predict are not."""


def _meant(name: str) -> str:
    if name in ALL_HOOKS or name == "metadata" or name.startswith("_"):
        return ""
    snake = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
    if snake in ALL_HOOKS:
        return snake
    if snake in _KNOWN_MISTAKES:
        return _KNOWN_MISTAKES[snake]
    # Raw hooks are left out: a name as long as theirs is close to its own plain hook.
    close = difflib.get_close_matches(
        snake, ALL_HOOKS - set(RAW_HOOKS) - {"load", "route", "tags"}, 1, _CLOSE
    )
    return close[0] if close else ""


def _is_used(subject: Subject, name: str) -> bool:
    """Whether anything in the files of the component names it."""
    return any(
        isinstance(node, ast.Attribute) and node.attr == name
        for text in subject.texts
        for node in walk(text.tree)
    )


@rule(
    "D212",
    Severity.WARNING,
    title="metadata is not the hook; init_metadata is",
    why="seldon-core never calls a method metadata, though its page speaks of one: /metadata answers the "
    "defaults.",
    fix="rename it to init_metadata",
    bad="def metadata(self):\n    return {'name': 'iris'}",
    good="def init_metadata(self):\n    return {'name': 'iris'}",
    where=Where.SELDON,
)
def metadata_is_never_called(subject: Subject) -> Iterator[Spot]:
    """A method metadata without an init_metadata."""
    if "metadata" in subject.methods and "init_metadata" not in subject.methods:
        member = subject.methods["metadata"]
        if not member.is_property and not _is_used(subject, "metadata"):
            yield at(
                member, member.node, "metadata is never called by seldon-core; the hook is init_metadata"
            )


@rule(
    "D213",
    Severity.NOTE,
    title="feature_names is never called",
    why="seldon-core 1.18.2 has the method and does not use it: columns are named t:0, t:1 or by "
    "class_names.",
    fix="leave it out; class_names names the columns of replies, init_metadata those of requests",
    bad="def feature_names(self):\n    return ['a', 'b']",
    good="def class_names(self):\n    return ['a', 'b']",
)
def feature_names_is_never_called(subject: Subject) -> Iterator[Spot]:
    """A method feature_names that nobody calls."""
    member = subject.methods.get("feature_names")
    if member and member.owner and not _is_used(subject, "feature_names"):
        yield at(member, member.node, "feature_names is never called by Seldon")


@rule(
    "D214",
    Severity.ERROR,
    title="the class has no hook",
    why="seldon-core answers /predict of such a class with 200 and an empty array; everything looks well.",
    fix="write def predict(self, X, names, meta=None), or another hook",
    bad="class MyModel:\n    def run(self, X):\n        return X",
    good="class MyModel:\n    def predict(self, X, names):\n        return X",
)
def no_hook(subject: Subject) -> Iterator[Spot]:
    """A class, all of whose bases are known, without a hook that answers requests."""
    has_one = any(subject.has(name) for name in (*ANSWERING, *RAW_HOOKS))
    if subject.is_closed and not has_one and not any(_meant(name) for name in subject.methods):
        message = f"{subject.name} answers no request: it has no predict, nor another hook"
        yield at(subject.text, subject.node, message)


@rule(
    "D215",
    Severity.ERROR,
    title="a plain function is no component for seldon-core",
    why="It constructs what MODEL_NAME names, by calling it without a payload, and serves the result.",
    fix="write a class with predict; this workbench alone serves functions as they are",
    bad="def double(X, names=None):\n    return X * 2",
    good="class Double:\n    def predict(self, X, names=None):\n        return X * 2",
    where=Where.SELDON,
)
def plain_function(subject: Subject) -> Iterator[Spot]:
    """The component is a function."""
    if subject.found.function:
        yield at(
            subject.text,
            subject.node,
            f"{subject.name} is a function; seldon-core needs a class with predict",
        )


@rule(
    "D216",
    Severity.NOTE,
    title="predict is hidden by a raw hook",
    why="Where a class has predict_raw, predict is called only if predict_raw raises "
    "SeldonNotImplementedError.",
    fix="keep one of the two",
    bad="def predict_raw(self, request):\n    return {}\n\ndef predict(self, X, names):\n    return X",
    good="def predict_raw(self, request):\n    return request",
)
def hidden_by_raw(subject: Subject) -> Iterator[Spot]:
    """A high-level hook beside a raw one that neither declines nor calls it."""
    for name in ANSWERING:
        raw = subject.methods.get(f"{name}_raw")
        if raw is None or name not in subject.methods or not subject.methods[name].owner:
            continue
        told = ast.unparse(raw.node)
        if f".{name}(" not in told and "NotImplemented" not in told:
            yield at(
                subject.methods[name],
                subject.methods[name].node,
                f"{name} is never called: {name}_raw comes first",
            )
