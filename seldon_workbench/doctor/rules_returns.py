"""Theme 4, returns: what Seldon cannot send, and what arrives as something else."""

import ast
from collections.abc import Iterator

from seldon_workbench.doctor.findings import Severity, Spot, Where, at, rule
from seldon_workbench.doctor.inference import (
    NUMPY_SCALARS,
    UNSENDABLE,
    Kind,
    kind_of,
    kinds_returned,
    members_of,
    resolved,
)
from seldon_workbench.doctor.subject import Member, Subject
from seldon_workbench.doctor.syntax import (
    assigned_once,
    body,
    falls_through,
    is_generator,
    literal,
    returns,
    walk,
)

_PAYLOAD_HOOKS = ("predict", "transform_input", "transform_output", "aggregate")


def _values(
    subject: Subject, hooks: tuple[str, ...]
) -> Iterator[tuple[Member, ast.AST, Kind, ast.expr | None]]:
    """Each value of certain kind that one of these hooks returns, the data of a SeldonResponse included."""
    for member in subject.hooks(hooks):
        if member.is_property or is_generator(member.node):
            continue
        for node, kind, value in kinds_returned(member):
            if kind is Kind.RESPONSE and isinstance(value, ast.Call):
                data = _data_of(value)
                inner = kind_of(data, member.text, assigned_once(member.node)) if data is not None else None
                if inner is not None:
                    yield member, node, inner, resolved(data, assigned_once(member.node))
            else:
                yield member, node, kind, value


def _data_of(call: ast.Call) -> ast.expr | None:
    """What a SeldonResponse is made around."""
    named = [word.value for word in call.keywords if word.arg == "data"]
    return next(iter([*call.args[:1], *named]), None)


@rule(
    "D401",
    Severity.ERROR,
    title="a hook returns what no payload stands for",
    why="Seldon sends arrays, lists, dicts, str and bytes. A tuple, a number, a set, a pandas object or "
    "an iterator answers 400, Unknown data type returned as payload.",
    fix="return a list or an array: [[score]], frame.to_numpy(), list(...)",
    bad="def predict(self, X, names):\n    return X, names",
    good="def predict(self, X, names):\n    return [[0.5]]",
)
def cannot_be_sent(subject: Subject) -> Iterator[Spot]:
    """Returns of a kind that is certain and cannot be sent."""
    for member, node, kind, _ in _values(subject, _PAYLOAD_HOOKS):
        if kind in UNSENDABLE and kind is not Kind.NONE:
            yield at(member, node, f"{member.name} returns {kind.value}, which Seldon cannot send")
    for member in subject.hooks(_PAYLOAD_HOOKS):
        if is_generator(member.node) and not member.is_property:
            yield at(member, member.node, f"{member.name} is a generator, which Seldon cannot send")


@rule(
    "D402",
    Severity.ERROR,
    title="a hook returns nothing",
    why="None answers 400, Unknown data type returned as payload (must be list or np array):None.",
    fix="return the result",
    bad="def predict(self, X, names):\n    scores = X * 2",
    good="def predict(self, X, names):\n    scores = X * 2\n    return scores",
)
def returns_nothing(subject: Subject) -> Iterator[Spot]:
    """Hooks without a return, ``return None``, and paths that end without one (a warning)."""
    for member in subject.hooks((*_PAYLOAD_HOOKS, "route")):
        if member.is_property or is_generator(member.node) or isinstance(member.node, ast.Lambda):
            continue
        found = list(returns(member.node))
        if not any(each.value is not None for each in found) and falls_through(body(member.node)):
            yield at(member, member.node, f"{member.name} returns nothing")
            continue
        for each in found:
            if each.value is None or (isinstance(each.value, ast.Constant) and each.value.value is None):
                yield at(member, each, f"{member.name} returns None here", Severity.WARNING)
        if falls_through(body(member.node)):
            yield at(member, member.node, f"{member.name} can end without a return", Severity.WARNING)


@rule(
    "D403",
    Severity.ERROR,
    title="route returns what is no route",
    why="Seldon takes an int: the index of a child, -1 for all. Anything else answers 400, Routing "
    "response must be int; a bool is sent as true, which the orchestrator reads as child 0.",
    fix="return int(...)",
    bad="def route(self, X, names):\n    return X[0][0] > 0.5",
    good="def route(self, X, names):\n    return int(X[0][0] > 0.5)",
)
def no_route(subject: Subject) -> Iterator[Spot]:
    """Returns of route that are certainly no int."""
    for member, node, kind, _ in _values(subject, ("route",)):
        if kind not in (Kind.INT, Kind.NONE, Kind.RESPONSE, *NUMPY_SCALARS):
            shown = "the result of a comparison" if kind is Kind.COMPARISON else kind.value
            yield at(member, node, f"route returns {shown}, which is no int")


@rule(
    "D404",
    Severity.ERROR,
    title="route returns a numpy integer",
    why="seldon-core answers 400, Routing response must be int but got 1: numpy's integers are no int.",
    fix="return int(...)",
    bad="import numpy as np\n\nclass MyRouter:\n    def route(self, X, names):\n        return np.argmax(X)",
    good="import numpy as np\n\nclass MyRouter:\n    def route(self, X, names):\n"
    "        return int(np.argmax(X))",
    where=Where.SELDON,
)
def numpy_route(subject: Subject) -> Iterator[Spot]:
    """Numpy integers out of route."""
    for member, node, kind, _ in _values(subject, ("route",)):
        if kind in NUMPY_SCALARS:
            yield at(member, node, f"route returns {kind.value}, which seldon-core does not take for an int")


@rule(
    "D405",
    Severity.ERROR,
    title="a dict that is returned holds what JSON cannot",
    why="A dict is sent as jsonData. Numpy numbers and arrays, bytes, sets and dates in it answer 500, "
    "Object of type ndarray is not JSON serializable.",
    fix="convert: array.tolist(), int(...), str(...)",
    bad="import numpy as np\n\nclass MyModel:\n    def predict(self, X, names):\n"
    "        return {'class': np.argmax(X)}",
    good="import numpy as np\n\nclass MyModel:\n    def predict(self, X, names):\n"
    "        return {'class': int(np.argmax(X))}",
)
def no_json(subject: Subject) -> Iterator[Spot]:
    """Values within a returned dict literal that are certainly no JSON."""
    for member, _, kind, value in _values(subject, (*_PAYLOAD_HOOKS, "health_status")):
        if kind is not Kind.DICT:
            continue
        names = assigned_once(member.node)
        for key, inner in members_of(value):
            found = kind_of(inner, member.text, names)
            if found in _NO_JSON:
                where = f" under {ast.unparse(key)}" if key is not None else ""
                yield at(member, inner, f"{found.value}{where} is no JSON")


_NO_JSON = frozenset(
    {*NUMPY_SCALARS, Kind.ARRAY, Kind.BYTES, Kind.SET, Kind.FRAME, Kind.ITERATOR, Kind.GENERATOR}
)


@rule(
    "D406",
    Severity.WARNING,
    title="a list that is returned holds arrays or numpy integers",
    why="seldon-core sends a list as it stands to a request that came as ndarray over REST: 500, Object "
    "of type int64 is not JSON serializable. The same works for a tensor, and over gRPC.",
    fix="return np.array([...])",
    bad="import numpy as np\n\nclass MyModel:\n    def predict(self, X, names):\n"
    "        return [np.argmax(row) for row in X]",
    good="import numpy as np\n\nclass MyModel:\n    def predict(self, X, names):\n"
    "        return np.array([np.argmax(row) for row in X])",
    where=Where.SELDON,
)
def list_of_numpy(subject: Subject) -> Iterator[Spot]:
    """Elements of a returned list that are certainly numpy's, and ``list(array)``."""
    for member, node, kind, value in _values(subject, _PAYLOAD_HOOKS):
        if kind is not Kind.LIST:
            continue
        names = assigned_once(member.node)
        found = {kind_of(inner, member.text, names) for _, inner in members_of(value)}
        if isinstance(value, ast.Call) and value.args and member.text.dotted(value.func) == "list":
            found.add(kind_of(value.args[0], member.text, names))
        if found & {*NUMPY_SCALARS, Kind.ARRAY}:
            yield at(
                member,
                node,
                f"{member.name} returns a list of numpy values, which fails over REST for ndarray",
            )


@rule(
    "D407",
    Severity.WARNING,
    title="rows mix numbers and text",
    why='Over gRPC such a list becomes an array of strings: 0.9 arrives as "0.9". Over REST numbers stay '
    "numbers.",
    fix="return a dict, which is sent as jsonData, or all of it as text",
    bad="def predict(self, X, names):\n    return [['cat', 0.9]]",
    good="def predict(self, X, names):\n    return {'label': 'cat', 'score': 0.9}",
)
def mixed_rows(subject: Subject) -> Iterator[Spot]:
    """List literals with both text and numbers in one row."""
    for member, node, kind, value in _values(subject, _PAYLOAD_HOOKS):
        if kind is not Kind.LIST or value is None:
            continue
        names = assigned_once(member.node)
        for row in ast.walk(value):
            if not isinstance(row, ast.List):
                continue
            kinds = {kind_of(element, member.text, names) for element in row.elts}
            if Kind.STR in kinds and kinds & {Kind.INT, Kind.FLOAT, Kind.NUMPY_FLOAT}:
                yield at(
                    member,
                    node,
                    f"{member.name} returns a row of text and numbers: over gRPC all of it is text",
                )
                break


@rule(
    "D408",
    Severity.NOTE,
    title="an array of truth values is returned",
    why="bool is no number to Seldon: a request that sent a tensor is answered with an ndarray of true "
    "and false.",
    fix="return (X > 0.5).astype(int)",
    bad="def predict(self, X, names):\n    return X > 0.5",
    good="def predict(self, X, names):\n    return (X > 0.5).astype(int)",
)
def array_of_truth(subject: Subject) -> Iterator[Spot]:
    """Comparisons that are returned."""
    for member, node, kind, _ in _values(subject, _PAYLOAD_HOOKS):
        if kind is Kind.COMPARISON:
            yield at(
                member,
                node,
                f"{member.name} returns a comparison: an ndarray of true and false, also for a tensor",
            )


@rule(
    "D409",
    Severity.NOTE,
    title="float32 is returned",
    why="JSON shows the number that is really there: 0.1 arrives as 0.10000000149011612.",
    fix="return y.astype(float), and round it where readers are people",
    bad="import numpy as np\n\nclass MyModel:\n    def predict(self, X, names):\n"
    "        return X.astype(np.float32)",
    good="import numpy as np\n\nclass MyModel:\n    def predict(self, X, names):\n"
    "        return X.astype(float)",
)
def returns_float32(subject: Subject) -> Iterator[Spot]:
    """A returned expression that ends in ``astype(float32)`` or is made with ``dtype=float32``."""
    for member in subject.hooks(_PAYLOAD_HOOKS):
        names = assigned_once(member.node)
        for each in returns(member.node):
            value = resolved(each.value, names)
            if isinstance(value, ast.Call) and _is_float32(value, member):
                yield at(member, each, f"{member.name} returns float32: 0.1 arrives as 0.10000000149011612")


def _is_float32(call: ast.Call, member: Member) -> bool:
    dtype = [word.value for word in call.keywords if word.arg == "dtype"]
    if isinstance(call.func, ast.Attribute) and call.func.attr == "astype":
        dtype += call.args[:1]
    return any(
        member.text.dotted(each) == "numpy.float32" or literal(each) in ("float32", "f4") for each in dtype
    )


@rule(
    "D410",
    Severity.NOTE,
    title="JSON text is returned",
    why="A str is sent as strData: the client gets text that it has to parse again.",
    fix="return the dict itself; it is sent as jsonData",
    bad="import json\n\nclass MyModel:\n    def predict(self, X, names):\n"
    "        return json.dumps({'score': 0.9})",
    good="class MyModel:\n    def predict(self, X, names):\n        return {'score': 0.9}",
)
def json_text(subject: Subject) -> Iterator[Spot]:
    """``json.dumps`` of something that is returned."""
    for member, node, kind, _ in _values(subject, _PAYLOAD_HOOKS):
        if kind is Kind.JSON_TEXT:
            yield at(member, node, f"{member.name} returns JSON as text, which travels as strData")


@rule(
    "D411",
    Severity.ERROR,
    title="a SeldonResponse holds nothing that can be sent",
    why="SeldonResponse(None), and one within another, answer 400.",
    fix="put the data in: SeldonResponse(data=y, tags=...)",
    bad="def predict(self, X, names):\n    return SeldonResponse(None, tags={'a': 1})",
    good="def predict(self, X, names):\n    return SeldonResponse(X, tags={'a': 1})",
)
def empty_response(subject: Subject) -> Iterator[Spot]:
    """A SeldonResponse around None or around another."""
    for member in subject.hooks((*_PAYLOAD_HOOKS, "route")):
        for call in (node for node in walk(member.node) if isinstance(node, ast.Call)):
            if member.text.dotted(call.func).rpartition(".")[2] != "SeldonResponse":
                continue
            data = _data_of(call)
            inner = kind_of(data, member.text, assigned_once(member.node))
            if inner in (Kind.NONE, Kind.RESPONSE) and not any(word.arg is None for word in call.keywords):
                yield at(member, call, f"{member.name} makes a SeldonResponse around {inner.value}")


@rule(
    "D412",
    Severity.ERROR,
    title="a dict that is returned has keys that are no text",
    why='Over gRPC such a dict cannot be sent; over REST 1 becomes "1", and mixed keys fail.',
    fix="write the keys as text: {str(key): value}",
    bad="def predict(self, X, names):\n    return {0: 'setosa', 1: 'versicolor'}",
    good="def predict(self, X, names):\n    return {'0': 'setosa', '1': 'versicolor'}",
    where=Where.SELDON,
)
def keys_of_numbers(subject: Subject) -> Iterator[Spot]:
    """Keys of a returned dict literal that are numbers."""
    for member, _, kind, value in _values(subject, _PAYLOAD_HOOKS):
        if kind is Kind.DICT:
            for key, _ in members_of(value):
                if isinstance(key, ast.Constant) and not isinstance(key.value, str):
                    yield at(
                        member, key, f"the key {key.value!r} is no text: over gRPC this dict cannot be sent"
                    )
