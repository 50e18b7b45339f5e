"""What an expression is, as far as one function tells: enough to know what Seldon cannot send.

Rule: where it is not certain, the answer is None. A guess would be a false alarm.
"""

import ast
from collections.abc import Iterator, Mapping
from enum import Enum

from seldon_workbench.doctor.source import Text
from seldon_workbench.doctor.subject import Member
from seldon_workbench.doctor.syntax import assigned_once, returns

__all__ = [
    "ARRAYS",
    "NUMPY_SCALARS",
    "UNSENDABLE",
    "Kind",
    "kind_of",
    "kinds_returned",
    "members_of",
    "resolved",
]


class Kind(Enum):
    """What a value is, in the words of messages."""

    NONE = "None"
    BOOL = "a bool"
    INT = "an int"
    FLOAT = "a float"
    STR = "a str"
    BYTES = "bytes"
    TUPLE = "a tuple"
    SET = "a set"
    LIST = "a list"
    DICT = "a dict"
    ITERATOR = "an iterator"
    GENERATOR = "a generator"
    FRAME = "a pandas object"
    ARRAY = "an array"
    NUMPY_INT = "a numpy integer"
    NUMPY_FLOAT = "a numpy float"
    NUMPY_SCALAR = "a numpy number"
    COMPARISON = "a comparison"
    JSON_TEXT = "JSON text"
    RESPONSE = "a SeldonResponse"
    TIME = "a date or time"


UNSENDABLE = frozenset(
    {
        *(Kind.NONE, Kind.BOOL, Kind.INT, Kind.FLOAT, Kind.TUPLE, Kind.SET, Kind.ITERATOR, Kind.GENERATOR),
        *(Kind.FRAME, Kind.NUMPY_INT, Kind.NUMPY_FLOAT, Kind.NUMPY_SCALAR, Kind.TIME),
    }
)
"""What no payload of Seldon's stands for."""

NUMPY_SCALARS = frozenset({Kind.NUMPY_INT, Kind.NUMPY_SCALAR})
"""Numbers of numpy that JSON does not take; float64 is a float and passes."""

ARRAYS = frozenset({Kind.ARRAY, Kind.FRAME})

_CALLS: Mapping[str, Kind] = {
    **dict.fromkeys(("int", "len", "ord", "hash", "id"), Kind.INT),
    **dict.fromkeys(("float", "time.time", "time.perf_counter"), Kind.FLOAT),
    **dict.fromkeys(("bool", "isinstance", "callable", "hasattr", "all", "any"), Kind.BOOL),
    **dict.fromkeys(("str", "repr"), Kind.STR),
    **dict.fromkeys(("bytes", "pickle.dumps"), Kind.BYTES),
    **dict.fromkeys(("tuple", "divmod"), Kind.TUPLE),
    **dict.fromkeys(("set", "frozenset"), Kind.SET),
    **dict.fromkeys(("list", "sorted"), Kind.LIST),
    "dict": Kind.DICT,
    **dict.fromkeys(("map", "zip", "filter", "range", "enumerate", "reversed", "iter"), Kind.ITERATOR),
    **dict.fromkeys(("json.dumps",), Kind.JSON_TEXT),
    **dict.fromkeys(
        ("pandas.DataFrame", "pandas.Series", "pandas.concat", "pandas.get_dummies", "pandas.read_csv"),
        Kind.FRAME,
    ),
    **dict.fromkeys(
        (
            *("numpy.array", "numpy.zeros", "numpy.ones", "numpy.full", "numpy.arange", "numpy.concatenate"),
            *(
                "numpy.stack",
                "numpy.vstack",
                "numpy.hstack",
                "numpy.zeros_like",
                "numpy.ones_like",
                "numpy.eye",
            ),
            *("numpy.linspace", "numpy.empty", "numpy.atleast_2d", "numpy.asarray"),
        ),
        Kind.ARRAY,
    ),
    **{f"numpy.int{bits}": Kind.NUMPY_INT for bits in (8, 16, 32, 64)},
    **{f"numpy.uint{bits}": Kind.NUMPY_INT for bits in (8, 16, 32, 64)},
    **dict.fromkeys(("numpy.float16", "numpy.float32"), Kind.NUMPY_SCALAR),
    "numpy.float64": Kind.NUMPY_FLOAT,
    "numpy.bool_": Kind.NUMPY_SCALAR,
    **dict.fromkeys(("datetime.datetime.now", "datetime.datetime.utcnow", "datetime.date.today"), Kind.TIME),
}

_REDUCTIONS = {"argmax": Kind.NUMPY_INT, "argmin": Kind.NUMPY_INT, "count_nonzero": Kind.NUMPY_INT}
"""What an array comes to where no axis is given."""


def kind_of(node: ast.expr | None, text: Text, names: Mapping[str, ast.expr], depth: int = 0) -> Kind | None:
    """What an expression is; ``names`` are those of the function that stand for one expression."""
    if depth > _DEEPEST:
        return None
    if node is None:
        return Kind.NONE
    match node:
        case ast.Constant(value=value):
            return _CONSTANTS.get(type(value))
        case ast.Name(id=name):
            return kind_of(names[name], text, names, depth + 1) if name in names else None
        case ast.Call():
            return _kind_of_call(node, text)
        case ast.UnaryOp(op=op, operand=operand):
            return Kind.BOOL if isinstance(op, ast.Not) else kind_of(operand, text, names, depth + 1)
        case _:
            return next((kind for kinds, kind in _SYNTAX.items() if isinstance(node, kinds)), None)


_DEEPEST = 6

_CONSTANTS: Mapping[type, Kind] = {
    type(None): Kind.NONE,
    bool: Kind.BOOL,
    int: Kind.INT,
    float: Kind.FLOAT,
    str: Kind.STR,
    bytes: Kind.BYTES,
}

_SYNTAX: Mapping[type[ast.expr] | tuple[type[ast.expr], ...], Kind] = {
    ast.Tuple: Kind.TUPLE,
    (ast.List, ast.ListComp): Kind.LIST,
    (ast.Dict, ast.DictComp): Kind.DICT,
    (ast.Set, ast.SetComp): Kind.SET,
    ast.GeneratorExp: Kind.GENERATOR,
    ast.JoinedStr: Kind.STR,
    ast.Compare: Kind.COMPARISON,
}


def _kind_of_call(node: ast.Call, text: Text) -> Kind | None:
    named = text.dotted(node.func)
    if named in _CALLS:
        return _CALLS[named]
    last = named.rpartition(".")[2] or (node.func.attr if isinstance(node.func, ast.Attribute) else "")
    if last == "SeldonResponse" or named.endswith("SeldonResponse.create"):
        return Kind.RESPONSE
    if last in _REDUCTIONS and not any(word.arg in ("axis", "keepdims", "out") for word in node.keywords):
        is_function = named.startswith("numpy.")
        return _REDUCTIONS[last] if len(node.args) == int(is_function) else None
    return None


def resolved(node: ast.expr | None, names: Mapping[str, ast.expr]) -> ast.expr | None:
    """The expression a name stands for, or the expression itself."""
    for _ in range(_DEEPEST):
        if not isinstance(node, ast.Name) or node.id not in names:
            return node
        node = names[node.id]
    return node


def kinds_returned(member: Member) -> Iterator[tuple[ast.AST, Kind, ast.expr | None]]:
    """Of each return whose kind is certain: where it stands, the kind, and the expression."""
    names = assigned_once(member.node)
    if isinstance(member.node, ast.Lambda):
        found = [(member.node.body, member.node.body)]
    else:
        found = [(node, node.value) for node in returns(member.node)]  # type: ignore[misc]
    for node, value in found:
        for each in _choices(resolved(value, names)):
            kind = kind_of(each, member.text, names)
            if kind is not None:
                yield node, kind, resolved(each, names)


def _choices(node: ast.expr | None) -> Iterator[ast.expr | None]:
    """Both arms of ``a if x else b``."""
    if isinstance(node, ast.IfExp):
        yield from _choices(node.body)
        yield from _choices(node.orelse)
    else:
        yield node


def members_of(node: ast.expr | None) -> Iterator[tuple[ast.expr | None, ast.expr]]:
    """Keys and values of a dict at any depth; elements of lists within it have the key None."""
    match node:
        case ast.Dict(keys=keys, values=values):
            for key, value in zip(keys, values, strict=True):
                yield key, value
                yield from members_of(value)
        case ast.List(elts=elements):
            for element in elements:
                yield None, element
                yield from members_of(element)
        case ast.ListComp(elt=element):
            yield None, element
        case _:
            pass
