"""A component constructed, loaded and called with examples over both wires: what only shows when it runs.

Rule: user code runs here. In a terminal this is a process of its own; what it sees it tells at once, so that
a component that hangs or dies has been watched up to there.
"""

import copy
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from seldon_workbench.asked import Asked, asked_feedback, asked_message, asked_messages
from seldon_workbench.component import construct
from seldon_workbench.dispatch import Dispatcher
from seldon_workbench.doctor.observations import Observation, Tell
from seldon_workbench.doctor.values import differences, oddities
from seldon_workbench.errors import (
    BadMetric,
    BadParameter,
    ComponentFailed,
    LoadFailed,
    ReplyError,
    WorkbenchError,
)
from seldon_workbench.example import payload_for
from seldon_workbench.hooks import Hook
from seldon_workbench.message import SeldonResponse, payload_of
from seldon_workbench.methods import BY_NAME, HEALTH_STATUS, ROUTE, SEND_FEEDBACK, Input, Method, Missing
from seldon_workbench.metrics import MetricStore, read_metrics
from seldon_workbench.server import wire
from seldon_workbench.server.proto_json import from_json, to_json
from seldon_workbench.server.wires import GRPC, REST, REST_FEEDBACK
from seldon_workbench.settings import Parameters, Settings
from seldon_workbench.target import Built, Target, build
from seldon_workbench.threads import WorkerThreads

__all__ = ["probe"]

SLOW_START = 2.0
"""Seconds that importing and constructing may take: nothing listens meanwhile."""

SLOW_LOAD = 70.0
"""Seconds after which the operator's default liveness probe has restarted a container: 60 + 2 x 5."""

PROBE_TIMEOUT = 1.0
"""Seconds that a probe of Kubernetes waits by default."""


def probe(find: Callable[[], Target], parameters: Parameters, tell: Tell, payload: Any = None) -> None:
    """Construct, load and call a component. What is seen is told while it goes on; nothing is raised."""
    tell(Observation("", "import and __init__"))
    try:
        built = _started(find, parameters, tell)
    except (LoadFailed, BadParameter) as failure:
        original = failure.original if isinstance(failure, LoadFailed) else None
        tell(_located("R101", str(failure), original))
        return
    if isinstance(built.metadata, WorkbenchError):
        tell(Observation("R306", built.metadata.hint or built.metadata.text))
    trial = _Trial(built, tell)
    try:
        for name in built.component.implemented:
            tell(Observation("", name))
            trial.method(BY_NAME[name], payload)
    finally:
        trial.workers.stop(0.0)


def _started(find: Callable[[], Target], parameters: Parameters, tell: Tell) -> Built:
    started = time.perf_counter()
    target = find()
    if isinstance(target.subject, type):
        target, parameters = replace(target, subject=construct(target.subject, parameters)), {}
    constructed = time.perf_counter()
    if constructed - started > SLOW_START:
        tell(Observation("R102", f"importing and constructing took {constructed - started:.1f} s"))
    tell(Observation("", "load()"))
    built = build(target, parameters, Settings().unit)
    took = time.perf_counter() - constructed
    if took > SLOW_LOAD:
        tell(Observation("R103", f"load() took {took:.0f} s"))
    return built


class _Trial:
    """One component being tried."""

    def __init__(self, built: Built, tell: Tell) -> None:
        self.built = built
        self.tell = tell
        self.workers = WorkerThreads(1, "seldon-doctor")
        settings = Settings()
        self.dispatcher = Dispatcher(
            built.component,
            settings=settings,
            metadata=built.metadata,
            metrics=MetricStore(settings.unit, worker_id="trial"),
            workers=self.workers,
        )

    def method(self, method: Method, payload: Any) -> None:
        """Try one method: its hook by itself, what it reports, and the whole of it over both wires."""
        hook = self.built.component.hook(method.name)
        if method is HEALTH_STATUS:
            self._health(hook)
            return
        if payload is None or method.input is not Input.MESSAGE:
            payload = payload_for(method, self.built.component.subject, self.built.metadata)
        if payload is None:
            self.tell(Observation("R106", f"{method.name} was not called: its example would be too large"))
        elif hook is None or self._direct(method, hook, payload):
            self._wires(method, payload)

    # ---- one hook by itself ------------------------------------------------------------------------

    def _direct(self, method: Method, hook: Hook, payload: Any) -> bool:
        """Whether the hook itself, and what is reported with it, can be sent over both wires."""
        is_well = True
        for codec, raw in _requests(method, payload):
            asked = _asked(method, codec, raw)
            before = copy.deepcopy(asked.arguments)
            meta: dict[str, Any] = {"puid": "doctor", "tags": {}}
            given = copy.deepcopy(meta)
            try:
                returned = hook(*asked.arguments, **_keywords(asked, given))
            except ComponentFailed as failure:
                self.tell(_located("R201", _over(method, codec, failure), failure.original))
                return False
            if not _same(before[:1], asked.arguments[:1]):
                self.tell(Observation("R205", f"{method.name} changes the payload it is given"))
            if given != meta:
                self.tell(Observation("R206", f"{method.name} changes the meta it is given"))
            is_well = self._returned(method, returned, asked) and is_well
        return is_well

    def _returned(self, method: Method, returned: Any, asked: Asked) -> bool:
        response = SeldonResponse.create(returned)
        if response.data is None and method.missing is Missing.IGNORE:
            return True
        if method is ROUTE:
            self._route(response.data)
            return self._reports(asked)
        try:
            kind, value, _ = payload_of(response.data, asked.kind)
        except ReplyError as error:
            self.tell(Observation("R202", f"{method.name}: {error.hint or error.text}"))
            return False
        if kind.is_array:
            self._names(method, value)
        for code, message in oddities(response.data):
            self.tell(Observation(code, f"{method.name} returns {message}"))
        return self._reports(asked)

    def _route(self, branch: Any) -> None:
        if isinstance(branch, np.integer):
            self.tell(Observation("R210", f"route returns a {type(branch).__name__}, which is no int"))
        elif type(branch) is not int:
            self.tell(Observation("R202", f"route returns {_short(branch)}, which is no int"))

    def _names(self, method: Method, array: Any) -> None:
        if array.ndim < 2 or self.built.component.hook("class_names") is None:
            return
        names = self.built.component.class_names(array)
        if isinstance(names, list) and len(names) != array.shape[1]:
            message = f"{method.name} returns {array.shape[1]} columns, and class_names names {len(names)}"
            self.tell(Observation("R303", message))

    def _reports(self, asked: Asked) -> bool:
        """Whether tags() and metrics() can be sent."""
        tags = self._said("tags", asked, "R301")
        metrics = self._said("metrics", asked, "R302")
        try:
            json.dumps(dict(tags or {}), allow_nan=False)
        except (TypeError, ValueError) as error:
            self.tell(Observation("R301", f"tags() returns {_short(tags)}: {error}"))
            return False
        if metrics is not None and not isinstance(metrics, list):
            self.tell(Observation("R302", f"metrics() returns a {type(metrics).__name__}, not a list"))
        try:
            read_metrics([] if metrics is None else metrics)
        except BadMetric as error:
            self.tell(Observation("R302", f"metrics(): {str(error).rpartition(': ')[2]}"))
            return False
        return True

    def _said(self, name: str, asked: Asked, code: str) -> Any:
        hook = self.built.component.hook(name)
        try:
            return hook(asked.payload) if hook else None
        except ComponentFailed as failure:
            self.tell(_located(code, f"{name}() fails: {failure}", failure.original))
        except WorkbenchError:  # a stub of SeldonComponent
            pass
        return None

    def _health(self, hook: Hook | None) -> None:
        started = time.perf_counter()
        try:
            said = hook() if hook else ""
        except ComponentFailed as failure:
            self.tell(_located("R201", f"health_status fails: {failure}", failure.original))
            return
        took = time.perf_counter() - started
        if took > PROBE_TIMEOUT:
            self.tell(
                Observation("R304", f"health_status took {took:.1f} s; a probe waits {PROBE_TIMEOUT:.0f} s")
            )
        if not isinstance(said, str | bytes | dict | list | np.ndarray):
            self.tell(Observation("R305", f"health_status returns {_short(said)}"))

    # ---- over the wires ----------------------------------------------------------------------------

    def _wires(self, method: Method, payload: Any) -> None:
        replies: list[Any] = []
        for codec, raw in _requests(method, payload):
            try:
                reply = self.dispatcher.call(method, raw, codec)
            except WorkbenchError as failure:
                original = failure.original if isinstance(failure, ComponentFailed) else None
                self.tell(_located("R201", _over(method, codec, failure), original))
                return
            replies.append(_plain(codec, reply))
        if method is not SEND_FEEDBACK:  # which speaks protobuf's JSON on both
            for code, message in differences(*replies):
                self.tell(Observation(code, f"{method.name}: {message}"))


Wire = Any


def _requests(method: Method, payload: Any) -> Iterator[tuple[Wire, Any]]:
    """The payload in the form of either wire."""
    yield (REST_FEEDBACK if method is SEND_FEEDBACK else REST), json.dumps(payload)
    kinds = {
        Input.MESSAGE: wire.SeldonMessage,
        Input.MESSAGES: wire.SeldonMessageList,
        Input.FEEDBACK: wire.Feedback,
    }
    yield GRPC, from_json(payload, kinds[method.input]()).SerializeToString()


def _asked(method: Method, codec: Wire, raw: Any) -> Asked:
    if method.input is Input.FEEDBACK:
        return asked_feedback(codec.decode_feedback(raw), "0")
    if method.input is Input.MESSAGES:
        return asked_messages(codec.decode_list(raw))
    return asked_message(codec.decode(raw))


def _keywords(asked: Asked, meta: dict[str, Any]) -> Mapping[str, Callable[[], Any]]:
    """What the hook is offered by name, with a meta that is kept to be looked at afterwards."""
    return {"meta": lambda: meta} if "meta" in asked.keywords and len(asked.requests) == 1 else asked.keywords


def _plain(codec: Wire, reply: Any) -> Any:
    return to_json(wire.SeldonMessage.FromString(reply)) if codec is GRPC else json.loads(reply)


def _over(method: Method, codec: Wire, failure: WorkbenchError) -> str:
    original = failure.original if isinstance(failure, ComponentFailed) else failure
    return f"{method.name} fails over {_NAMES[codec.transport]}: {type(original).__name__}: {failure}"


_NAMES: Mapping[str, str] = {"rest": "REST", "grpc": "gRPC"}


def _same(before: Any, after: Any) -> bool:
    if isinstance(before, np.ndarray) or isinstance(after, np.ndarray):
        left, right = np.asarray(before), np.asarray(after)
        return left.shape == right.shape and left.dtype == right.dtype and left.tolist() == right.tolist()
    if isinstance(before, list | tuple):
        return len(before) == len(after) and all(map(_same, before, after))
    return bool(before == after)


def _located(code: str, message: str, original: BaseException | None) -> Observation:
    """An observation at the innermost line of the component's own files."""
    traceback, place = original.__traceback__ if original else None, ("", 0)
    while traceback is not None:
        file = traceback.tb_frame.f_code.co_filename
        if "site-packages" not in file and "seldon_workbench" not in file and not file.startswith("<frozen"):
            place = (file, traceback.tb_lineno)
        traceback = traceback.tb_next
    return Observation(code, message, *place)


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
