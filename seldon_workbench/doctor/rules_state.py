"""Theme 3, state: what one request leaves behind for another, and what it may not touch."""

import ast
from collections.abc import Iterator

from seldon_workbench.doctor.findings import Severity, Spot, Where, at, rule
from seldon_workbench.doctor.subject import (
    MESSAGE_HOOKS,
    REPORTING_HOOKS,
    REQUEST_HOOKS,
    Access,
    Member,
    Subject,
)
from seldon_workbench.doctor.syntax import WRITING, calls, own, self_attribute, stores, walk


@rule(
    "D301",
    Severity.WARNING,
    title="tags, metrics or class_names read what a request left on self",
    why="Between predict and tags() another thread's predict may run: a reply then carries another "
    "request's tags or metrics.",
    fix="return SeldonResponse(data, tags=..., metrics=...): it belongs to the one request",
    bad="def predict(self, X, names):\n    self.rows = len(X)\n    return X\n\ndef tags(self):\n"
    "    return {'rows': self.rows}",
    good="def predict(self, X, names):\n    return SeldonResponse(X, tags={'rows': len(X)})",
)
def reported_from_self(subject: Subject) -> Iterator[Spot]:
    """Attributes written by hooks that requests call and read by the hooks that report."""
    writing = _written(subject)
    readers: dict[str, list[str]] = {}
    for hook in REPORTING_HOOKS:
        for name in sorted({each.name for each in subject.reads(subject.reach(hook))} & writing.keys()):
            readers.setdefault(name, []).append(f"{hook}()")
    for name, hooks in readers.items():
        write = writing[name]
        read = f"{' and '.join(hooks)} read{'s' * (len(hooks) == 1)} it"
        message = f"{write.member.name} writes self.{name}, and {read}: with threads, of another request"
        yield at(write.member, write.node, message)


def _written(subject: Subject) -> dict[str, Access]:
    """What hooks that requests call write to ``self``; loading at the first request is none of it."""
    loading = {id(each.node) for each in subject.reach("load", "__init__")}
    members = [each for each in subject.reach(*REQUEST_HOOKS) if id(each.node) not in loading]
    found: dict[str, Access] = {}
    for access in (*subject.writes(members), *_mutations(members)):
        found.setdefault(access.name, access)
    return found


def _mutations(members: list[Member]) -> Iterator[Access]:
    """``self.x.append(...)``, ``self.x[key] = ...``."""
    for member in members:
        for node in walk(member.node):
            changed = _written_into(node)
            name = self_attribute(changed, member.me) if changed is not None else ""
            if name:
                yield Access(name, node, member)


def _written_into(node: ast.AST) -> ast.expr | None:
    """What ``x[key] = ...``, ``del x[key]`` or ``x.update(...)`` changes."""
    match node:
        case ast.Subscript(value=changed, ctx=ast.Store() | ast.Del()):
            return changed
        case ast.Call(func=ast.Attribute(value=changed, attr=method)) if method in WRITING:
            return changed
        case _:
            return None


@rule(
    "D302",
    Severity.NOTE,
    title="state grows on self from request to request",
    why="Every REST worker and every gRPC worker has its own copy, which ends with the worker; with "
    "threads, self.n += 1 loses updates.",
    fix="count with a COUNTER metric; keep what must last in a database or a file",
    bad="def predict(self, X, names):\n    self.calls += 1\n    return X",
    good="def predict(self, X, names):\n    calls = 0\n    calls += 1\n    return X",
)
def state_on_self(subject: Subject) -> Iterator[Spot]:
    """``self.x += ...`` and ``self.x.append(...)`` in hooks that requests call, and ``global``."""
    for member in subject.reach(*REQUEST_HOOKS):
        for node in walk(member.node):
            grown = _grown(node, member.me)
            if grown:
                yield at(member, node, f"{grown} grows in each worker for itself")


def _grown(node: ast.AST, me: str) -> str:
    """What a node adds to and leaves for the next request; empty for nothing."""
    match node:
        case ast.AugAssign(target=target):
            name = self_attribute(target, me)
        case ast.Call(func=ast.Attribute(value=target, attr="append")):
            name = self_attribute(target, me)
        case ast.Global(names=names):
            return ", ".join(names)
        case _:
            return ""
    return f"self.{name}" if name else ""


@rule(
    "D303",
    Severity.WARNING,
    title="the payload is changed in place",
    why="A tensor that came over gRPC is a read-only array in seldon-core: ValueError, output array is "
    "read-only. The same request works over REST.",
    fix="make a copy first: X = np.array(X)",
    bad="def predict(self, X, names):\n    X *= 2\n    return X",
    good="def predict(self, X, names):\n    X = X * 2\n    return X",
    where=Where.SELDON,
)
def payload_changed(subject: Subject) -> Iterator[Spot]:
    """Writes into the first parameter of a message hook that still is what Seldon handed over."""
    for member in subject.hooks(MESSAGE_HOOKS):
        parameters = member.parameters
        if not parameters or _is_rebound(member, parameters[0]):
            continue
        for node in _changes(member, parameters[0]):
            yield at(
                member, node, f"{member.name} changes {parameters[0]} in place, which is read-only over gRPC"
            )


def _is_rebound(member: Member, name: str) -> bool:
    """Whether a name is given another array; asarray and reshape hand back the same, += changes it."""
    augmented = [id(node.target) for node in walk(member.node) if isinstance(node, ast.AugAssign)]
    return any(
        not (isinstance(value, ast.Call) and member.text.dotted(value.func) in _SAME_ARRAY)
        for stored, value, node in stores(member.node)
        if stored == name and id(node) not in augmented
    )


_SAME_ARRAY = ("numpy.asarray", "numpy.asanyarray", "numpy.atleast_2d", "numpy.ravel", "numpy.reshape")
_CHANGING = frozenset({"sort", "fill", "resize", "partition", "itemset", "setfield"})


def _changes(member: Member, name: str) -> Iterator[ast.AST]:
    for node in walk(member.node):
        match node:
            case ast.AugAssign(target=ast.Name(id=used) | ast.Subscript(value=ast.Name(id=used))) if (
                used == name
            ):
                yield node
            case ast.Subscript(value=ast.Name(id=used), ctx=ast.Store()) if used == name:
                yield node
            case ast.Call(func=ast.Attribute(value=ast.Name(id=used), attr=method)):
                if used == name and method in _CHANGING:
                    yield node
            case ast.keyword(arg="out", value=ast.Name(id=used)) if used == name:
                yield node.value
            case _:
                pass


@rule(
    "D304",
    Severity.WARNING,
    title="meta is changed in place",
    why="seldon-core builds the reply from the very dict it hands over: what is written into its tags or "
    "metrics is sent, over REST only if the request had a meta, and puid never over gRPC.",
    fix="return SeldonResponse(data, tags=...); copy.deepcopy(meta) where you need one to write into",
    bad="def predict(self, X, names, meta):\n    meta['tags'] = {'seen': True}\n    return X",
    good="def predict(self, X, names, meta):\n    return SeldonResponse(X, tags={'seen': True})",
    where=Where.SELDON,
)
def meta_changed(subject: Subject) -> Iterator[Spot]:
    """Writes into the parameter meta, at any depth."""
    for member in subject.hooks(MESSAGE_HOOKS):
        if not member.takes_meta or any(name == "meta" for name, _, _ in stores(member.node)):
            continue
        for node in walk(member.node):
            changed = _written_into(node)
            if changed is not None and _root(changed) == "meta":
                yield at(
                    member, node, f"{member.name} writes into meta, which seldon-core sends back in part"
                )


def _root(node: ast.expr) -> str:
    """``meta`` of ``meta["tags"].setdefault("a", {})``."""
    while not isinstance(node, ast.Name):
        if isinstance(node, ast.Subscript | ast.Attribute):
            node = node.value
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in ("get", "setdefault")
        ):
            node = node.func.value
        else:
            return ""
    return node.id


@rule(
    "D305",
    Severity.WARNING,
    title="flask.request is read in a hook",
    why="Over gRPC seldon-core has no such request: RuntimeError, working outside of request context.",
    fix="ask first: if flask.has_request_context()",
    bad="import flask\n\nclass MyModel:\n    def predict(self, X, names):\n"
    "        flask.request.headers.get('Authorization')\n        return X",
    good="import flask\n\nclass MyModel:\n    def predict(self, X, names):\n"
    "        if flask.has_request_context():\n            flask.request.headers.get('Authorization')\n"
    "        return X",
    where=Where.SELDON,
)
def flask_request(subject: Subject) -> Iterator[Spot]:
    """``flask.request`` in code that nowhere asks whether there is one."""
    for member in subject.reach(*REQUEST_HOOKS, *REPORTING_HOOKS):
        if "has_request_context" in ast.unparse(member.node) or any(
            isinstance(node, ast.Try) for node in own(member.node)
        ):
            continue
        for node in walk(member.node):
            if isinstance(node, ast.Name | ast.Attribute) and member.text.dotted(node) == "flask.request":
                yield at(member, node, f"{member.name} reads flask.request, which is not there over gRPC")
                break


@rule(
    "D306",
    Severity.NOTE,
    title="a hook prints",
    why="Python buffers what is printed into a container's log: lines come late, or never when the "
    "process is killed.",
    fix="use logging, which writes at once and says when and where",
    bad="def predict(self, X, names):\n    print('called')\n    return X",
    good="def predict(self, X, names):\n    logging.getLogger(__name__).info('called')\n    return X",
)
def prints(subject: Subject) -> Iterator[Spot]:
    """``print`` without flush, in hooks that requests call; the first of each."""
    for member in subject.reach(*REQUEST_HOOKS, *REPORTING_HOOKS, "health_status"):
        first = next((call for call in calls(member.node) if _is_print(call)), None)
        if first is not None:
            message = f"{member.name} prints, which reaches a container's log late or never"
            yield at(member, first, message)


def _is_print(call: ast.Call) -> bool:
    named = isinstance(call.func, ast.Name) and call.func.id == "print"
    return named and not any(word.arg in ("flush", "file") for word in call.keywords)
