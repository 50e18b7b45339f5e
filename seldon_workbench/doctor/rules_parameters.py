"""Theme 1, the start: parameters of the constructor, and defaults of any method."""

import ast
from collections.abc import Iterator

from seldon_workbench.doctor.findings import Severity, Spot, Where, at, rule
from seldon_workbench.doctor.subject import Member, Subject
from seldon_workbench.doctor.syntax import WRITING, calls, walk


@rule(
    "D107",
    Severity.ERROR,
    title="a constructor parameter cannot be given",
    why="Parameters of the deployment are passed by name. One that takes no name stays empty (*args), or "
    "ends the start with a TypeError (positional-only).",
    fix="make it an ordinary parameter with a default",
    bad="def __init__(self, path, /):\n    self.path = path",
    good="def __init__(self, path='model.joblib'):\n    self.path = path",
)
def parameter_without_name(subject: Subject) -> Iterator[Spot]:
    """Positional-only parameters without default, and ``*args``."""
    constructor = _constructor(subject)
    if constructor is None:
        return
    arguments = constructor.node.args
    required = len(arguments.posonlyargs) + len(arguments.args) - len(arguments.defaults)
    for place, each in enumerate(arguments.posonlyargs):
        if 0 < place < required:
            yield at(constructor, each, f"{each.arg} is positional-only, and parameters are passed by name")
    if arguments.vararg:
        message = f"*{arguments.vararg.arg} is never filled: parameters are passed by name"
        if any(
            isinstance(node, ast.Name) and node.id == arguments.vararg.arg for node in walk(constructor.node)
        ):
            yield at(constructor, arguments.vararg, message, Severity.WARNING)


@rule(
    "D108",
    Severity.NOTE,
    title="a constructor parameter has no default",
    why="Without a value in the deployment (or in PREDICTIVE_UNIT_PARAMETERS) the start ends with a "
    "TypeError, and so does every try without --param.",
    fix="give it a default, or state it in the deployment's parameters",
    bad="def __init__(self, path):\n    self.path = path",
    good="def __init__(self, path='model.joblib'):\n    self.path = path",
)
def parameter_without_default(subject: Subject) -> Iterator[Spot]:
    """Parameters that can be given by name and have no default."""
    for constructor, each in _required(subject):
        yield at(constructor, each, f"{each.arg} must be given by the deployment: it has no default")


@rule(
    "D109",
    Severity.WARNING,
    title="a constructor parameter is of no type that a deployment can give",
    why="Parameters are INT, FLOAT, DOUBLE, STRING or BOOL. A list or a dict arrives as text, if at all.",
    fix="take text and parse it: json.loads(classes)",
    bad="def __init__(self, classes: list):\n    self.classes = classes",
    good="def __init__(self, classes: str = '[]'):\n    self.classes = json.loads(classes)",
)
def parameter_of_foreign_type(subject: Subject) -> Iterator[Spot]:
    """Required parameters annotated with a container or an array."""
    for constructor, each in _required(subject):
        shown = ast.unparse(each.annotation) if each.annotation else ""
        if shown.partition("[")[0].rpartition(".")[2] in _FOREIGN:
            message = f"{each.arg} is to be a {shown}, which no parameter of a deployment is"
            yield at(constructor, each, message)


_FOREIGN = frozenset(
    {
        *("list", "dict", "tuple", "set", "List", "Dict", "Tuple", "Set", "Sequence", "Mapping", "Iterable"),
        *("ndarray", "DataFrame", "Series", "Callable", "Path", "bytes"),
    }
)


@rule(
    "D110",
    Severity.NOTE,
    title="a boolean parameter must be given as text",
    why='seldon-core reads BOOL from "true", "false", "1", "yes" ...; a JSON true ends its start with an '
    "AttributeError.",
    fix='write {"name": "...", "type": "BOOL", "value": "true"} in the deployment',
    bad="def __init__(self, probabilities: bool):\n    self.probabilities = probabilities",
    good="def __init__(self, probabilities=False):\n    self.probabilities = probabilities",
    where=Where.SELDON,
)
def boolean_parameter(subject: Subject) -> Iterator[Spot]:
    """Required parameters annotated as bool; one with a default may never be given."""
    for constructor, each in _required(subject):
        if isinstance(each.annotation, ast.Name) and each.annotation.id == "bool":
            yield at(constructor, each, f'{each.arg}: give it as text, "true" or "false", of type BOOL')


@rule(
    "D111",
    Severity.ERROR,
    title="SeldonComponent is constructed with positional arguments",
    why="SeldonComponent takes keyword arguments alone: the start ends with a TypeError. Calling its "
    "__init__ is not needed.",
    fix="leave the arguments out: super().__init__()",
    bad="from seldon_core.user_model import SeldonComponent\n\nclass MyModel(SeldonComponent):\n"
    "    def __init__(self, path='m'):\n        super().__init__(path)",
    good="from seldon_core.user_model import SeldonComponent\n\nclass MyModel(SeldonComponent):\n"
    "    def __init__(self, path='m'):\n        super().__init__()",
)
def positional_to_base(subject: Subject) -> Iterator[Spot]:
    """``super().__init__(x)`` straight below SeldonComponent."""
    constructor = _constructor(subject)
    if constructor is None or not subject.found.is_based or len(subject.found.classes) > 1:
        return
    for call in calls(constructor.node):
        if ast.unparse(call.func) == "super().__init__" and call.args:
            yield at(constructor, call, "SeldonComponent.__init__ takes keyword arguments only")


@rule(
    "D112",
    Severity.WARNING,
    title="a default argument is shared by all calls",
    why="A list or dict that stands as a default is made once. What one request puts into it, the next "
    "one finds.",
    fix="use None and make the value inside: names = names or []",
    bad="def predict(self, X, names=[]):\n    names.append('extra')\n    return X",
    good="def predict(self, X, names=None):\n    return X",
)
def mutable_default(subject: Subject) -> Iterator[Spot]:
    """Mutable defaults; a note where the function does not write into them."""
    for member in subject.methods.values():
        arguments = member.node.args
        positional = [*arguments.posonlyargs, *arguments.args]
        pairs = list(zip(reversed(positional), reversed(arguments.defaults), strict=False))
        pairs += [
            (each, value)
            for each, value in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
            if value
        ]
        for each, value in reversed(pairs):
            if isinstance(value, ast.List | ast.Dict | ast.Set):
                severity = Severity.WARNING if _is_written(member, each.arg) else Severity.NOTE
                yield at(
                    member,
                    value,
                    f"the default of {each.arg} in {member.name} is one object for all calls",
                    severity,
                )


def _is_written(member: Member, name: str) -> bool:
    for node in walk(member.node):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=used), attr=method)):
                if used == name and method in WRITING:
                    return True
            case ast.Subscript(value=ast.Name(id=used), ctx=ast.Store() | ast.Del()) if used == name:
                return True
            case ast.AugAssign(target=ast.Name(id=used)) if used == name:
                return True
            case _:
                pass
    return False


def _constructor(subject: Subject) -> Member | None:
    return subject.methods.get("__init__")


def _required(subject: Subject) -> Iterator[tuple[Member, ast.arg]]:
    """The constructor, and each parameter of it that must be given by name."""
    constructor = _constructor(subject)
    if constructor is None:
        return
    arguments = constructor.node.args
    positional = [*arguments.posonlyargs, *arguments.args]
    optional = len(positional) - len(arguments.defaults)
    for place, each in enumerate(positional):
        if max(1, len(arguments.posonlyargs)) <= place < optional:
            yield constructor, each
    for each, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        if default is None:
            yield constructor, each
