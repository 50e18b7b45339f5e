"""A component as the rules see it: its members, over all its bases; who calls whom, who writes what."""

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from seldon_workbench.doctor.source import ANSWERING, Found, Text
from seldon_workbench.doctor.syntax import Function, bound_names, in_body, self_attribute, walk

__all__ = ["Access", "Attribute", "Member", "Subject"]

MESSAGE_HOOKS = ("predict", "transform_input", "transform_output", "route")
"""Hooks that are given a payload, its names and meta."""

REQUEST_HOOKS = (*MESSAGE_HOOKS, "aggregate", "send_feedback")
"""Hooks that requests call."""

REPORTING_HOOKS = ("tags", "metrics", "class_names")
"""Hooks that Seldon asks after each request, without telling them which."""


@dataclass(frozen=True)
class Member:
    """A function of a component: one of its methods, or a function of its file that a method calls."""

    name: str
    """What it is called here: an alias has its own."""
    node: Function
    text: Text
    owner: str = ""
    """The class it is written in; empty for a function outside of classes."""

    @cached_property
    def decorators(self) -> tuple[str, ...]:
        """The last words of its decorators: ``staticmethod``, ``property``."""
        listed = getattr(self.node, "decorator_list", [])
        named = (each.func if isinstance(each, ast.Call) else each for each in listed)
        return tuple(self.text.dotted(each).rpartition(".")[2] for each in named)

    @property
    def is_static(self) -> bool:
        """Whether it is called without ``self``."""
        return not self.owner or "staticmethod" in self.decorators

    @property
    def is_property(self) -> bool:
        """Whether reading it calls it."""
        return any(each in ("property", "cached_property") for each in self.decorators)

    @property
    def is_async(self) -> bool:
        """Whether calling it makes a coroutine."""
        return isinstance(self.node, ast.AsyncFunctionDef)

    @property
    def is_plain(self) -> bool:
        """Whether its signature is the one written: no decorator of somebody else's around it."""
        known = ("staticmethod", "classmethod", "abstractmethod", "override", "wraps")
        return all(each in known for each in self.decorators)

    @property
    def parameters(self) -> list[str]:
        """The positional parameters a caller fills."""
        names = [each.arg for each in (*self.node.args.posonlyargs, *self.node.args.args)]
        return names if self.is_static else names[1:]

    @property
    def me(self) -> str:
        """What it calls its component; empty where nothing is called so, as in an error handler."""
        positional = [*self.node.args.posonlyargs, *self.node.args.args]
        first = positional[0].arg if positional and not self.is_static else ""
        return first if first in ("self", "cls", "this") else ""

    @property
    def takes_meta(self) -> bool:
        """Whether Seldon's ``meta`` keyword reaches it."""
        names = bound_names(self.node.args)
        return self.node.args.kwarg is not None or ("meta" in names and "meta" not in self.parameters[:2])


@dataclass(frozen=True)
class Attribute:
    """A value that stands where a method could: in the class, or set on ``self``."""

    name: str
    value: ast.expr | None
    node: ast.AST
    text: Text
    is_of_class: bool


@dataclass(frozen=True)
class Access:
    """One reading or writing of an attribute of ``self``."""

    name: str
    node: ast.AST
    member: Member


class Subject:
    """What the rules are asked about."""

    def __init__(self, found: Found) -> None:
        self.found = found
        self.name = found.name

    @property
    def text(self) -> Text:
        """The text of the component itself."""
        return self.found.text

    @property
    def texts(self) -> list[Text]:
        """Every text a class of it stands in."""
        return list({id(each.text): each.text for each in self.found.classes}.values()) or [self.text]

    @property
    def file(self) -> Path | None:
        """The component's file; None in a notebook."""
        return self.text.path

    @property
    def is_closed(self) -> bool:
        """Whether every base is known, so that what is not seen is not there."""
        return not self.found.is_open

    @property
    def node(self) -> ast.AST:
        """The class or the function itself."""
        return self.found.function[0] if self.found.function else self.found.classes[0].node

    @cached_property
    def methods(self) -> Mapping[str, Member]:
        """Its methods by name, the most derived of each."""
        if self.found.function:
            function, text = self.found.function
            return {"predict": Member("predict", function, text)}
        members: dict[str, Member] = {}
        for each in reversed(self.found.classes):
            members.update(_methods(each.node, each.text, members))
        return members

    @cached_property
    def attributes(self) -> Mapping[str, Attribute]:
        """Class attributes that are no methods, the most derived of each."""
        found: dict[str, Attribute] = {}
        for each in reversed(self.found.classes):
            for name, value, node in _assigned(each.node):
                found[name] = Attribute(name, value, node, each.text, is_of_class=True)
        return {name: each for name, each in found.items() if name not in self.methods}

    @cached_property
    def own_attributes(self) -> list[Attribute]:
        """What its methods assign to attributes of ``self``."""
        return [
            Attribute(access.name, _value(access), access.node, access.member.text, is_of_class=False)
            for access in self.writes(self.methods.values())
        ]

    @cached_property
    def parts(self) -> list[tuple[ast.AST, Text]]:
        """Every statement of its classes that counts: methods that a derived class overrides do not."""
        counting = {id(each.node) for each in self.methods.values()}
        parts: list[tuple[ast.AST, Text]] = []
        for each in self.found.classes:
            parts += [(node, each.text) for node in (*each.node.bases, *each.node.decorator_list)]
            for node in each.node.body:
                if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or id(node) in counting:
                    parts.append((node, each.text))
        return parts or [(self.node, self.text)]

    def hooks(self, names: Iterable[str] = ANSWERING) -> Iterator[Member]:
        """The methods it has among these names."""
        return (self.methods[name] for name in names if name in self.methods)

    def has(self, name: str) -> bool:
        """Whether it has a method or an attribute of that name."""
        return (
            name in self.methods
            or name in self.attributes
            or any(name == each.name for each in self.own_attributes)
        )

    def reach(self, *names: str) -> list[Member]:
        """The methods of these names and all they call, of the class and of its file."""
        found: dict[int, Member] = {}
        waiting = [self.methods[name] for name in names if name in self.methods]
        while waiting:
            member = waiting.pop(0)
            if id(member.node) not in found:
                found[id(member.node)] = member
                waiting += self.called(member)
        return list(found.values())

    def called(self, member: Member) -> Iterator[Member]:
        """The methods and functions that one of them calls."""
        functions = _functions(member.text)
        for node in walk(member.node):
            if not isinstance(node, ast.Call):
                continue
            name = self_attribute(node.func, member.me)
            if name in self.methods:
                yield self.methods[name]
            elif isinstance(node.func, ast.Name) and node.func.id in functions:
                yield Member(node.func.id, functions[node.func.id], member.text)

    def writes(self, members: Iterable[Member]) -> list[Access]:
        """Where these set attributes of ``self``: ``self.x = ...``, ``self.x += ...``."""
        return self._accesses(members, ast.Store)

    def reads(self, members: Iterable[Member]) -> list[Access]:
        """Where these read attributes of ``self`` that are no methods."""
        found = self._accesses(members, ast.Load)
        return [
            each for each in found if each.name not in self.methods or self.methods[each.name].is_property
        ]

    def _accesses(self, members: Iterable[Member], context: type[ast.expr_context]) -> list[Access]:
        return [
            Access(name, node, member)
            for member in members
            if member.me
            for node in walk(member.node)
            if (name := self_attribute(node, member.me))
            and isinstance(node, ast.Attribute)
            and isinstance(node.ctx, context)
        ]


def _methods(node: ast.ClassDef, text: Text, inherited: Mapping[str, Member]) -> dict[str, Member]:
    found: dict[str, Member] = {}
    for part in node.body:
        if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef) and not _is_setter(part):
            found[part.name] = Member(part.name, part, text, node.name)
    for name, value, _ in _assigned(node):
        if isinstance(value, ast.Lambda):
            found[name] = Member(name, value, text, node.name)
        elif isinstance(value, ast.Name) and (member := found.get(value.id) or inherited.get(value.id)):
            found[name] = Member(name, member.node, member.text, member.owner)
    return found


def _is_setter(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(isinstance(each, ast.Attribute) and each.attr == "setter" for each in node.decorator_list)


def _assigned(node: ast.ClassDef) -> Iterator[tuple[str, ast.expr | None, ast.AST]]:
    for part in node.body:
        if isinstance(part, ast.Assign):
            for target in part.targets:
                if isinstance(target, ast.Name):
                    yield target.id, part.value, part
        elif isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name) and part.value:
            yield part.target.id, part.value, part


def _functions(text: Text) -> dict[str, Function]:
    return {
        node.name: node for node in text.tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def _value(access: Access) -> ast.expr | None:
    """What a plain assignment sets an attribute to."""
    for node in in_body(access.member.node):
        if isinstance(node, ast.Assign) and access.node in node.targets:
            return node.value
        if isinstance(node, ast.AnnAssign) and node.target is access.node:
            return node.value
    return None
