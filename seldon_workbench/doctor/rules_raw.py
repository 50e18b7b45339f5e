"""Theme 6, raw hooks: they see the wire, and there are two."""

import ast
from collections.abc import Iterator

from seldon_workbench.doctor.findings import Severity, Spot, Where, at, rule
from seldon_workbench.doctor.inference import Kind, kinds_returned
from seldon_workbench.doctor.source import ANSWERING, RAW_HOOKS
from seldon_workbench.doctor.subject import Member, Subject
from seldon_workbench.doctor.syntax import body, falls_through, is_stub_body, returns, walk

_RAW = tuple(name for name in RAW_HOOKS if name.endswith("_raw"))
_OF_TRANSPORT = tuple(
    name for name in RAW_HOOKS if not name.endswith("_raw") and not name.startswith("health")
)


@rule(
    "D601",
    Severity.ERROR,
    title="a raw hook returns nothing",
    why="What a raw hook returns is sent as it stands: null over REST, an error over gRPC; None out of "
    "send_feedback_raw answers 500.",
    fix='return {"data": {"ndarray": ...}}, or a SeldonMessage',
    bad="def predict_raw(self, request):\n    data = request['data']['ndarray']",
    good="def predict_raw(self, request):\n    return request",
)
def raw_returns_nothing(subject: Subject) -> Iterator[Spot]:
    """Raw hooks that end without a value."""
    for member in subject.hooks(_RAW):
        found = [each for each in returns(member.node) if each.value is not None]
        if not found and falls_through(body(member.node)) and not is_stub_body(member.node):
            yield at(
                member, member.node, f"{member.name} returns nothing: null over REST, an error over gRPC"
            )


@rule(
    "D602",
    Severity.WARNING,
    title="a raw hook treats its message as one wire's alone",
    why="Over REST it is a dict, over gRPC a SeldonMessage: request.get('data') fails on the one, "
    "request.data on the other. Both servers always run.",
    fix="if not isinstance(request, dict): request = seldon_core.utils.seldon_message_to_json(request)",
    bad="def predict_raw(self, request):\n    return {'data': request.get('data')}",
    good="def predict_raw(self, request):\n    if not isinstance(request, dict):\n"
    "        request = seldon_message_to_json(request)\n    return {'data': request.get('data')}",
    where=Where.SELDON,
)
def raw_for_one_wire(subject: Subject) -> Iterator[Spot]:
    """Uses that only a dict, or only a message, allows, in a hook that does not tell them apart."""
    for member in subject.hooks(
        tuple(name for name in _RAW if not name.startswith(("send_feedback", "health")))
    ):
        if not member.parameters or _tells_apart(member):
            continue
        for node, only in _uses(member, member.parameters[0]):
            yield at(member, node, f"{member.name} fails over {only}: its message is of another form there")
            break


def _tells_apart(member: Member) -> bool:
    told = ast.unparse(member.node)
    words = ("isinstance(", "hasattr(", "type(", "to_json", "MessageToDict", "_message(", "_proto(", "except")
    return any(word in told for word in words)


def _uses(member: Member, name: str) -> Iterator[tuple[ast.AST, str]]:
    for node in walk(member.node):
        match node:
            case ast.Attribute(value=ast.Name(id=used), attr=attribute) if used == name:
                yield (
                    node,
                    "gRPC" if attribute in ("get", "items", "keys", "values", "copy", "pop") else "REST",
                )
            case ast.Subscript(value=ast.Name(id=used)) if used == name:
                yield node, "gRPC"
            case _:
                pass


@rule(
    "D603",
    Severity.NOTE,
    title="a deprecated hook",
    why="seldon-core warns in its log, and does not collect metrics from what it returns.",
    fix="write predict_raw, which is for both wires",
    bad="def predict_rest(self, request):\n    return request",
    good="def predict_raw(self, request):\n    return request",
)
def deprecated_hook(subject: Subject) -> Iterator[Spot]:
    """``predict_rest``, ``predict_grpc``, ``send_feedback_rest``, ``send_feedback_grpc``."""
    for member in subject.hooks(_OF_TRANSPORT):
        if member.name.startswith(("predict", "send_feedback")):
            yield at(member, member.node, f"{member.name} is deprecated")


@rule(
    "D604",
    Severity.ERROR,
    title="a deprecated hook is used on the wrong wire",
    why="Only predict_rest and predict_grpc are chosen by wire. seldon-core takes transform_input_rest, "
    "route_grpc and their like on both, and fails on the other one.",
    fix="write transform_input, route, aggregate; or the _raw hook, telling dict and message apart",
    bad="def transform_input_rest(self, request):\n    return request",
    good="def transform_input(self, X, names):\n    return X",
    where=Where.SELDON,
)
def hook_on_wrong_wire(subject: Subject) -> Iterator[Spot]:
    """``_rest`` and ``_grpc`` hooks of any verb but predict and send_feedback."""
    for member in subject.hooks(_OF_TRANSPORT):
        verb, _, wire = member.name.rpartition("_")
        if verb in ANSWERING and not verb.startswith(("predict", "send_feedback")):
            other = "gRPC" if wire == "rest" else "REST"
            yield at(
                member, member.node, f"{member.name} is used over {other} too, where its reply cannot be sent"
            )


@rule(
    "D605",
    Severity.WARNING,
    title="a raw hook returns a status beside its message",
    why="Tuples are not Flask's here: ({...}, 400) is sent as the JSON list [{...}, 400], with status 200.",
    fix='put it into the message: {"status": {"code": 400, ...}}, or raise SeldonMicroserviceException',
    bad="def predict_raw(self, request):\n    return {'status': {'info': 'bad'}}, 400",
    good="def predict_raw(self, request):\n    return {'status': {'info': 'bad', 'code': 400}}",
)
def raw_with_status(subject: Subject) -> Iterator[Spot]:
    """Tuples out of raw hooks."""
    for member in subject.hooks(_RAW):
        for node, kind, _ in kinds_returned(member):
            if kind is Kind.TUPLE:
                yield at(member, node, f"{member.name} returns a tuple, which is sent as a JSON list")
