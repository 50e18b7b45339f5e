"""Theme 8, health: what a probe calls, how long it waits, and what it takes for an answer.

A probe waits a second by default, and Seldon's page shows it on ``/health/status`` every five.
"""

import ast
from collections.abc import Iterator

from seldon_workbench.doctor.calls import does_io, loads_model, sleeps
from seldon_workbench.doctor.findings import Severity, Spot, Where, at, rule
from seldon_workbench.doctor.inference import UNSENDABLE, Kind, kinds_returned
from seldon_workbench.doctor.subject import REQUEST_HOOKS, Subject
from seldon_workbench.doctor.syntax import (
    body,
    calls,
    falls_through,
    is_generator,
    literal,
    self_attribute,
    walk,
)


@rule(
    "D801",
    Severity.NOTE,
    title="health_status predicts",
    why="Every probe of /health/status runs the model: one that is slow, or that refuses this very input, "
    "gets the container killed. (With one worker of one thread, the default, any probe over HTTP waits "
    "for the predict before it.)",
    fix="probe liveness by TCP or at /health/ping, which call nothing, and readiness at /health/status; "
    "GUNICORN_THREADS=2 lets probes through",
    bad="def predict(self, X, names):\n    return X\n\ndef health_status(self):\n"
    "    return self.predict([[1]], [])",
    good="def predict(self, X, names):\n    return X\n\ndef health_status(self):\n    return 'ok'",
)
def health_predicts(subject: Subject) -> Iterator[Spot]:
    """A hook that requests call, called by health_status."""
    for member in subject.hooks(("health_status", "health_status_raw")):
        for call in calls(member.node):
            name = self_attribute(call.func, member.me)
            if name in REQUEST_HOOKS:
                yield at(member, call, f"{member.name} runs {name}: probe liveness at /health/ping instead")


@rule(
    "D802",
    Severity.WARNING,
    title="health_status waits for something else",
    why="A probe has a second. A database or a server that is slow gets this container killed too, and "
    "with it all of its replicas.",
    fix="look at what the component itself holds; leave others to their own probes",
    bad="def health_status(self):\n    return requests.get('http://features/health').text",
    good="def health_status(self):\n    return 'ok'",
)
def health_waits(subject: Subject) -> Iterator[Spot]:
    """Network, databases, shells, sleeping and loading, reached from health_status, but for predicting."""
    answering = {id(each.node) for each in subject.reach(*REQUEST_HOOKS)}
    for member in subject.reach("health_status", "health_status_raw"):
        if id(member.node) in answering:
            continue
        for call in calls(member.node):
            if any(test(call, member.text) for test in (does_io, sleeps, loads_model)):
                yield at(member, call, f"{ast.unparse(call.func)}() keeps a probe waiting")


@rule(
    "D803",
    Severity.ERROR,
    title="health_status returns what is no answer",
    why="None, True, a number, a tuple or a SeldonResponse answers 400: the probe fails, and the "
    "container is restarted for ever.",
    fix="return 'ok'; raise SeldonMicroserviceException('sick', status_code=503) where it is not well",
    bad="def health_status(self):\n    return True",
    good="def health_status(self):\n    return 'ok'",
    where=Where.SELDON,
)
def no_health(subject: Subject) -> Iterator[Spot]:
    """Returns of health_status that seldon-core certainly refuses."""
    for member in subject.hooks(("health_status",)):
        if member.is_property or is_generator(member.node):
            continue
        for node, kind, _ in kinds_returned(member):
            if kind in UNSENDABLE or kind in (Kind.RESPONSE, Kind.COMPARISON):
                yield at(member, node, f"health_status returns {kind.value}, which answers 400")
        if not isinstance(member.node, ast.Lambda) and falls_through(body(member.node)):
            yield at(member, member.node, "health_status can end without a return, which answers 400")


@rule(
    "D804",
    Severity.NOTE,
    title="probes count",
    why="seldon-core calls metrics() for /health/status too: every probe adds to each COUNTER, under "
    'method="health".',
    fix='leave method="health" out of your queries, or return counters with SeldonResponse from predict',
    bad="def health_status(self):\n    return 'ok'\n\ndef metrics(self):\n"
    "    return [{'type': 'COUNTER', 'key': 'calls', 'value': 1}]",
    good="def health_status(self):\n    return 'ok'\n\ndef metrics(self):\n"
    "    return [{'type': 'GAUGE', 'key': 'size', 'value': 1}]",
)
def probes_count(subject: Subject) -> Iterator[Spot]:
    """A COUNTER in metrics() of a class that is made to be probed at /health/status."""
    if "health_status" not in subject.methods:
        return
    for member in subject.hooks(("metrics",)):
        for node in walk(member.node):
            if isinstance(node, ast.Dict) and "COUNTER" in [literal(value) for value in node.values]:
                yield at(member, node, "every probe of /health/status adds to this COUNTER")
