"""Which names of a text mean nothing: Python's own symbol tables say what is global, and where."""

import ast
import builtins
import symtable
from collections.abc import Iterable, Iterator

from seldon_workbench.doctor.source import Text

__all__ = ["TOP", "Scope", "first_uses"]

Scope = tuple[str, int]
"""The name of a scope as ``symtable`` gives it, and its line."""

TOP: Scope = ("top", 0)
"""The scope of a module."""

_OF_MODULES = (
    *("__file__", "__name__", "__doc__", "__path__", "__package__", "__spec__", "__builtins__", "__loader__"),
    *("__annotations__", "__dict__", "__class__", "__qualname__", "__module__"),
)


def first_uses(text: Text, places: Iterable[tuple[ast.AST, Scope]]) -> Iterator[ast.Name]:
    """The first use of each name that nothing defines, below nodes given with the scopes they stand in."""
    unknown = _unknown(text)
    told: set[str] = set()
    for place, scope in places:
        for node, where in _scoped(place, scope):
            if isinstance(node, ast.Name) and node.id in unknown.get(where, set()) - told:
                told.add(node.id)
                yield node


def _unknown(text: Text) -> dict[Scope, set[str]]:
    """Per scope the names that are looked up globally and that neither text, Python nor notebook defines."""
    top = symtable.symtable(text.source, text.name, "exec")
    tables = list(_tables(top))
    defined = {*dir(builtins), *_OF_MODULES, *(text.known or ())}
    for table in tables:
        defined |= {each.get_name() for each in table.get_symbols() if _is_defined(each, table is top)}
    unknown: dict[Scope, set[str]] = {}
    for table in tables:
        used = {each.get_name() for each in table.get_symbols() if _is_looked_up(each, table is top)}
        unknown.setdefault((table.get_name(), table.get_lineno()), set()).update(used - defined)
    return unknown


def _tables(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    yield table
    for child in table.get_children():
        yield from _tables(child)


def _is_defined(symbol: symtable.Symbol, is_top: bool) -> bool:
    """Whether a symbol of a scope defines a global name: at the top, or declared ``global``."""
    return (is_top or symbol.is_declared_global()) and (symbol.is_assigned() or symbol.is_imported())


def _is_looked_up(symbol: symtable.Symbol, is_top: bool) -> bool:
    # In a function called top, symtable takes what is bound there for global too.
    is_bound = symbol.is_parameter() or (symbol.is_assigned() and not symbol.is_declared_global())
    return symbol.is_referenced() and (is_top or (symbol.is_global() and not is_bound))


def _scoped(node: ast.AST, scope: Scope) -> Iterator[tuple[ast.AST, Scope]]:
    """A node and all below it, each with the scope that its names are looked up in."""
    yield node, scope
    inner, outside = _opened(node)
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.comprehension) and inner is not None:
            is_first = child is node.generators[0]  # type: ignore[attr-defined]
            yield from _scoped(child.iter, scope if is_first else inner)
            for part in (child.target, *child.ifs):
                yield from _scoped(part, inner)
        else:
            is_outside = inner is None or any(child is each for each in outside)
            yield from _scoped(child, scope if is_outside or inner is None else inner)


_NAMED: dict[type[ast.AST], str] = {
    ast.ListComp: "listcomp",
    ast.SetComp: "setcomp",
    ast.DictComp: "dictcomp",
    ast.GeneratorExp: "genexpr",
}


def _opened(node: ast.AST) -> tuple[Scope | None, list[ast.AST]]:
    """The scope that a node opens, if any, and its children that are looked up around it."""
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            returned = [node.returns] if node.returns else []
            return (node.name, node.lineno), [node.args, *node.decorator_list, *returned]
        case ast.ClassDef():
            return (node.name, node.lineno), [*node.bases, *node.keywords, *node.decorator_list]
        case ast.Lambda():
            return ("lambda", node.lineno), [node.args]
        case ast.expr() if type(node) in _NAMED:
            return (_NAMED[type(node)], node.lineno), []
        case _:
            return None, []
