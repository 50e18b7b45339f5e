"""Theme 7, failures: how a component says that something went wrong."""

import ast
from collections.abc import Iterator

from seldon_workbench.doctor.findings import Severity, Spot, Where, at, rule
from seldon_workbench.doctor.subject import MESSAGE_HOOKS, REPORTING_HOOKS, REQUEST_HOOKS, Subject
from seldon_workbench.doctor.syntax import body, literal, walk

_EVERY = (*REQUEST_HOOKS, *REPORTING_HOOKS, "health_status", "load", "init_metadata")


def _raised(node: ast.AST) -> str:
    """The name of the exception that a statement raises."""
    if not isinstance(node, ast.Raise) or node.exc is None:
        return ""
    return ast.unparse(node.exc.func if isinstance(node.exc, ast.Call) else node.exc)


@rule(
    "D701",
    Severity.WARNING,
    title="an exception is swallowed",
    why="Seldon then answers 200 with whatever is left, or reports healthy with no model. A bare except "
    "takes SystemExit and the worker's own signals too.",
    fix="name the exception you expect; let the others go, or raise SeldonMicroserviceException from them",
    bad="def load(self):\n    try:\n        self.model = joblib.load('m')\n    except Exception:\n"
    "        pass",
    good="def load(self):\n    try:\n        self.model = joblib.load('m')\n"
    "    except FileNotFoundError:\n        self.model = None",
)
def swallowed(subject: Subject) -> Iterator[Spot]:
    """Bare excepts that do not raise, and broad ones that do nothing but log."""
    for member in subject.reach(*_EVERY):
        for node in walk(member.node):
            if not isinstance(node, ast.ExceptHandler) or any(
                isinstance(each, ast.Raise) for each in walk(node)
            ):
                continue
            if node.type is None:
                yield at(member, node, f"{member.name} swallows every exception, SystemExit included")
            elif _is_broad(node.type) and all(_does_nothing(each) for each in node.body):
                yield at(member, node, f"{member.name} swallows {ast.unparse(node.type)} and goes on")


def _is_broad(node: ast.expr) -> bool:
    names = node.elts if isinstance(node, ast.Tuple) else [node]
    return any(
        ast.unparse(each) in ("Exception", "BaseException", "TypeError", "AttributeError") for each in names
    )


def _does_nothing(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Pass | ast.Continue):
        return True
    if not isinstance(statement, ast.Expr):
        return False
    if isinstance(statement.value, ast.Constant):
        return True
    told = ast.unparse(statement.value)
    return told.startswith("print(") or "log" in told.partition("(")[0].lower()


@rule(
    "D702",
    Severity.ERROR,
    title="SeldonNotImplementedError is raised in a hook",
    why="seldon-core takes it for a missing hook, however deep it was raised: predict answers 200 with an "
    "empty array, a transform passes its input through.",
    fix="leave the hook out, or raise SeldonMicroserviceException(text, status_code=501)",
    bad="def predict(self, X, names):\n    raise SeldonNotImplementedError('not yet')",
    good="def predict(self, X, names):\n    raise SeldonMicroserviceException('not yet', status_code=501)",
    where=Where.SELDON,
)
def not_implemented(subject: Subject) -> Iterator[Spot]:
    """Raises of it, reached from a hook."""
    for member in subject.reach(*REQUEST_HOOKS, *REPORTING_HOOKS):
        for node in walk(member.node):
            if _raised(node).rpartition(".")[2] == "SeldonNotImplementedError":
                yield at(
                    member,
                    node,
                    f"out of {member.name} this looks like a missing hook: 200 with an empty answer",
                )


@rule(
    "D703",
    Severity.WARNING,
    title="a hook only says that it is not implemented",
    why="NotImplementedError answers 500. Where the hook is left out Seldon passes transforms through, "
    "accepts feedback, and reports healthy.",
    fix="leave the hook out",
    bad="def transform_input(self, X, names):\n    raise NotImplementedError",
    good="def predict(self, X, names):\n    return X",
)
def only_not_implemented(subject: Subject) -> Iterator[Spot]:
    """Hooks whose only statement raises NotImplementedError."""
    for member in subject.hooks((*REQUEST_HOOKS, *REPORTING_HOOKS, "health_status", "init_metadata")):
        statements = [each for each in body(member.node) if literal(getattr(each, "value", None)) is ...]
        if statements and _raised(statements[0]) == "NotImplementedError":
            yield at(
                member, statements[0], f"{member.name} answers 500; without it Seldon would do the usual"
            )


@rule(
    "D704",
    Severity.NOTE,
    title="a plain exception is raised for a request",
    why="It answers 500 whatever the client did wrong, and seldon-core keeps no traceback of it; over "
    "gRPC it is UNKNOWN.",
    fix="raise SeldonMicroserviceException(text, status_code=400, reason='BAD_INPUT')",
    bad="def predict(self, X, names):\n    if len(X) == 0:\n        raise ValueError('no rows')\n"
    "    return X",
    good="def predict(self, X, names):\n    if len(X) == 0:\n"
    "        raise SeldonMicroserviceException('no rows', status_code=400)\n    return X",
)
def plain_exception(subject: Subject) -> Iterator[Spot]:
    """Raises of builtin exceptions where no ``model_error_handler`` waits for them."""
    if subject.has("model_error_handler"):
        return
    for member in subject.reach(*REQUEST_HOOKS):
        for node in walk(member.node):
            if _raised(node) in (
                "ValueError",
                "Exception",
                "RuntimeError",
                "KeyError",
                "IndexError",
                "AssertionError",
            ):
                yield at(member, node, f"{_raised(node)} answers 500, also where the request is at fault")


@rule(
    "D705",
    Severity.ERROR,
    title="a hook ends the process",
    why="The client gets no answer: over REST the connection breaks and the worker is replaced, over gRPC "
    "the call hangs and nobody replaces the worker.",
    fix="raise SeldonMicroserviceException; report broken health in health_status",
    bad="def predict(self, X, names):\n    sys.exit(1)",
    good="def predict(self, X, names):\n    raise SeldonMicroserviceException('broken', status_code=500)",
)
def ends_the_process(subject: Subject) -> Iterator[Spot]:
    """``sys.exit`` and its like, reached from a hook that requests call."""
    for member in subject.reach(*REQUEST_HOOKS, *REPORTING_HOOKS, "health_status"):
        for node in walk(member.node):
            is_exit = isinstance(node, ast.Call) and member.text.dotted(node.func) in _EXITS
            if is_exit or _raised(node) == "SystemExit":
                yield at(member, node, f"{member.name} ends the worker, and the client gets no answer")


_EXITS = ("sys.exit", "os._exit", "os.abort", "exit", "quit", "os.kill")


@rule(
    "D706",
    Severity.NOTE,
    title="a TypeError runs the hook twice",
    why="seldon-core calls a hook that takes meta once more, without meta, after any TypeError: side "
    "effects happen twice, and if the second run succeeds the error is never seen.",
    fix="raise ValueError or SeldonMicroserviceException",
    bad="def predict(self, X, names, meta=None):\n    if X is None:\n        raise TypeError('no array')\n"
    "    return X",
    good="def predict(self, X, names):\n    if X is None:\n        raise TypeError('no array')\n    return X",
    where=Where.SELDON,
)
def type_error_twice(subject: Subject) -> Iterator[Spot]:
    """``raise TypeError`` reached from a hook that takes meta."""
    for hook in subject.hooks(MESSAGE_HOOKS):
        if not hook.takes_meta:
            continue
        for member in subject.reach(hook.name):
            for node in walk(member.node):
                if _raised(node) == "TypeError":
                    yield at(member, node, f"seldon-core then calls {hook.name} again, without meta")


@rule(
    "D707",
    Severity.ERROR,
    title="model_error_handler is no Blueprint",
    why="seldon-core registers whatever has that name on its Flask application: the start ends with an "
    "AttributeError.",
    fix="model_error_handler = flask.Blueprint('error_handlers', __name__), or no such name at all",
    bad="model_error_handler = None\n\ndef predict(self, X, names):\n    return X",
    good="model_error_handler = flask.Blueprint('error_handlers', __name__)\n\n"
    "def predict(self, X, names):\n    return X",
    where=Where.SELDON,
)
def no_blueprint(subject: Subject) -> Iterator[Spot]:
    """A literal, or a method, under that name."""
    for each in (*subject.attributes.values(), *subject.own_attributes):
        if each.name == "model_error_handler" and isinstance(each.value, ast.Constant | ast.Dict | ast.List):
            yield at(each.text, each.node, "model_error_handler is no Blueprint: seldon-core does not start")
    member = subject.methods.get("model_error_handler")
    if member is not None and not member.is_property:
        yield at(member, member.node, "model_error_handler is a method: seldon-core does not start")


@rule(
    "D708",
    Severity.WARNING,
    title="an error handler is never used",
    why="seldon-core has handlers of its own for Exception and for SeldonMicroserviceException; a "
    "blueprint cannot override them. None of it applies to gRPC.",
    fix="derive an exception of your own from Exception and handle that",
    bad="model_error_handler = flask.Blueprint('errors', __name__)\n\n"
    "@model_error_handler.app_errorhandler(Exception)\ndef handle(error):\n    return 'broken'",
    good="model_error_handler = flask.Blueprint('errors', __name__)\n\n"
    "@model_error_handler.app_errorhandler(UserError)\ndef handle(error):\n    return 'broken'",
    where=Where.SELDON,
)
def handler_never_used(subject: Subject) -> Iterator[Spot]:
    """``app_errorhandler(Exception)`` on a ``model_error_handler``."""
    for member in subject.methods.values():
        for each in getattr(member.node, "decorator_list", []):
            if (
                isinstance(each, ast.Call)
                and ast.unparse(each.func) == "model_error_handler.app_errorhandler"
            ):
                handled = ast.unparse(each.args[0]) if each.args else ""
                if handled.rpartition(".")[2] in ("Exception", "SeldonMicroserviceException"):
                    yield at(member, each, f"seldon-core handles {handled} itself: this is never called")
