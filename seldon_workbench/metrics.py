"""A component's metrics under Seldon's names, labels and buckets.

Rule: every sample changes under one lock. What several processes recorded is added up by the
exposition, never by the store.
"""

import json
import re
import threading
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from numbers import Number
from typing import Any, NamedTuple

from seldon_workbench.errors import BadMetric, one_of
from seldon_workbench.settings import Unit

__all__ = [
    "BUCKETS",
    "CONTENT_TYPE",
    "LABEL_NAME",
    "METRIC_NAME",
    "METRIC_TYPES",
    "MetricStore",
    "Recording",
    "Sample",
    "create_counter",
    "create_gauge",
    "create_timer",
    "echoed",
    "feedback_recordings",
    "is_valid",
    "read_metrics",
    "read_raw_metrics",
    "split_image_tag",
    "unit_labels",
]

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
"""Media type of the exposition."""

BUCKETS = (
    *(0.001, 0.0012341553253454693, 0.0015231393670785815, 0.0018797905611233593, 0.0023199535315445415),
    *(0.002863183005509725, 0.0035336125536884733, 0.004361026750842238, 0.005382184388525997),
    *(0.006642451525090608, 0.008197816923039709, 0.010117379411776668, 0.012486417679584786),
    *(0.015410178873747385, 0.019018554321561593, 0.02347185009632733, 0.028967908792092944),
    *(0.03575089889988335, 0.04412216226317852, 0.05445360152285871, 0.06720420230367624),
    *(0.0829404241586763, 0.10236136616184238, 0.12632982515827532, 0.15591062646904755),
    *(0.19241792993472334, 0.2374736129208902, 0.2930793240153456, 0.3617054084821892),
    *(0.44640065608455204, 0.5509277469444613, 0.6799304127720881, 0.8391397397870157),
    *(1.035628778567157, 1.2781267721496807, 1.5774069623151439, 1.9467652027782552),
    *(2.402610642206036, 2.965194718810281, 3.65951085290597, 4.516404807273444, 5.573945044312399),
    *(6.879113959621136, 8.489895126924782, 10.477849282518772, 12.931293490187748),
    *(15.959224724520412, 19.696162182151948, 24.30812344597087, 29.999999999999996),
)
"""Upper bounds of a timer's buckets in seconds, ``+Inf`` excepted."""

METRIC_TYPES = ("COUNTER", "GAUGE", "TIMER")
METRIC_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*\Z")
LABEL_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*\Z")

Labels = tuple[tuple[str, str], ...]


class Sample(NamedTuple):
    """What one number of the store counts."""

    type: str
    key: str
    labels: Labels
    """Sorted by name."""
    part: str = ""
    """Of a timer: ``sum``, or the index of a bucket. Empty otherwise."""


@dataclass(frozen=True, slots=True)
class Recording:
    """One metric of one call, ready to be recorded."""

    type: str
    key: str
    value: float
    """Added to a counter, set on a gauge, observed by a timer (milliseconds)."""
    tags: Mapping[str, str]


def create_counter(key: str, value: float) -> dict[str, Any]:
    """A counter, as ``metrics()`` returns it; ``value`` is added. Raises TypeError for what is no number."""
    return _metric("COUNTER", key, value)


def create_gauge(key: str, value: float) -> dict[str, Any]:
    """A gauge, as ``metrics()`` returns it. Raises TypeError for what is no number."""
    return _metric("GAUGE", key, value)


def create_timer(key: str, value: float) -> dict[str, Any]:
    """A timer, as ``metrics()`` returns it, in milliseconds. Raises TypeError for what is no number."""
    return _metric("TIMER", key, value)


def _metric(kind: str, key: str, value: float) -> dict[str, Any]:
    if not isinstance(value, Number):
        raise TypeError(f"value of {key} is {value!r}, not a number")
    return {"key": key, "type": kind, "value": value}


def is_valid(given: Any) -> bool:
    """Whether these are metrics that would be recorded."""
    try:
        read_metrics(given)
    except BadMetric:
        return False
    return True


def read_metrics(given: Any) -> list[Recording]:
    """What a component gave as metrics: a sequence of dicts, or one dict. Raises BadMetric."""
    entries = [given] if isinstance(given, dict) and given else given
    if not isinstance(entries, Sequence) or isinstance(entries, str | bytes):
        raise _bad(given, f"metrics are a {type(given).__name__}, not a list")
    return [_recording(given, entry) for entry in entries]


def read_raw_metrics(given: Sequence[Any]) -> list[Recording]:
    """The metrics in the meta of a raw reply: a type that is missing is COUNTER. Raises BadMetric."""
    return read_metrics(
        [{"type": "COUNTER"} | entry if isinstance(entry, dict) else entry for entry in given]
    )


def echoed(given: Any, method_tag: str | None) -> list[dict[str, Any]]:
    """The metrics as the reply's meta carries them: the component's own dicts, not the same ones.

    Seldon adds the label ``method`` to a metric that has tags; so does this, on a copy, given one.
    """
    entries = [given] if isinstance(given, dict) else given
    return [
        entry | {"tags": entry["tags"] | {"method": method_tag}}
        if method_tag and "tags" in entry
        else dict(entry)
        for entry in entries
    ]


def feedback_recordings(reward: float) -> list[Recording]:
    """What one feedback counts: itself, and its reward."""
    return [
        Recording("COUNTER", "seldon_api_model_feedback", 1, {}),
        Recording("COUNTER", "seldon_api_model_feedback_reward", reward, {}),
    ]


def _recording(given: Any, entry: Any) -> Recording:
    if not isinstance(entry, dict):
        raise _bad(given, f"{entry!r} is not a dict with type, key and value")
    kind, key, value = entry.get("type"), entry.get("key"), entry.get("value")
    tags = entry.get("tags", {})
    if kind not in METRIC_TYPES:
        raise _bad(given, f"type is {kind!r}, not {one_of(METRIC_TYPES)}")
    if not isinstance(key, str) or not METRIC_NAME.match(key):
        raise _bad(given, f"key {key!r} is not a Prometheus metric name")
    if not isinstance(tags, dict) or not all(isinstance(text, str) for text in tags.values()):
        raise _bad(given, f"tags of {key} are {tags!r}, not a dict of strings")
    for label in tags:
        if not isinstance(label, str) or not LABEL_NAME.match(label):
            raise _bad(given, f"tag {label!r} of {key} is not a Prometheus label name")
    return Recording(kind, key, _number(given, key, value), tags)


def _number(given: Any, key: str, value: Any) -> float:
    if not isinstance(value, Number) or isinstance(value, complex):
        raise _bad(given, f"value of {key} is {value!r}, not a number")
    try:
        return float(value)  # type: ignore[arg-type]
    except (OverflowError, ValueError):  # an integer beyond any float, a signalling NaN
        raise _bad(given, f"value of {key} is beyond any float") from None


def _bad(given: Any, why: str) -> BadMetric:
    return BadMetric(
        f"Bad metric created during request: {_shown(given)}: {why}",
        hint="""return [{"type": "COUNTER", "key": "my_counter", "value": 1}]""",
    )


def _shown(given: Any) -> str:
    try:
        return json.dumps(given, default=repr)
    except (TypeError, ValueError):  # a key that is no string, or a list within itself
        return repr(given)


class MetricStore:
    """The samples of one process."""

    def __init__(
        self, unit: Unit, worker_id: str, mirror: Callable[[Sample, float], None] | None = None
    ) -> None:
        self._base = unit_labels(unit) | {"worker_id": worker_id}
        self._lock = threading.Lock()
        self._values: dict[Sample, float] = {}
        self._mirror = mirror

    def record(self, method_tag: str, recordings: Iterable[Recording]) -> None:
        """Record metrics of one call of a method."""
        with self._lock:
            for recording in recordings:
                labels = tuple(sorted({**recording.tags, **self._base, "method": method_tag}.items()))
                self._record(recording, labels)

    def samples(self) -> dict[Sample, float]:
        """All samples, in the order they were first recorded."""
        with self._lock:
            return dict(self._values)

    def _record(self, recording: Recording, labels: Labels) -> None:
        sample = Sample(recording.type, recording.key, labels)
        if recording.type == "COUNTER":
            self._add(sample, recording.value)
        elif recording.type == "GAUGE":
            self._set(sample, recording.value)
        else:
            seconds = recording.value / 1000
            self._add(sample._replace(part=str(bisect_left(BUCKETS, seconds))), 1)
            self._add(sample._replace(part="sum"), seconds)

    def _add(self, sample: Sample, value: float) -> None:
        self._set(sample, self._values.get(sample, 0.0) + value)

    def _set(self, sample: Sample, value: float) -> None:
        self._values[sample] = value
        if self._mirror is not None:
            self._mirror(sample, value)


def split_image_tag(image: str) -> tuple[str, str]:
    """An image's name and tag: what stands before and after the last colon, as Seldon has it."""
    name, _, tag = image.rpartition(":")
    return name, tag


def unit_labels(unit: Unit) -> dict[str, str]:
    """The labels every sample of a unit carries."""
    name, version = unit.image_parts
    return {
        "deployment_name": unit.deployment,
        "seldon_deployment_name": unit.deployment,
        "model_name": "NOT_IMPLEMENTED" if unit.id is None else unit.id,
        "model_image": name,
        "model_version": version,
        "image_name": name,
        "image_version": version,
        "predictor_name": unit.predictor,
        "predictor_version": unit.predictor_version,
    }
