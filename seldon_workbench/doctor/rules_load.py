"""Theme 1, the start: what ``load()`` does, and who uses what it set before it ran."""

import ast
from collections.abc import Iterator

from seldon_workbench.doctor.findings import Severity, Spot, Where, at, rule
from seldon_workbench.doctor.inference import resolved
from seldon_workbench.doctor.subject import Member, Subject
from seldon_workbench.doctor.syntax import assigned_once, literal, own, returns, walk
from seldon_workbench.errors import BadMetadata
from seldon_workbench.metadata import ModelMetadata
from seldon_workbench.settings import Unit


@rule(
    "D113",
    Severity.ERROR,
    title="load() takes arguments",
    why="Seldon calls load() without any. With a required one no worker starts.",
    fix="give it no parameters; take them in __init__ and keep them on self",
    bad="def load(self, path):\n    self.path = path",
    good="def load(self):\n    self.path = 'model.joblib'",
)
def load_with_arguments(subject: Subject) -> Iterator[Spot]:
    """A ``load`` that cannot be called without arguments."""
    for member in subject.hooks(("load", "custom_service")):
        arguments = member.node.args
        optional = len(arguments.defaults)
        if len(member.parameters) > optional or any(value is None for value in arguments.kw_defaults):
            yield at(member, member.node, f"{member.name}() is called without arguments")


@rule(
    "D114",
    Severity.ERROR,
    title="load() raises what Seldon swallows",
    why="NotImplementedError and AttributeError out of load() are ignored: the service reports healthy, "
    "with no model.",
    fix="raise RuntimeError, or let the original error go",
    bad="def load(self):\n    raise NotImplementedError('no model yet')",
    good="def load(self):\n    raise RuntimeError('no model yet')",
    where=Where.SELDON,
)
def swallowed_in_load(subject: Subject) -> Iterator[Spot]:
    """Explicit raises of the two exceptions, reached from ``load``."""
    for member in subject.reach("load"):
        for node in walk(member.node):
            if isinstance(node, ast.Raise) and node.exc is not None:
                raised = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
                if ast.unparse(raised) in ("NotImplementedError", "AttributeError"):
                    yield at(
                        member,
                        node,
                        f"{ast.unparse(raised)} out of load() is swallowed; the service seems healthy",
                    )


@rule(
    "D115",
    Severity.ERROR,
    title="an attribute is read that nothing sets",
    why="It raises AttributeError. Out of load() Seldon swallows that: the service reports healthy, "
    "unloaded; out of any other hook every request fails.",
    fix="set it in __init__ or load(), or correct the spelling",
    bad="def load(self):\n    self.model = object()\n\ndef predict(self, X, names):\n"
    "    return self.modle.predict(X)",
    good="def load(self):\n    self.model = object()\n\ndef predict(self, X, names):\n"
    "    return self.model.predict(X)",
)
def attribute_never_set(subject: Subject) -> Iterator[Spot]:
    """Attributes of ``self`` without any assignment, in a class whose bases are all known."""
    members = list(subject.methods.values())
    if not subject.is_closed or _sets_by_name(members, subject):
        return
    known = {each.name for each in subject.own_attributes} | set(subject.attributes) | set(subject.methods)
    known |= _declared(subject) | {name for name in _BASED if subject.found.is_based}
    told = set()
    for read in subject.reads(members):
        if read.name not in known and not read.name.startswith("__") and read.name not in told:
            told.add(read.name)
            yield at(
                read.member, read.node, f"self.{read.name} is read in {read.member.name}, and nothing sets it"
            )


_BASED = ("tags", "class_names", "metrics", "feature_names", "metadata", "init_metadata", "load")


def _declared(subject: Subject) -> set[str]:
    """Names that a class declares without a value, sets through itself, or defines as classes within it."""
    found: set[str] = set()
    for each in subject.found.classes:
        for node in ast.walk(each.node):
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                found.add(node.target.id)
            elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                found.add(node.attr)
            elif isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                found.add(node.name)
        for statement in own(each.node):  # names bound by loops and conditions of the class body
            if isinstance(statement, ast.Name) and isinstance(statement.ctx, ast.Store):
                found.add(statement.id)
    return found


def _sets_by_name(members: list[Member], subject: Subject) -> bool:
    """Whether attributes may be set where nobody sees it."""
    if "__getattr__" in subject.methods or "__getattribute__" in subject.methods:
        return True
    if any(each.node.decorator_list for each in subject.found.classes):
        return True
    for member in members:
        for node in walk(member.node):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in (
                "setattr",
                "vars",
                "object.__setattr__",
            ):
                return True
            if isinstance(node, ast.Attribute) and node.attr == "__dict__":
                return True
    return False


@rule(
    "D116",
    Severity.WARNING,
    title="custom_service uses what load() sets",
    why="custom_service runs in a process of its own, started before load() and never loaded.",
    fix="load what it needs inside custom_service",
    bad="def load(self):\n    self.model = object()\n\ndef custom_service(self):\n    print(self.model)",
    good="def load(self):\n    self.model = object()\n\ndef custom_service(self):\n    print('up')",
)
def custom_service_unloaded(subject: Subject) -> Iterator[Spot]:
    """Attributes that only ``load`` sets, read by ``custom_service``."""
    for read in _read_before_load(subject, "custom_service"):
        yield at(
            read[0], read[1], f"self.{read[2]} is set by load(), which never runs in custom_service's process"
        )


@rule(
    "D117",
    Severity.ERROR,
    title="init_metadata uses what load() sets",
    why="Seldon asks for metadata before load(). The AttributeError ends the start.",
    fix="set it in __init__, or write it out in init_metadata",
    bad="def load(self):\n    self.version = 'v1'\n\ndef init_metadata(self):\n"
    "    return {'versions': [self.version]}",
    good="def __init__(self):\n    self.version = 'v1'\n\ndef init_metadata(self):\n"
    "    return {'versions': [self.version]}",
)
def metadata_before_load(subject: Subject) -> Iterator[Spot]:
    """Attributes that only ``load`` sets, read by ``init_metadata``."""
    for read in _read_before_load(subject, "init_metadata"):
        yield at(read[0], read[1], f"self.{read[2]} is set by load(), which runs after init_metadata")


def _read_before_load(subject: Subject, hook: str) -> Iterator[tuple[Member, ast.AST, str]]:
    if not subject.is_closed:
        return
    early = {each.name for each in subject.writes(subject.reach("__init__"))} | set(subject.attributes)
    late = {each.name for each in subject.writes(subject.reach("load"))} - early
    members = subject.reach(hook)
    late -= {each.name for each in subject.writes(members)}
    for read in subject.reads(members):
        if read.name in late:
            yield read.member, read.node, read.name


@rule(
    "D118",
    Severity.ERROR,
    title="a name is used that its library has dropped",
    why="It raises AttributeError with the versions seldon-core 1.18.2 runs on; out of load() that is "
    "swallowed, and the service reports healthy with no model.",
    fix="np.float -> float, np.int -> int, np.bool -> bool, np.object -> object; tf.Session -> "
    "tf.compat.v1.Session",
    bad="import numpy as np\n\nclass MyModel:\n    def predict(self, X, names):\n"
    "        return X.astype(np.float)",
    good="import numpy as np\n\nclass MyModel:\n    def predict(self, X, names):\n"
    "        return X.astype(float)",
)
def dropped_name(subject: Subject) -> Iterator[Spot]:
    """Aliases that numpy 1.24 dropped, the session API that TensorFlow 2 dropped."""
    for part, text in subject.parts:
        for node in walk(part):
            named = text.dotted(node) if isinstance(node, ast.Attribute) else ""
            if named in _DROPPED:
                yield at(text, node, f"{ast.unparse(node)} is gone: {_DROPPED[named]}")


_DROPPED = {
    **{
        f"numpy.{name}": f"numpy dropped it in 1.24; write {name}"
        for name in ("float", "int", "bool", "object", "str", "complex")
    },
    **{
        f"tensorflow.{name}": f"TensorFlow 2 has it as tf.compat.v1.{name}"
        for name in (
            "Session",
            "placeholder",
            "get_default_graph",
            "global_variables_initializer",
            "ConfigProto",
        )
    },
    "sklearn.externals.joblib": "import joblib itself",
}


@rule(
    "D119",
    Severity.ERROR,
    title="init_metadata returns what is no metadata",
    why="/metadata then answers 500, MICROSERVICE_BAD_METADATA, and gRPC an empty message.",
    fix='name, platform: text; versions: a list of text; inputs, outputs: lists of {"name", "datatype", '
    '"shape"} or {"messagetype", "schema"}; custom: text to text',
    bad="def init_metadata(self):\n    return {'name': 'iris', 'versions': 'v1'}",
    good="def init_metadata(self):\n    return {'name': 'iris', 'versions': ['v1']}",
)
def bad_metadata(subject: Subject) -> Iterator[Spot]:
    """A literal that Seldon's schema refuses."""
    member = subject.methods.get("init_metadata")
    if member is None or isinstance(member.node, ast.Lambda):
        return
    names = assigned_once(member.node)
    for each in returns(member.node):
        said = literal(resolved(each.value, names))
        if said is None or isinstance(said, list | str):
            yield at(member, each, f"init_metadata returns {said!r}, which is ignored", Severity.WARNING)
        elif isinstance(said, dict):
            try:
                ModelMetadata.from_sources(said, Unit())
            except BadMetadata as error:
                yield at(member, each, f"this is no metadata: {error.text}")
