"""``SeldonMetrics``: the store of one process' metrics, under the name and with the methods users know."""

import os
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from seldon_workbench.compat import process
from seldon_workbench.compat.failures import as_seldon
from seldon_workbench.errors import BadMetric
from seldon_workbench.metrics import (
    CONTENT_TYPE,
    MetricStore,
    Recording,
    feedback_recordings,
    read_metrics,
)

__all__ = ["SeldonMetrics"]


class SeldonMetrics(MetricStore):
    """The metrics this process recorded. It is a collector that prometheus-client can register."""

    def __init__(
        self,
        worker_id_func: Callable[[], Any] = os.getpid,
        extra_default_labels: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(process.unit(), worker_id="")
        self._worker_id = worker_id_func
        self._base |= extra_default_labels or {}

    def record(self, method_tag: str, recordings: Iterable[Recording]) -> None:
        """Record metrics of one call of a method, under the id this worker has now."""
        # Asked at every call: a store may be made before its worker is forked.
        self._base = self._base | {"worker_id": str(self._worker_id())}
        super().record(method_tag, recordings)

    @as_seldon()
    def update(self, custom_metrics: list[dict[str, Any]], method: str) -> None:
        """Record metrics, as ``metrics()`` returns them, of a call of ``method``; all of them or none.

        One without a type is a counter. Raises SeldonMicroserviceException for what is no metric.
        """
        if not all(isinstance(entry, dict) for entry in custom_metrics):
            raise BadMetric(f"Bad metric created during request: {custom_metrics!r}")
        self.record(method, read_metrics([{"type": "COUNTER"} | entry for entry in custom_metrics]))

    def update_reward(self, reward: float) -> None:
        """Count one feedback and add up its reward."""
        self.record("feedback", feedback_recordings(reward))

    def collect(self) -> Iterable[Any]:
        """The metrics as families of prometheus-client."""
        from seldon_workbench.exposition import Families

        return Families(self.samples()).collect()

    def generate_metrics(self) -> tuple[str, str]:
        """The metrics in Prometheus' text format, and its media type."""
        from seldon_workbench.exposition import expose

        return expose(self.samples()).decode(), CONTENT_TYPE

    def clear(self) -> None:
        """Forget what this worker recorded."""
        worker = ("worker_id", str(self._worker_id()))
        with self._lock:
            for sample in [sample for sample in self._values if worker in sample.labels]:
                del self._values[sample]
