"""Samples in Prometheus' text format.

Imported at the first scrape and not before.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from seldon_workbench.metrics import BUCKETS, Labels, Sample

__all__ = ["Families", "expose"]

logger = logging.getLogger(__name__)


def expose(samples: Mapping[Sample, float]) -> bytes:
    """The samples in Prometheus' text format, one family per metric."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Families(samples))
    return generate_latest(registry)


class Families(Collector):
    """Samples as prometheus-client collects them: one family per metric."""

    def __init__(self, samples: Mapping[Sample, float]) -> None:
        self._samples = samples

    def collect(self) -> Iterable[Metric]:
        """The families, in the order they were first recorded."""
        families: dict[tuple[str, str], Members] = {}
        for sample, value in self._samples.items():
            # The exposition ends a counter's name in _total, which must not double it.
            name = sample.key.removesuffix("_total") if sample.type == "COUNTER" else sample.key
            families.setdefault((sample.type, name), []).append((sample, value))
        taken: set[str] = set()
        # Not in the order they were recorded in: workers may have met them in different ones.
        for (kind, name), members in sorted(families.items(), key=lambda family: _RANKS[family[0][0]]):
            names = {name + ending for ending in _ENDINGS[kind]}
            if taken.isdisjoint(names):
                taken |= names
                yield _FAMILIES[kind](name, members)
            else:
                _complain(kind, name)


@lru_cache(maxsize=1000)
def _complain(kind: str, name: str) -> None:
    """Say once that a metric cannot be exposed."""
    logger.warning(
        "the %s %s is left out of the exposition: another metric is called so; rename one of them", kind, name
    )


_RANKS = {"COUNTER": 0, "TIMER": 1, "GAUGE": 2}
"""Who keeps a name that metrics of several types were recorded under: what adds up comes first."""

_ENDINGS = {"COUNTER": ("_total",), "TIMER": ("", "_bucket", "_count", "_sum"), "GAUGE": ("",)}
"""What the names of a type's series end in."""

Members = list[tuple[Sample, float]]

_HELP = "Recorded by the component."
"""Components describe no metrics; without any text linters of expositions complain."""


def _counters(name: str, members: Members) -> Metric:
    family = CounterMetricFamily(name, _HELP)
    totals: dict[Labels, float] = {}
    for sample, value in members:
        totals[sample.labels] = totals.get(sample.labels, 0.0) + value
    for labels, value in totals.items():
        family.add_sample(f"{name}_total", dict(labels), value)
    return family


def _gauges(name: str, members: Members) -> Metric:
    family = GaugeMetricFamily(name, _HELP)
    for sample, value in members:
        family.add_sample(name, dict(sample.labels), value)
    return family


def _timers(name: str, members: Members) -> Metric:
    family = HistogramMetricFamily(name, _HELP)
    series: dict[Labels, dict[str, float]] = {}
    for sample, value in members:
        series.setdefault(sample.labels, {})[sample.part] = value
    for labels, parts in series.items():
        _add_histogram(family, name, dict(labels), parts)
    return family


def _add_histogram(
    family: HistogramMetricFamily, name: str, labels: dict[str, str], parts: Mapping[str, float]
) -> None:
    seen = 0.0
    for index, bound in enumerate((*map(repr, BUCKETS), "+Inf")):
        seen += parts.get(str(index), 0.0)
        family.add_sample(f"{name}_bucket", labels | {"le": bound}, seen)
    family.add_sample(f"{name}_count", labels, seen)
    family.add_sample(f"{name}_sum", labels, parts.get("sum", 0.0))


_FAMILIES: dict[str, Callable[[str, Members], Metric]] = {
    "COUNTER": _counters,
    "GAUGE": _gauges,
    "TIMER": _timers,
}
