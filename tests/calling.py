"""One component behind a dispatcher, called over either codec without a socket."""

import itertools
import json
from collections.abc import Callable, Sequence
from typing import Any

from seldon_workbench.component import Component
from seldon_workbench.dispatch import Dispatcher, Exchange
from seldon_workbench.errors import WorkbenchError
from seldon_workbench.message import Codec
from seldon_workbench.metadata import ModelMetadata
from seldon_workbench.methods import PREDICT, SEND_FEEDBACK, Input, Method
from seldon_workbench.metrics import MetricStore, Sample
from seldon_workbench.server import wire
from seldon_workbench.server.wires import GRPC, REST, REST_FEEDBACK
from seldon_workbench.settings import Settings, Unit
from seldon_workbench.threads import WorkerThreads

NDARRAY = {"data": {"ndarray": [[1, 2]]}}
"""A request like any other."""


class Caller:
    """A component and everything around it but the sockets."""

    def __init__(
        self,
        subject: object,
        *,
        env: dict[str, str] | None = None,
        metadata: ModelMetadata | WorkbenchError | None = None,
        subscribers: Sequence[Callable[[Exchange], None]] = (),
        **flags: Any,
    ) -> None:
        settings = Settings.from_env(env or {}, **flags)
        self.subject = subject
        self.exchanges: list[Exchange] = []
        self.workers = WorkerThreads(settings.threads, "test-worker")
        self.metrics = MetricStore(settings.unit, worker_id="7")
        ticks = itertools.count()
        self.dispatcher = Dispatcher(
            Component(subject, type(subject).__name__),
            settings=settings,
            metadata=ModelMetadata() if metadata is None else metadata,
            metrics=self.metrics,
            workers=self.workers,
            subscribers=(*subscribers, self.exchanges.append),
            clock=lambda: float(next(ticks)),
        )

    def json(self, method: Method, payload: Any = None) -> Any:
        """The JSON reply to a payload in plain Python. Raises WorkbenchError."""
        return json.loads(self.raw_json(method, payload))

    def raw_json(self, method: Method, payload: Any = None) -> bytes:
        """The same as bytes, for a payload in plain Python or as JSON text."""
        raw = payload if isinstance(payload, bytes | str) else json.dumps(payload)
        codec: Codec = REST_FEEDBACK if method is SEND_FEEDBACK else REST
        reply: bytes = self.dispatcher.call(method, None if method.input is Input.NOTHING else raw, codec)
        return reply

    def proto(self, method: Method, message: Any) -> Any:
        """The protobuf reply to a protobuf request. Raises WorkbenchError."""
        raw = message.SerializeToString()
        return wire.SeldonMessage.FromString(self.dispatcher.call(method, raw, GRPC))

    def predict(self, payload: Any = NDARRAY) -> Any:
        """The JSON reply of predict."""
        return self.json(PREDICT, payload)

    def counted(self) -> dict[tuple[str, str], float]:
        """What was recorded: value by metric key and method. Buckets are left out."""
        return {
            (sample.key, dict(sample.labels)["method"]): value
            for sample, value in self.metrics.samples().items()
            if sample.part in ("", "sum")
        }

    def close(self) -> None:
        """End the threads."""
        self.workers.stop(0.0)


Serve = Callable[..., Caller]
"""What the fixture ``serve`` is."""


def sample_of(store: MetricStore, key: str, part: str = "") -> tuple[Sample, float]:
    """The one sample of a store under a key."""
    ((sample, value),) = [
        (each, value) for each, value in store.samples().items() if (each.key, each.part) == (key, part)
    ]
    return sample, value


def store(unit: Unit | None = None, worker_id: str = "7") -> MetricStore:
    """A store of a unit the platform says nothing about."""
    return MetricStore(unit or Unit(), worker_id=worker_id)
