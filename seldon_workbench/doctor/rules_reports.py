"""Theme 5, reports: tags and metrics."""

import ast
from collections.abc import Iterator, Mapping

from seldon_workbench.doctor.findings import Severity, Spot, Where, at, rule
from seldon_workbench.doctor.inference import Kind, kind_of, kinds_returned, members_of, resolved
from seldon_workbench.doctor.subject import REQUEST_HOOKS, Member, Subject
from seldon_workbench.doctor.syntax import assigned_once, falls_through, literal, walk
from seldon_workbench.metrics import LABEL_NAME, METRIC_NAME, METRIC_TYPES, unit_labels
from seldon_workbench.settings import Unit


@rule(
    "D501",
    Severity.ERROR,
    title="metrics are no list",
    why="seldon-core takes a list and nothing else: 500, Bad metric created during request. A trailing "
    "comma makes a tuple, and the message then shows what looks like a valid list.",
    fix="return [{...}], and look for a comma behind the closing bracket",
    bad="def metrics(self):\n    return {'type': 'COUNTER', 'key': 'calls', 'value': 1},",
    good="def metrics(self):\n    return [{'type': 'COUNTER', 'key': 'calls', 'value': 1}]",
    where=Where.SELDON,
)
def metrics_are_no_list(subject: Subject) -> Iterator[Spot]:
    """What metrics() returns, and what SeldonResponse is given as metrics, where it certainly is no list."""
    for member in subject.hooks(("metrics",)):
        for node, kind, _ in kinds_returned(member):
            if kind is not Kind.LIST:
                yield at(member, node, f"metrics returns {kind.value}, and has to return a list")
        if not isinstance(member.node, ast.Lambda) and falls_through(member.node.body):
            yield at(member, member.node, "metrics can end without a return, and has to return a list")
    for member, value in _response_parts(subject, "metrics"):
        given = kind_of(value, member.text, assigned_once(member.node))
        if given is not None and given not in (Kind.LIST, Kind.NONE):
            is_comma = given is Kind.TUPLE
            yield at(
                member, value, f"metrics of this SeldonResponse are {given.value}{_COMMA if is_comma else ''}"
            )


_COMMA = ": is there a comma behind the bracket?"


def _response_parts(subject: Subject, part: str) -> Iterator[tuple[Member, ast.expr]]:
    """What SeldonResponse is given as tags or metrics, in hooks and what they call."""
    place = {"tags": 1, "metrics": 2}[part]
    for member in subject.reach(*REQUEST_HOOKS):
        for node in walk(member.node):
            if (
                isinstance(node, ast.Call)
                and member.text.dotted(node.func).rpartition(".")[2] == "SeldonResponse"
            ):
                given = [word.value for word in node.keywords if word.arg == part] + node.args[
                    place : place + 1
                ]
                yield from ((member, each) for each in given)


def _metric_dicts(subject: Subject) -> Iterator[tuple[Member, ast.Dict]]:
    """Dict literals that certainly are metrics."""
    for member in subject.reach("metrics"):
        for node in walk(member.node):
            if isinstance(node, ast.Dict) and len({"type", "key", "value"} & _keys(node).keys()) > 1:
                yield member, node
    for member, value in _response_parts(subject, "metrics"):
        found = resolved(value, assigned_once(member.node))
        elements = found.elts if isinstance(found, ast.List | ast.Tuple) else [found]
        for each in elements:
            each = resolved(each, assigned_once(member.node))
            if isinstance(each, ast.Dict) and None not in each.keys:
                yield member, each


def _keys(node: ast.Dict) -> dict[str, ast.expr]:
    return {
        str(key.value): value
        for key, value in zip(node.keys, node.values, strict=True)
        if isinstance(key, ast.Constant)
    }


@rule(
    "D502",
    Severity.ERROR,
    title="a metric is not a metric",
    why="A metric has a type (COUNTER, GAUGE or TIMER, exactly so), a key and a number as its value; "
    "anything else answers 500, Bad metric created during request.",
    fix='write {"type": "COUNTER", "key": "calls", "value": 1}',
    bad="def metrics(self):\n    return [{'type': 'counter', 'key': 'calls', 'value': 1}]",
    good="def metrics(self):\n    return [{'type': 'COUNTER', 'key': 'calls', 'value': 1}]",
)
def no_metric(subject: Subject) -> Iterator[Spot]:
    """Missing keys, unknown types, values that certainly are no numbers."""
    for member, node in _metric_dicts(subject):
        keys = _keys(node)
        missing = [key for key in ("type", "key", "value") if key not in keys]
        if missing and None not in node.keys:
            yield at(member, node, f"this metric has no {' and no '.join(missing)}")
        kind = literal(keys.get("type"))
        if kind is not ... and kind not in METRIC_TYPES:
            yield at(member, keys["type"], f"{kind!r} is no type of metric; use {', '.join(METRIC_TYPES)}")
        value = kind_of(keys["value"], member.text, assigned_once(member.node)) if "value" in keys else None
        if value in (Kind.STR, Kind.NONE, Kind.LIST, Kind.DICT, Kind.TUPLE, Kind.BYTES):
            yield at(
                member, keys["value"], f"the value of this metric is {value.value}, and has to be a number"
            )


@rule(
    "D503",
    Severity.ERROR,
    title="the name of a metric is none that Prometheus takes",
    why="seldon-core records it, and from then on every scrape of the metrics endpoint answers 500, until "
    "the worker ends.",
    fix="letters, digits, _ and :, the first no digit",
    bad="def metrics(self):\n    return [{'type': 'GAUGE', 'key': 'queue-length', 'value': 1}]",
    good="def metrics(self):\n    return [{'type': 'GAUGE', 'key': 'queue_length', 'value': 1}]",
)
def bad_metric_name(subject: Subject) -> Iterator[Spot]:
    """Literal names of metrics, also in create_counter and its like."""
    for member, node in _metric_dicts(subject):
        yield from _bad_name(member, _keys(node).get("key"))
    for member in subject.reach(*REQUEST_HOOKS, "metrics"):
        for call in walk(member.node):
            if isinstance(call, ast.Call) and member.text.dotted(call.func).endswith(
                ("create_counter", "create_gauge", "create_timer")
            ):
                yield from _bad_name(member, call.args[0] if call.args else None)


def _bad_name(member: Member, node: ast.expr | None) -> Iterator[Spot]:
    name = literal(node)
    if node is not None and name is not ... and not (isinstance(name, str) and METRIC_NAME.match(name)):
        yield at(member, node, f"{name!r} is no name of a metric: the endpoint fails from the first one on")


@rule(
    "D504",
    Severity.ERROR,
    title="the tags of a metric are no labels",
    why="Tags of metrics become labels: text to text. A number answers 500; a name with other characters "
    "than letters, digits and _ makes the exposition invalid.",
    fix="str(value), and plain names",
    bad="def metrics(self):\n    return [{'type': 'GAUGE', 'key': 'k', 'value': 1, 'tags': {'fold': 3}}]",
    good="def metrics(self):\n    return [{'type': 'GAUGE', 'key': 'k', 'value': 1, 'tags': {'fold': '3'}}]",
)
def bad_labels(subject: Subject) -> Iterator[Spot]:
    """Tags of metrics whose names or values certainly are no labels."""
    for member, node in _metric_dicts(subject):
        tags = _keys(node).get("tags")
        names = assigned_once(member.node)
        if isinstance(tags, ast.Constant):
            yield at(member, tags, f"the tags of this metric are {tags.value!r}, and have to be a dict")
        if not isinstance(tags, ast.Dict):
            continue
        for key, value in _keys(tags).items():
            kind = kind_of(value, member.text, names)
            if kind is not None and kind not in (Kind.STR, Kind.JSON_TEXT):
                yield at(member, value, f"the label {key} is {kind.value}, and has to be a str")
            if not LABEL_NAME.match(key):
                yield at(member, value, f"{key!r} is no name of a label")


@rule(
    "D505",
    Severity.WARNING,
    title="a label is replaced by Seldon's own",
    why="Labels that Seldon sets win over tags of the same name, and nobody says so.",
    fix="choose another name",
    bad="def metrics(self):\n"
    "    return [{'type': 'GAUGE', 'key': 'k', 'value': 1, 'tags': {'model_name': 'a'}}]",
    good="def metrics(self):\n"
    "    return [{'type': 'GAUGE', 'key': 'k', 'value': 1, 'tags': {'variant': 'a'}}]",
)
def replaced_label(subject: Subject) -> Iterator[Spot]:
    """Tags of metrics under the names of Seldon's labels."""
    taken = {*unit_labels(Unit()), "method", "worker_id"}
    for member, node in _metric_dicts(subject):
        tags = _keys(node).get("tags")
        for key, value in _keys(tags).items() if isinstance(tags, ast.Dict) else ():
            if key in taken:
                yield at(member, value, f"the label {key} is Seldon's own: this value is never seen")


@rule(
    "D506",
    Severity.WARNING,
    title="a COUNTER is given a running total",
    why="Seldon adds the value at every request: 1, then 1 + 2, then 1 + 2 + 3.",
    fix="give what this request adds, usually 1; or make it a GAUGE",
    bad="def predict(self, X, names):\n    self.n += 1\n    return X\n\ndef metrics(self):\n"
    "    return [{'type': 'COUNTER', 'key': 'calls', 'value': self.n}]",
    good="def metrics(self):\n    return [{'type': 'COUNTER', 'key': 'calls', 'value': 1}]",
)
def running_total(subject: Subject) -> Iterator[Spot]:
    """COUNTERs whose value is an attribute that ``+=`` is done to."""
    totals = {
        node.target.attr
        for member in subject.reach(*REQUEST_HOOKS)
        for node in walk(member.node)
        if isinstance(node, ast.AugAssign)
        and isinstance(node.op, ast.Add)
        and isinstance(node.target, ast.Attribute)
    }
    for member, node in _metric_dicts(subject):
        value = _keys(node).get("value")
        if (
            literal(_keys(node).get("type")) == "COUNTER"
            and isinstance(value, ast.Attribute)
            and value.attr in totals
        ):
            yield at(
                member, value, f"{ast.unparse(value)} is a total already, and Seldon adds it up once more"
            )


@rule(
    "D507",
    Severity.WARNING,
    title="a TIMER is given seconds",
    why="Seldon takes milliseconds and divides by 1000.",
    fix="multiply: (time.perf_counter() - started) * 1000",
    bad="def predict(self, X, names):\n    started = time.time()\n    took = time.time() - started\n"
    "    return SeldonResponse(X, metrics=[{'type': 'TIMER', 'key': 't', 'value': took}])",
    good="def predict(self, X, names):\n    started = time.time()\n"
    "    took = (time.time() - started) * 1000\n"
    "    return SeldonResponse(X, metrics=[{'type': 'TIMER', 'key': 't', 'value': took}])",
)
def timer_in_seconds(subject: Subject) -> Iterator[Spot]:
    """TIMERs whose value is a difference of two readings of a clock in seconds."""
    for member, node in _metric_dicts(subject):
        if literal(_keys(node).get("type")) != "TIMER":
            continue
        value = resolved(_keys(node).get("value"), assigned_once(member.node))
        if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Sub):
            clocks = {member.text.dotted(each.func) for each in ast.walk(value) if isinstance(each, ast.Call)}
            if clocks & {"time.time", "time.perf_counter", "time.monotonic", "time.process_time"}:
                yield at(member, node, "this TIMER is in seconds, and Seldon takes milliseconds")


@rule(
    "D508",
    Severity.ERROR,
    title="tags cannot be sent",
    why="Tags are a dict, sent as JSON or protobuf with every reply. Numpy numbers, bytes and sets fail "
    "on both, keys that are no text over gRPC: every request is an error.",
    fix="return {'name': str(value)}; float(...) and int(...) for numpy's numbers",
    bad="import numpy as np\n\nclass MyModel:\n    def tags(self):\n"
    "        return {'best': np.argmax([1, 2])}",
    good="import numpy as np\n\nclass MyModel:\n    def tags(self):\n"
    "        return {'best': int(np.argmax([1, 2]))}",
)
def unsendable_tags(subject: Subject) -> Iterator[Spot]:
    """What tags() returns, and what SeldonResponse is given as tags, where it certainly cannot be sent."""
    for member in subject.hooks(("tags",)):
        for node, kind, value in kinds_returned(member):
            if kind in _NO_TAGS:
                yield at(member, node, f"tags returns {kind.value}, and has to return a dict")
            yield from _bad_tags(member, value)
    for member, value in _response_parts(subject, "tags"):
        yield from _bad_tags(member, resolved(value, assigned_once(member.node)))


_NO_TAGS = frozenset({Kind.STR, Kind.INT, Kind.FLOAT, Kind.SET, Kind.BYTES, Kind.JSON_TEXT})
_BAD_TAGS: Mapping[Kind, str] = {
    each: each.value
    for each in (
        *(Kind.NUMPY_INT, Kind.NUMPY_SCALAR, Kind.ARRAY, Kind.BYTES, Kind.SET, Kind.FRAME),
        Kind.TIME,
    )
}


def _bad_tags(member: Member, value: ast.expr | None) -> Iterator[Spot]:
    if not isinstance(value, ast.Dict):
        return
    for key, inner in members_of(value):
        kind = kind_of(inner, member.text, assigned_once(member.node))
        if kind is not None and kind in _BAD_TAGS:
            where = f"the tag {ast.unparse(key)}" if key is not None else "a value in a tag"
            yield at(member, inner, f"{where} is {kind.value}, which cannot be sent")
        if isinstance(key, ast.Constant) and not isinstance(key.value, str):
            yield at(member, key, f"the tag {key.value!r} is no text: over gRPC it cannot be sent")
