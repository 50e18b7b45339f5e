"""From a TARGET to the source of its class and of its bases, without running any of it.

In a notebook the class exists already; its source is what the notebook's cells left in ``linecache``.
"""

import ast
import importlib.machinery
import inspect
import linecache
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

from seldon_workbench.doctor.syntax import walk
from seldon_workbench.errors import LoadFailed, TargetInvalid, TargetNotFound
from seldon_workbench.hooks import VALUE_HOOKS
from seldon_workbench.methods import METHODS
from seldon_workbench.raw_hooks import TRANSPORTS
from seldon_workbench.target import locate

__all__ = [
    "ALL_HOOKS",
    "ClassSource",
    "Found",
    "Text",
    "has_hook",
    "is_installed",
    "live",
    "on_disk",
    "top_level",
]

ANSWERING = tuple(method.name for method in METHODS if method.runs_user_code)
"""The hooks that answer a method."""

RAW_HOOKS = tuple(f"{name}_{ending}" for name in ANSWERING for ending in ("raw", *TRANSPORTS))
ALL_HOOKS = frozenset({*ANSWERING, *VALUE_HOOKS, *RAW_HOOKS, "load", "custom_service", "feature_names"})
"""Every name that Seldon looks for on a component."""

_CONVENTIONS = {"np": "numpy", "pd": "pandas", "tf": "tensorflow"}
"""What these names mean where a text does not say: the imports of a notebook stand in another cell."""


@dataclass(frozen=True, slots=True)
class Text:
    """One file, or one cell."""

    name: str
    """As people are told of it: a path, or ``cell``."""
    source: str
    tree: ast.Module
    path: Path | None = None
    known: frozenset[str] | None = None
    """The names of the notebook; None for a file, which has its own alone."""
    imports: Mapping[str, str] = field(default_factory=dict)
    """What imported names mean: ``np`` is ``numpy``, ``load`` is ``joblib.load``."""

    def dotted(self, node: ast.AST) -> str:
        """The full name of what an expression names: ``numpy.mean`` for ``np.mean``; empty for none."""
        if isinstance(node, ast.Attribute):
            head = self.dotted(node.value)
            return f"{head}.{node.attr}" if head else ""
        if not isinstance(node, ast.Name):
            return ""
        return self.imports.get(node.id) or _CONVENTIONS.get(node.id, node.id)

    def line(self, number: int) -> str:
        """A line of the source, from 1; empty beyond its end."""
        lines = self.source.splitlines()
        return lines[number - 1] if 0 < number <= len(lines) else ""


@dataclass(frozen=True, slots=True)
class ClassSource:
    """One class and the text it stands in."""

    node: ast.ClassDef
    text: Text


@dataclass(frozen=True, slots=True)
class Found:
    """What a TARGET names, as source."""

    name: str
    target: str
    classes: tuple[ClassSource, ...]
    """The class and those of its bases whose source is at hand, most derived first."""
    function: tuple[ast.FunctionDef | ast.AsyncFunctionDef, Text] | None = None
    """Where a plain function is meant, and no class."""
    is_open: bool = False
    """Whether a base is unknown: then nothing can be said about what the class lacks."""
    is_based: bool = False
    """Whether it derives from SeldonComponent."""

    @property
    def text(self) -> Text:
        """The text that the target itself stands in."""
        return self.function[1] if self.function else self.classes[0].text


# ---- on disk -------------------------------------------------------------------------------------


def on_disk(target: str) -> Found:
    """What a TARGET of the terminal names. Raises TargetNotFound, TargetInvalid, LoadFailed."""
    path, name = locate(target)
    text = text_of(path)
    if name is None:
        name = _only_component(text, target)
    found = _definition(text, name.partition(".")[0])
    if isinstance(found, tuple):
        return Found(name, target, (), function=found)
    if found is None:
        raise TargetInvalid(f"{name} in {path} is no class", hint="name the class of the component")
    return _found(name, target, _nested(found, name))


def text_of(path: Path) -> Text:
    """A file, parsed. Raises LoadFailed where it is no Python, TargetNotFound where it cannot be read."""
    try:
        source = path.read_text(encoding="utf-8")
        tree = ast.parse(source, str(path))
    except (SyntaxError, ValueError) as error:
        raise LoadFailed(f"reading {path}", error) from error
    except OSError as error:
        raise TargetNotFound(f"{path} cannot be read: {error.strerror}") from error
    return Text(_shown(path), source, tree, path, imports=_imports(tree))


def _shown(path: Path) -> str:
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def _imports(tree: ast.AST) -> dict[str, str]:
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                head = alias.name.partition(".")[0]
                found[alias.asname or head] = alias.name if alias.asname else head
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                found[alias.asname or alias.name] = f"{'.' * node.level}{node.module or ''}.{alias.name}"
    return found


def _only_component(text: Text, target: str) -> str:
    names = [node.name for node in text.tree.body if isinstance(node, ast.ClassDef) and has_hook(node)]
    if len(names) == 1:
        return names[0]
    if not names:
        raise TargetNotFound(f"{target} defines no class with predict or another hook of Seldon's")
    choices = ", ".join(f"{target}:{name}" for name in names)
    raise TargetInvalid(f"{target} defines several components", hint=f"choose one of {choices}")


def has_hook(node: ast.ClassDef) -> bool:
    """Whether a class itself has a method that answers requests."""
    return any(
        isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef) and part.name in (*ANSWERING, *RAW_HOOKS)
        for part in node.body
    )


Definition = ClassSource | tuple[ast.FunctionDef | ast.AsyncFunctionDef, Text]


def _definition(text: Text, name: str, depth: int = 0) -> Definition | None:
    """The class or function of a name at the top of a text, or of a file near by that it is imported from."""
    for node in top_level(text.tree):
        if isinstance(node, ast.ClassDef) and node.name == name:
            return ClassSource(node, text)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == name:
            return node, text
    origin = text.imports.get(name, "")
    if not origin or depth == _DEEPEST or text.path is None:
        return None
    module, _, original = origin.rpartition(".")
    path = _file_near(module, text.path.parent)
    return _definition(text_of(path), original, depth + 1) if path else None


_DEEPEST = 5
"""Imports that are followed from file to file."""


def top_level(tree: ast.Module) -> Iterator[ast.stmt]:
    """The statements of a module, those below an ``if`` or a ``try`` included."""
    waiting: list[ast.stmt] = list(tree.body)
    while waiting:
        node = waiting.pop(0)
        yield node
        if isinstance(node, ast.If | ast.Try):
            waiting += [*node.body, *node.orelse, *(node.finalbody if isinstance(node, ast.Try) else ())]


def _file_near(module: str, folder: Path) -> Path | None:
    """The file of a module that lies beside the component or below the current directory."""
    level = len(module) - len(module.lstrip("."))
    if level:
        search = [folder, *folder.parents][level - 1]
        return _file_in(search, module[level:])
    return _file_in(folder, module) or _file_in(Path.cwd(), module)


def _file_in(folder: Path, module: str) -> Path | None:
    path = folder.joinpath(*filter(None, module.split(".")))
    choices = (path.with_suffix(".py"), path / "__init__.py")
    return next((each for each in choices if each.is_file()), None)


def _nested(found: ClassSource, name: str) -> ClassSource:
    """The class within a class that a dotted name leads to. Raises TargetNotFound."""
    for part in name.split(".")[1:]:
        inner = [each for each in found.node.body if isinstance(each, ast.ClassDef) and each.name == part]
        if not inner:
            raise TargetNotFound(f"{found.node.name} defines no class {part}")
        found = ClassSource(inner[0], found.text)
    return found


def _found(name: str, target: str, first: ClassSource) -> Found:
    classes: list[ClassSource] = []
    is_open = is_based = False
    waiting = [first]
    while waiting:
        current = waiting.pop(0)
        if any(_is_same(current, each) for each in classes):
            continue
        classes.append(current)
        for base in current.node.bases:
            named = current.text.dotted(base)
            if named.rpartition(".")[2] == "SeldonComponent":
                is_based = True
            elif isinstance(known := _base(base, current.text), ClassSource):
                waiting.append(known)
            elif named not in _EMPTY_BASES:
                is_open = True
        is_open = is_open or bool(current.node.keywords)
    return Found(name, target, tuple(classes), is_open=is_open, is_based=is_based)


def _is_same(one: ClassSource, other: ClassSource) -> bool:
    """Whether two are one class: a file that several files import is read for each of them."""
    return one.text.path == other.text.path and one.node.lineno == other.node.lineno


_EMPTY_BASES = ("object", "abc.ABC", "typing.Protocol", "typing.Generic")


def _base(base: ast.expr, text: Text) -> Definition | None:
    return _definition(text, base.id) if isinstance(base, ast.Name) else None


# ---- alive, in a notebook ------------------------------------------------------------------------


def live(subject: Any, target: str, namespace: Mapping[str, Any]) -> Found:
    """A class, an instance or a function of a notebook, as source. Raises TargetInvalid."""
    if inspect.isfunction(subject):
        return _live_function(subject, target, namespace)
    cls = subject if inspect.isclass(subject) else type(subject)
    classes, is_open, is_based = [], False, False
    for each in cls.__mro__[:-1]:
        if each.__name__ == "SeldonComponent" and each is not cls:
            is_based = True
        elif (source := _live_class(each, cls, namespace)) is not None:
            classes.append(source)
        else:
            is_open = is_open or each.__module__ not in ("abc", "typing", "builtins")
    if not classes or classes[0].node.name != cls.__name__:
        raise TargetInvalid(
            f"the source of {target} is not at hand",
            hint="the doctor reads classes: name one that a cell or a file of yours defines",
        )
    return Found(cls.__name__, target, tuple(classes), is_open=is_open, is_based=is_based)


def _live_function(function: FunctionType, target: str, namespace: Mapping[str, Any]) -> Found:
    text = _text_of(function.__code__.co_filename, "cell", frozenset(function.__globals__), namespace)
    if text is not None:
        for node in walk(text.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == function.__name__:
                return Found(function.__name__, target, (), function=(node, text))
    raise TargetInvalid(f"the source of {target} is not at hand")


def _live_class(cls: type, subject: type, namespace: Mapping[str, Any]) -> ClassSource | None:
    name = "cell" if cls is subject else f"cell of {cls.__name__}"
    functions = list(_functions_of(cls))
    for function in functions:
        text = _text_of(function.__code__.co_filename, name, frozenset(function.__globals__), namespace)
        node = _class_around(text, cls, function.__code__.co_firstlineno) if text else None
        if text is not None and node is not None:
            return ClassSource(node, text)
    return _class_of_a_cell(cls, name, namespace) if cls.__module__ == "__main__" and not functions else None


def _class_of_a_cell(cls: type, name: str, namespace: Mapping[str, Any]) -> ClassSource | None:
    """The last class of that name among all cells: one without functions does not tell its own."""
    for filename in reversed(list(linecache.cache)):
        if Path(filename).is_file() or f"class {cls.__name__}" not in "".join(linecache.getlines(filename)):
            continue
        text = _text_of(filename, name, frozenset(), namespace)
        node = _class_around(text, cls) if text else None
        if text is not None and node is not None:
            return ClassSource(node, text)
    return None


def _functions_of(cls: type) -> Iterator[FunctionType]:
    """The functions written in a class; those it was given later are another's."""
    for value in vars(cls).values():
        inner = value.fget if isinstance(value, property) else getattr(value, "__func__", value)
        inner = inspect.unwrap(inner) if callable(inner) else inner
        if isinstance(inner, FunctionType) and inner.__qualname__.startswith(f"{cls.__qualname__}."):
            yield inner


def _text_of(filename: str, cell: str, known: frozenset[str], namespace: Mapping[str, Any]) -> Text | None:
    """A file, or a cell with the names that its notebook knows."""
    source = "".join(linecache.getlines(filename))
    if not source or "site-packages" in filename:
        return None
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return None
    path = Path(filename)
    if path.is_file():
        return Text(_shown(path), source, tree, path, imports=_imports(tree))
    return Text(
        cell, source, tree, known=known | frozenset(namespace), imports=_meanings(namespace) | _imports(tree)
    )


def _meanings(namespace: Mapping[str, Any]) -> dict[str, str]:
    """What the imported names of a notebook mean."""
    found = {}
    for name, value in namespace.items():
        if isinstance(value, ModuleType):
            found[name] = value.__name__
        elif inspect.isroutine(value) or inspect.isclass(value):
            home, full = getattr(value, "__module__", None), getattr(value, "__qualname__", name)
            if home and home != "__main__":
                found[name] = f"{home}.{full}"
    return found


def _class_around(text: Text, cls: type, line: int = 0) -> ast.ClassDef | None:
    """The class of that name whose lines hold a line; the last one where none is given."""
    found = None
    for node in walk(text.tree):
        if isinstance(node, ast.ClassDef) and node.name == cls.__name__:
            first = min((node.lineno, *(each.lineno for each in node.decorator_list)))
            if not line or first <= line <= (node.end_lineno or first):
                found = node
    return found


def is_installed(module: str, beside: Path) -> bool:
    """Whether a module of that name is installed here, apart from the component's own file."""
    folders = [each for each in sys.path if Path(each).name in ("site-packages", "dist-packages")]
    spec = importlib.machinery.PathFinder.find_spec(module, folders)
    return spec is not None and (spec.origin is None or Path(spec.origin).resolve() != beside.resolve())
