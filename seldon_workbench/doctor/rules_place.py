"""Theme 9, surroundings: the names of files and classes, paths, and names that mean nothing there."""

import ast
import builtins
import difflib
import keyword
import re
import sys
from collections.abc import Iterator

from seldon_workbench.doctor.findings import Severity, Spot, Where, at, rule
from seldon_workbench.doctor.scopes import TOP, Scope, first_uses
from seldon_workbench.doctor.source import Text, is_installed
from seldon_workbench.doctor.subject import Subject
from seldon_workbench.doctor.syntax import calls, literal


@rule(
    "D901",
    Severity.ERROR,
    title="the file cannot be imported under its name",
    why="Seldon imports the component: MODEL_NAME is module.Class, and a module's name is an identifier.",
    fix="rename the file: my_model.py",
    bad="class MyModel:\n    def predict(self, X, names):\n        return X",
    good="class MyModel:\n    def predict(self, X, names):\n        return X",
    file="my-model.py",
)
def file_cannot_be_imported(subject: Subject) -> Iterator[Spot]:
    """File names that are no identifiers."""
    if subject.file is not None:
        stem = subject.file.stem
        if not stem.isidentifier() or keyword.iskeyword(stem):
            yield at(
                subject.text, subject.node, f"{subject.file.name} cannot be imported: {stem!r} is no name"
            )


@rule(
    "D902",
    Severity.ERROR,
    title="the file has the name of another module",
    why="seldon-core searches the component's folder last: a module of Python's, or an installed one, of "
    "the same name is imported in its place, and the class is not found.",
    fix="rename the file",
    bad="class MyModel:\n    def predict(self, X, names):\n        return X",
    good="class MyModel:\n    def predict(self, X, names):\n        return X",
    file="statistics.py",
    where=Where.SELDON,
)
def shadowed(subject: Subject) -> Iterator[Spot]:
    """File names that the standard library, or a package installed here, has too."""
    if subject.file is None:
        return
    stem = subject.file.stem
    if stem in sys.stdlib_module_names:
        yield at(
            subject.text, subject.node, f"import {stem} finds Python's own module, not {subject.file.name}"
        )
    elif stem.isidentifier() and is_installed(stem, subject.file):
        message = f"import {stem} finds the installed package, not {subject.file.name}"
        yield at(subject.text, subject.node, message, Severity.WARNING)


@rule(
    "D903",
    Severity.NOTE,
    title="a path is relative to the current directory",
    why="That is /microservice in an image of Seldon's builder, /app by Seldon's Dockerfile, and here "
    "wherever you started.",
    fix="Path(__file__).parent / 'model.joblib', or a parameter of the component",
    bad="def load(self):\n    self.model = joblib.load('models/iris.joblib')",
    good="def load(self):\n    self.model = joblib.load(Path(__file__).parent / 'models' / 'iris.joblib')",
)
def relative_path(subject: Subject) -> Iterator[Spot]:
    """Literal file names without a leading slash, opened or loaded."""
    for text, call, path in _paths(subject):
        if not path.startswith(("/", "~")) and not re.match(r"[A-Za-z]:\\|\w+://", path):
            yield at(text, call, f"{path!r} is looked for in the current directory")


@rule(
    "D904",
    Severity.WARNING,
    title="a path is one of this machine",
    why="The image does not have it.",
    fix="copy the file beside the component: Path(__file__).parent / 'model.joblib'; or make it a parameter",
    bad="def load(self):\n    self.model = joblib.load('/home/ada/iris.joblib')",
    good="def load(self):\n    self.model = joblib.load('/mnt/models/iris.joblib')",
)
def path_of_this_machine(subject: Subject) -> Iterator[Spot]:
    """Literal file names in somebody's home."""
    for text, call, path in _paths(subject):
        if path.startswith(_HOMES) or re.match(r"[A-Za-z]:\\", path):
            yield at(text, call, f"{path!r} is not there in the image")


_HOMES = ("/home/", "/Users/", "~", "/tmp/", "/root/")  # noqa: S108 - looked for, never used
_OPENING = ("open", "io.open", "joblib.load", "pathlib.Path", "numpy.load", "torch.load", "torch.jit.load")
_READING = frozenset(
    {
        "read_csv",
        "read_parquet",
        "read_json",
        "read_pickle",
        "load_model",
        "load_weights",
        "InferenceSession",
    }
)
_READING |= {"import_meta_graph", "latest_checkpoint"}


def _paths(subject: Subject) -> Iterator[tuple[Text, ast.Call, str]]:
    for node, text in subject.parts:
        for call in calls(node):
            path = literal(call.args[0]) if call.args else ...
            if isinstance(path, str) and _opens(text.dotted(call.func), path):
                yield text, call, path


def _opens(named: str, path: str) -> bool:
    """Whether a call of that name takes the text for the path of a file."""
    last = named.rpartition(".")[2]
    if last == "from_pretrained":  # without a dot or a slash in front it names a model of the hub
        return path.startswith((".", "/", "~"))
    is_path = "/" in path or "\\" in path or "." in path.strip("./")
    return is_path and (named in _OPENING or last in _READING)


@rule(
    "D905",
    Severity.ERROR,
    title="a name is used that nothing defines",
    why="It raises NameError: at the top of a file or in a class when Seldon imports it, in a method when "
    "it is called. Seldon's own page has some (Object, logging).",
    fix="import or define it; class MyModel: needs no base",
    bad="class MyModel(Object):\n    def predict(self, X, names):\n        return X",
    good="class MyModel(object):\n    def predict(self, X, names):\n        return X",
)
def undefined_name(subject: Subject) -> Iterator[Spot]:
    """Names of the component's classes, and of the top of its file, that resolve to nothing."""
    for text in subject.texts:
        if any(_defines_by_itself(node) for node in ast.walk(text.tree)):
            continue
        for node in first_uses(text, _places(subject, text)):
            yield at(text, node, f"{node.id} is not defined{_suggestion(node.id, text)}")


def _places(subject: Subject, text: Text) -> Iterator[tuple[ast.AST, Scope]]:
    """The top of a file, a cell's not, and what counts of the component's classes; each with its scope."""
    if text.known is None:
        yield from ((node, TOP) for node in text.tree.body if not isinstance(node, _DEFINITIONS))
    for each in subject.found.classes:
        if each.text is text:
            yield from ((node, TOP) for node in (*each.node.bases, *each.node.decorator_list))
            inside = (each.node.name, each.node.lineno)
            yield from ((node, inside) for node, _ in subject.parts if node in each.node.body)
    if subject.found.function:
        yield subject.node, TOP


_DEFINITIONS = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def _defines_by_itself(node: ast.AST) -> bool:
    """Whether a node may define names that nobody sees: ``import *``, ``exec``, ``globals()``."""
    if isinstance(node, ast.ImportFrom):
        return node.names[0].name == "*"
    return isinstance(node, ast.Call) and ast.unparse(node.func) in ("exec", "globals")


def _suggestion(name: str, text: Text) -> str:
    if name in _USUAL:
        return f"; is {_USUAL[name]} missing?"
    nearby = [*dir(builtins), *text.imports, *(text.known or ())]
    close = difflib.get_close_matches(name, nearby, 1, 0.8)
    return f"; did you mean {close[0]}?" if close else ""


_USUAL = {
    "np": "import numpy as np",
    "pd": "import pandas as pd",
    "tf": "import tensorflow as tf",
    **{
        name: f"import {name}"
        for name in ("logging", "os", "json", "joblib", "pickle", "time", "torch", "flask")
    },
    **{name: f"from flask import {name}" for name in ("Blueprint", "jsonify", "request")},
    **{
        name: f"from seldon_core.user_model import {name}"
        for name in ("SeldonComponent", "SeldonResponse", "SeldonNotImplementedError")
    },
    **{
        name: f"from typing import {name}"
        for name in ("Dict", "List", "Iterable", "Union", "Optional", "Any")
    },
    "SeldonMicroserviceException": "from seldon_core.flask_utils import SeldonMicroserviceException",
    "Path": "from pathlib import Path",
}
