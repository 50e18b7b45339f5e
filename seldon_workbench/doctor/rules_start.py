"""Theme 1, the start: what must not happen before Seldon forks its workers.

Seldon imports and constructs the component once and forks; ``load()`` runs in every worker, after the fork.
"""

import ast
from collections.abc import Callable, Iterator

from seldon_workbench.doctor.calls import forbids_fork, loads_model, reaches_out
from seldon_workbench.doctor.findings import Severity, Spot, Where, at, rule
from seldon_workbench.doctor.source import Text
from seldon_workbench.doctor.subject import Member, Subject
from seldon_workbench.doctor.syntax import calls, own, self_attribute

CallTest = Callable[[ast.Call, Text], bool]


@rule(
    "D101",
    Severity.WARNING,
    title="a model is built or loaded in __init__",
    why="Seldon constructs the component once, then forks its workers. TensorFlow, PyTorch and others "
    "hang in a process forked after they started; requests then time out without an error.",
    fix="move it into load(self): it is called in each worker, after the fork",
    bad="def __init__(self):\n    self.model = joblib.load('model.joblib')",
    good="def load(self):\n    self.model = joblib.load('model.joblib')",
    where=Where.SELDON,
)
def model_in_constructor(subject: Subject) -> Iterator[Spot]:
    """Calls that load models, reached from the constructor."""
    for member, call in _in_constructor(subject, loads_model):
        yield at(member, call, f"{_shown(call)} {_whence(member)} runs before Seldon forks its workers")


@rule(
    "D102",
    Severity.WARNING,
    title="a model is built or loaded while the module is imported",
    why="The module is imported before Seldon forks, so this hangs as it would in __init__; a failure "
    "ends the start with a traceback of the import, and every tool that imports the module pays for it.",
    fix="move it into load(self)",
    bad="import joblib\nmodel = joblib.load('m.joblib')\n\nclass MyModel:\n"
    "    def predict(self, X, names):\n        return model.predict(X)",
    good="import joblib\n\nclass MyModel:\n    def load(self):\n"
    "        self.model = joblib.load('m.joblib')\n\n    def predict(self, X, names):\n"
    "        return self.model.predict(X)",
    where=Where.SELDON,
)
def model_at_import(subject: Subject) -> Iterator[Spot]:
    """Calls that load models, at the top of the module or in the class body."""
    for text, call in _at_import(subject, loads_model):
        yield at(
            text, call, f"{_shown(call)} runs when the module is imported, before Seldon forks its workers"
        )


@rule(
    "D103",
    Severity.WARNING,
    title="something is downloaded before the workers start",
    why="While __init__ or an import waits for the network nothing listens, not even for /health/ping; "
    "when it fails the container ends and starts all over.",
    fix="download in load(self), or ship the file with the image",
    bad="def __init__(self):\n    self.labels = requests.get('http://labels').json()",
    good="def load(self):\n    self.labels = requests.get('http://labels').json()",
)
def download_before_fork(subject: Subject) -> Iterator[Spot]:
    """Calls that reach out, in the constructor or while importing."""
    for member, call in _in_constructor(subject, reaches_out):
        yield at(
            member, call, f"{_shown(call)} {_whence(member)} waits for the network before anything listens"
        )
    for text, call in _at_import(subject, reaches_out):
        yield at(text, call, f"{_shown(call)} waits for the network while the module is imported")


@rule(
    "D104",
    Severity.WARNING,
    title="__init__ calls load()",
    why="Seldon calls load() itself in each worker. Called from __init__ it runs once more, in the "
    "parent, before the fork: the time twice, and the hangs that load() is there to avoid.",
    fix="leave the call out; where you construct the class yourself, call load() there",
    bad="def __init__(self):\n    self.load()\n\ndef load(self):\n    self.model = object()",
    good="def __init__(self):\n    self.model = None\n\ndef load(self):\n    self.model = object()",
)
def load_in_constructor(subject: Subject) -> Iterator[Spot]:
    """``self.load()`` reached from the constructor."""
    for member in _constructing(subject):
        for call in calls(member.node):
            if self_attribute(call.func, member.me) == "load" and "load" in subject.methods:
                yield at(
                    member, call, f"load() is called {_whence(member)}, and again by Seldon in each worker"
                )


@rule(
    "D105",
    Severity.WARNING,
    title="a thread, connection or GPU context is made before the fork",
    why="Threads do not exist in a forked worker, and sockets, database connections and gRPC channels are "
    "shared by all workers, whose bytes mix; CUDA refuses to work at all.",
    fix="make it in load(self)",
    bad="def __init__(self):\n    self.db = sqlite3.connect('features.db')",
    good="def load(self):\n    self.db = sqlite3.connect('features.db')",
    where=Where.SELDON,
)
def made_before_fork(subject: Subject) -> Iterator[Spot]:
    """Calls whose result does not survive a fork, in the constructor or while importing."""
    for member, call in _in_constructor(subject, forbids_fork):
        yield at(member, call, f"what {_shown(call)} makes {_whence(member)} does not survive Seldon's fork")
    for text, call in _at_import(subject, forbids_fork):
        yield at(text, call, f"what {_shown(call)} makes at import does not survive Seldon's fork")


@rule(
    "D106",
    Severity.NOTE,
    title="a lock guards the threads of one worker only",
    why="Every REST worker and every gRPC worker is a process with a copy of the lock and of what it "
    "guards; with one thread per worker, the default, it guards nothing.",
    fix="make it in load(self), which says as much; where workers share something, lock that: a file, a "
    "database row",
    bad="def __init__(self):\n    self.lock = threading.Lock()",
    good="def load(self):\n    self.lock = threading.Lock()",
)
def lock_per_worker(subject: Subject) -> Iterator[Spot]:
    """Locks made in the constructor or while importing."""

    def is_lock(call: ast.Call, text: Text) -> bool:
        named = text.dotted(call.func)
        return named.startswith("threading.") and named.endswith(("Lock", "Semaphore", "Condition"))

    for member, call in _in_constructor(subject, is_lock):
        yield at(member, call, f"{_shown(call)} is copied to each worker: it guards the threads of one alone")
    for text, call in _at_import(subject, is_lock):
        yield at(text, call, f"{_shown(call)} is copied to each worker: it guards the threads of one alone")


# ---- where things run ----------------------------------------------------------------------------


def _constructing(subject: Subject) -> list[Member]:
    """The constructor and what it calls, ``load`` and what only that calls excepted."""
    found: dict[int, Member] = {}
    waiting = [subject.methods["__init__"]] if "__init__" in subject.methods else []
    while waiting:
        member = waiting.pop(0)
        if id(member.node) not in found and member.name != "load":
            found[id(member.node)] = member
            waiting += subject.called(member)
    return list(found.values())


def _in_constructor(subject: Subject, test: CallTest) -> Iterator[tuple[Member, ast.Call]]:
    for member in _constructing(subject):
        for call in calls(member.node):
            if test(call, member.text):
                yield member, call


def _at_import(subject: Subject, test: CallTest) -> Iterator[tuple[Text, ast.Call]]:
    """Calls at the top of a file, and in class bodies. A cell's own top is not what is deployed."""
    for text in subject.texts:
        for statement in text.tree.body:
            if text.known is None and not _is_guarded(statement):
                yield from ((text, call) for call in _run_at_import(statement) if test(call, text))
    for each in subject.found.classes:
        if each.text.known is not None:
            yield from ((each.text, call) for call in _run_at_import(each.node) if test(call, each.text))


def _run_at_import(statement: ast.stmt) -> Iterator[ast.Call]:
    for node in (statement, *own(statement)):
        if isinstance(node, ast.Call):
            yield node
        elif isinstance(node, ast.ClassDef) and node is not statement:
            yield from _run_at_import(node)


def _is_guarded(statement: ast.stmt) -> bool:
    """``if __name__ == "__main__":`` and functions."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
        return True
    return isinstance(statement, ast.If) and "__name__" in ast.unparse(statement.test)


def _shown(call: ast.Call) -> str:
    return f"{ast.unparse(call.func)}(...)" if call.args or call.keywords else f"{ast.unparse(call.func)}()"


def _whence(member: Member) -> str:
    return "in __init__" if member.name == "__init__" else f"in {member.name}, which __init__ calls,"
