"""A request as the dispatcher holds it: decoded for the high-level hooks, or opened for a raw one."""

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from seldon_workbench.errors import PayloadError
from seldon_workbench.message import Feedback, PayloadKind, SeldonMessage
from seldon_workbench.raw_hooks import RawHook

__all__ = ["Asked", "Opened", "asked_feedback", "asked_message", "asked_messages"]


class Asked(NamedTuple):  # not a dataclass: one is made per request, and a tuple is made faster
    """A decoded request in the form every method shares."""

    requests: Sequence[SeldonMessage]
    """The messages whose meta the reply continues; the first decides kind and puid."""
    arguments: tuple[Any, ...]
    """What the hook is offered by position."""
    keywords: Mapping[str, Callable[[], Any]]
    """What it is offered by name; made only for a hook that takes it."""
    payload: Any
    """What a value hook that insists on an argument is given."""
    reward: float = 0.0
    """Of a feedback."""

    @property
    def puid(self) -> Any:
        """The puid of the first message."""
        return self.requests[0].meta.puid if self.requests else ""

    @property
    def is_json(self) -> bool:
        """Whether the first message carries jsonData."""
        return bool(self.requests) and self.requests[0].kind is PayloadKind.JSON

    @property
    def kind(self) -> PayloadKind:
        """The kind a numeric reply is sent as."""
        kind = self.requests[0].kind if self.requests else PayloadKind.TENSOR
        return kind if kind.is_array else PayloadKind.TENSOR


class Opened(NamedTuple):
    """A request in the wire's own form, for the raw hook that answers it."""

    hook: RawHook
    form: Any
    """Plain Python, or a protobuf message."""

    @property
    def puid(self) -> Any:
        """The puid of the message, of the first of several, or of a feedback's request."""
        form = self.form
        for inner in ("seldonMessages", "request"):
            form = _member(form, inner) or form
        first = form[0] if isinstance(form, Sequence) and not isinstance(form, str) and form else form
        return _member(_member(first, "meta"), "puid") or ""

    @property
    def reward(self) -> float:
        """The reward, if the message is a feedback."""
        return float(getattr(self.form, "reward", 0.0))


def _member(form: Any, name: str) -> Any:
    """A member of a message in either form; None if it has none of that name."""
    return form.get(name) if isinstance(form, dict) else getattr(form, name, None)


def asked_message(request: SeldonMessage) -> Asked:
    """One message."""
    return Asked(
        requests=(request,),
        arguments=(request.value, request.names),
        # A copy: what a component does to its meta stays with it.
        keywords={"meta": lambda: copy.deepcopy(request.meta.raw) if request.meta.raw else {}},
        payload=request.value,
    )


def asked_messages(requests: list[SeldonMessage]) -> Asked:
    """Several messages. Raises PayloadError if there is none."""
    if not requests:
        raise PayloadError("nothing to aggregate: the list of messages is empty")
    values = [request.value for request in requests]
    return Asked(
        requests=requests,
        arguments=(values, [request.names for request in requests]),
        keywords={"meta": lambda: [copy.deepcopy(request.meta.raw) for request in requests]},
        payload=values,
    )


def asked_feedback(feedback: Feedback, routing_key: str) -> Asked:
    """A feedback; ``routing_key`` is this unit's in the routing of the reply it is for."""
    return Asked(
        requests=(feedback.request,),
        arguments=(feedback.request.value, feedback.request.names, feedback.reward, feedback.truth),
        keywords={"routing": lambda: feedback.routing.get(routing_key)},
        payload=feedback.request.value,
        reward=feedback.reward,
    )
