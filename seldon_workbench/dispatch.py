"""One call of one method: decode, call the component, compose the reply, encode.

Rule: this is the only caller of user code, and it never asks which wire a request came over.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from seldon_workbench.asked import Asked, Opened, asked_feedback, asked_message, asked_messages
from seldon_workbench.component import UNNAMED, Component, user_traceback
from seldon_workbench.errors import (
    BadMetric,
    ComponentFailed,
    HookMissing,
    ReplyError,
    Unhealthy,
    UnknownReturnType,
    WorkbenchError,
    is_not_implemented,
)
from seldon_workbench.hooks import Hook
from seldon_workbench.message import (
    NO_META,
    Codec,
    Meta,
    PayloadKind,
    SeldonMessage,
    SeldonResponse,
    default_names,
    payload_of,
)
from seldon_workbench.metadata import ModelMetadata
from seldon_workbench.methods import (
    HEALTH_STATUS,
    ROUTE,
    SEND_FEEDBACK,
    TRANSFORM_INPUT,
    Input,
    Method,
    Missing,
)
from seldon_workbench.metrics import (
    MetricStore,
    Recording,
    echoed,
    feedback_recordings,
    read_metrics,
    read_raw_metrics,
)
from seldon_workbench.settings import Settings
from seldon_workbench.threads import WorkerThreads

__all__ = ["Dispatcher", "Exchange"]

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request that was answered."""

    method: Method
    started: float
    """Seconds since the epoch."""
    seconds: float
    """From the raw request to the encoded reply."""
    puid: Any
    error: WorkbenchError | None


class Dispatcher:
    """Answers methods by calling one component."""

    def __init__(
        self,
        component: Component,
        *,
        settings: Settings,
        metadata: ModelMetadata | WorkbenchError,
        metrics: MetricStore,
        workers: WorkerThreads,
        subscribers: Sequence[Callable[[Exchange], None]] = (),
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self.component = component
        self.metrics = metrics
        self.workers = workers
        self._settings = settings
        self._request_path = settings.unit.request_path
        self._metadata = metadata
        self._subscribers = subscribers
        self._clock = clock
        self._counting = threading.Lock()
        self._answered = 0
        self._failed = 0

    @property
    def answered(self) -> int:
        """Requests answered so far, failures included."""
        return self._answered

    @property
    def failed(self) -> int:
        """Requests answered with an error so far."""
        return self._failed

    def metadata(self) -> ModelMetadata:
        """The component's model metadata. Raises BadMetadata if what it said is not metadata."""
        if isinstance(self._metadata, WorkbenchError):
            raise self._metadata
        return self._metadata

    def runs_user_code(self, method: Method) -> bool:
        """Whether a call of a method reaches the component, and so waits for its threads."""
        return method.runs_user_code and not (method is HEALTH_STATUS and self.component.is_silent)

    def call(self, method: Method, raw: Any, codec: Codec) -> Any:
        """The encoded reply to a raw request.

        User code runs on the worker threads; this waits for it. Raises WorkbenchError: PayloadError
        for a request that cannot be understood, HookMissing, ComponentFailed around whatever the
        component raised, ReplyError and BadMetric for what it returned.
        """
        if not self.runs_user_code(method):
            return self._answer(method, raw, codec)
        return self.workers.run(self._answer, method, raw, codec)

    def _answer(self, method: Method, raw: Any, codec: Codec) -> Any:
        started, error, puid = self._clock(), None, ""
        self.workers.enter(f"{self.component.name}.{method.name}")
        try:
            asked = self._asked(method, raw, codec)
            puid = asked.puid
            if method is SEND_FEEDBACK and self._settings.feedback_metrics:
                self.metrics.record(method.metric_tag, feedback_recordings(asked.reward))
            try:
                encoded, recordings = self._encoded(method, asked, raw, codec)
            except WorkbenchError:
                raise
            except BaseException as raised:  # a returned value's own: its __array__, __str__ or __iter__
                raise ComponentFailed(raised) from raised
            # Only now: a request that fails has counted nothing.
            if recordings:
                self.metrics.record(method.metric_tag, recordings)
            return encoded
        except WorkbenchError as failure:
            error = failure
            _log(method, puid, failure)
            raise
        except Exception as bug:
            logger.exception("%s (puid=%s): unexpected failure of the workbench itself", method.name, puid)
            error = WorkbenchError(f"{type(bug).__name__}: {bug}", hint="the log has the traceback")
            raise error from bug
        finally:
            self.workers.leave()
            self._count(method, started, puid, error)

    def _asked(self, method: Method, raw: Any, codec: Codec) -> Asked | Opened:
        hook = self.component.raw_hook(method, codec.transport)
        return self._decode(method, raw, codec) if hook is None else Opened(hook, codec.open(raw, method))

    def _encoded(
        self, method: Method, asked: Asked | Opened, raw: Any, codec: Codec
    ) -> tuple[Any, list[Recording]]:
        if isinstance(asked, Opened):
            returned = self._returned_raw(asked, codec)
            if returned is None and method.missing is Missing.IGNORE:
                return self._composed(method, self._decode(method, raw, codec), None, codec)
            if returned is not _DECLINED:
                encoded, metrics = codec.seal(returned, with_metrics=self._settings.echo_metrics)
                return encoded, read_raw_metrics(metrics) if asked.hook.is_counted else []
            asked = self._decode(method, raw, codec)
        return self._composed(method, asked, self._returned(method, asked), codec)

    def _returned_raw(self, asked: Opened, codec: Codec) -> Any:
        """What a raw hook returned; ``_DECLINED`` if it leaves the request to the high-level hook."""
        try:
            return asked.hook(asked.form, codec.plain)
        except HookMissing:
            return _DECLINED
        except ComponentFailed as failure:
            if asked.hook.may_decline and is_not_implemented(failure.original):
                return _DECLINED
            raise

    def _decode(self, method: Method, raw: Any, codec: Codec) -> Asked:
        if method.input is Input.MESSAGE:
            return asked_message(codec.decode(raw))
        if method.input is Input.MESSAGES:
            return asked_messages(codec.decode_list(raw))
        if method.input is Input.FEEDBACK:
            return asked_feedback(codec.decode_feedback(raw), self._settings.unit.routing_key)
        return Asked((), (), {}, None)

    def _composed(
        self, method: Method, asked: Asked, returned: Any, codec: Codec
    ) -> tuple[Any, list[Recording]]:
        """The encoded reply around what a hook returned, and what there is to record."""
        response = _unwrapped(method, returned)
        kind, value, listed = self._payload(asked, response.data)
        metrics, recordings = self._metrics(method, asked, response)
        names = self._names(method, value, asked) if kind.is_array else []
        meta = self._meta(method, asked, response, metrics)
        return codec.encode(SeldonMessage(kind, value, names, meta, listed)), recordings

    def _returned(self, method: Method, asked: Asked) -> Any:
        hook = self.component.hook(method.name)
        if hook is None:
            return self._without_hook(method, asked)
        try:
            return hook(*asked.arguments, **asked.keywords)
        except HookMissing:
            return self._without_hook(method, asked)
        except ComponentFailed as failure:
            if method.missing is Missing.HEALTHY and is_not_implemented(failure.original):
                return _NOT_TOLD
            raise

    def _without_hook(self, method: Method, asked: Asked) -> Any:
        if method.missing is Missing.PASS_THROUGH:
            return asked.payload
        if method.missing is Missing.IGNORE:
            return None
        if method.missing is Missing.HEALTHY:
            return _NOT_TOLD if self.component.is_stubbed(method.name) else "healthy"
        raise self.component.why_missing(method)

    def _metrics(
        self, method: Method, asked: Asked, response: SeldonResponse
    ) -> tuple[list[Any], list[Recording]]:
        carried: list[Any] = []
        if method is HEALTH_STATUS and "quiet-health" in self._settings.improvements:
            return carried, []
        if method.keeps_request_meta:
            for request in asked.requests:
                carried.extend(request.meta.metrics)
        gives_none = isinstance(response.metrics, list) and not response.metrics
        if gives_none and self.component.hook("metrics") is None:
            return carried, []
        recordings = read_metrics(response.metrics)
        own: Any = self._value_of("metrics", asked, default=[])
        recordings += read_metrics(own)
        if self._settings.echo_metrics and recordings:
            label = None if "metric-tags" in self._settings.improvements else method.metric_tag
            carried += echoed(own, label) + echoed(response.metrics, label)
        return carried, recordings

    def _payload(self, asked: Asked, returned: Any) -> tuple[PayloadKind, Any, list[Any] | None]:
        improvements = self._settings.improvements
        if "json-data" in improvements and asked.is_json and _is_json(returned):
            return PayloadKind.JSON, returned, None
        kind, value, listed = payload_of(returned, asked.kind)
        if "mixed-lists" in improvements and listed is not None and kind is PayloadKind.NDARRAY:
            value = np.array(listed, dtype=object)
        return kind, value, listed

    def _names(self, method: Method, array: Any, asked: Asked) -> Any:
        if array.ndim < 2:
            return []
        if method is TRANSFORM_INPUT and "feature-names" in self._settings.improvements:
            given = self._value_of("feature_names", asked, default=asked.requests[0].names)
            if len(given) == array.shape[1]:
                return list(given)
        names = self.component.class_names(asked.payload)
        return default_names(array.shape[1]) if names is UNNAMED else names

    def _meta(self, method: Method, asked: Asked, response: SeldonResponse, metrics: list[Any]) -> Meta:
        tags: dict[Any, Any] = {}
        path: dict[str, Any] = dict(self._request_path)
        if method.keeps_request_meta:
            for request in asked.requests:
                tags.update(request.meta.tags or ())
                path.update(request.meta.request_path or ())
        tags.update(_tags("tags()", self._value_of("tags", asked, default=None)))
        tags.update(_tags("SeldonResponse.tags", response.tags))
        if not (tags or path or metrics or asked.puid):
            return NO_META
        return Meta(puid=asked.puid, tags=tags, request_path=path, metrics=metrics)

    def _value_of(self, name: str, asked: Asked, default: Any) -> Any:
        """What a hook without arguments says, or the default where the component has none."""
        hook: Hook | None = self.component.hook(name)
        if hook is None:
            return default
        try:
            return hook(asked.payload)
        except HookMissing:
            return default

    def _count(self, method: Method, started: float, puid: Any, error: WorkbenchError | None) -> None:
        with self._counting:
            self._answered += 1
            self._failed += error is not None
        if self._subscribers:
            seconds = self._clock() - started
            exchange = Exchange(method, time.time() - seconds, seconds, puid, error)
            for tell in tuple(self._subscribers):
                _tell(tell, exchange)


def _tell(subscriber: Callable[[Exchange], None], exchange: Exchange) -> None:
    try:
        subscriber(exchange)
    except Exception:  # whoever looks on must not spoil the reply
        logger.exception("a subscriber failed")


_NOT_TOLD = "not implemented - assuming healthy"
"""The health of a component that declines to tell it."""

_DECLINED = object()
"""In place of a raw hook's reply: it does not answer this request."""


def _unwrapped(method: Method, returned: Any) -> SeldonResponse:
    if method is HEALTH_STATUS:
        return SeldonResponse(_health(returned))
    response = SeldonResponse.create(returned)
    if method is ROUTE:
        return SeldonResponse(_route(response.data), response.tags, response.metrics)
    if response.data is None and method.missing is Missing.IGNORE:
        return SeldonResponse([], response.tags, response.metrics)
    return response


def _route(branch: Any) -> Any:
    """A route as Seldon sends it: a 1 x 1 array. ``True`` is no route, ``np.int64(1)`` is one."""
    if isinstance(branch, bool | np.bool_) or not isinstance(branch, int | np.integer):
        raise UnknownReturnType(f"Routing response must be int but got {branch}")
    return np.array([[int(branch)]])


def _is_json(returned: Any) -> bool:
    return returned is None or isinstance(returned, list | str | int | float)


def _health(said: Any) -> Any:
    if said is None or said is True:
        return "healthy"
    if said is False:
        raise Unhealthy("the component says it is not healthy")
    return said


def _tags(source: str, given: Any) -> dict[Any, Any]:
    try:
        return dict(given) if given else {}
    except (TypeError, ValueError) as error:
        raise ReplyError(f"{source} is {given!r}, which is no dict of tags") from error


def _log(method: Method, puid: Any, failure: WorkbenchError) -> None:
    facts = {"puid": puid}  # for logs that are read by machines
    if isinstance(failure, ComponentFailed):
        original = failure.original
        cause = (type(original), original, user_traceback(original))
        logger.error("%s failed (puid=%s): %s", method.name, puid, failure, exc_info=cause, extra=facts)
    elif isinstance(failure, ReplyError | BadMetric):
        logger.error("%s failed (puid=%s): %s", method.name, puid, failure, extra=facts)
    else:
        logger.warning("%s refused (puid=%s): %s", method.name, puid, failure, extra=facts)
