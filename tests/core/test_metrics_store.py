"""The store adds up exactly, and its exposition is what Prometheus reads."""

import math
import threading
from collections.abc import Iterable
from itertools import pairwise

import pytest
from calling import sample_of, store
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from seldon_workbench import exposition
from seldon_workbench.exposition import expose
from seldon_workbench.metrics import (
    BUCKETS,
    CONTENT_TYPE,
    MetricStore,
    Recording,
    Sample,
    unit_labels,
)
from seldon_workbench.settings import Unit

UNIT = Unit("clf", "reg:5000/org/img:1.2", "dep", "pred", "v9")
LABELS = {
    "deployment_name": "dep",
    "seldon_deployment_name": "dep",
    "model_name": "clf",
    "model_image": "reg:5000/org/img",
    "model_version": "1.2",
    "image_name": "reg:5000/org/img",
    "image_version": "1.2",
    "predictor_name": "pred",
    "predictor_version": "v9",
}


def recorded(*recordings: Recording, times: int = 1) -> MetricStore:
    kept = store()
    for _ in range(times):
        kept.record("predict", recordings)
    return kept


def counter(key: str = "c", value: float = 1.0, **tags: str) -> Recording:
    return Recording("COUNTER", key, value, tags)


def timer(milliseconds: float) -> Recording:
    return Recording("TIMER", "t", milliseconds, {})


def families(kept: MetricStore) -> dict[str, Metric]:
    parsed = text_string_to_metric_families(expose(kept.samples()).decode())
    return {family.name: family for family in parsed}


def buckets(kept: MetricStore) -> dict[float, float]:
    """Cumulative counts by upper bound."""
    (family,) = families(kept).values()
    return {float(each.labels["le"]): each.value for each in family.samples if each.name == "t_bucket"}


# ---- recording -----------------------------------------------------------------------------------


def test_a_counter_adds() -> None:
    assert sample_of(recorded(counter(value=2.5), times=3), "c")[1] == 7.5


def test_a_gauge_is_set() -> None:
    kept = recorded(Recording("GAUGE", "g", 5, {}), Recording("GAUGE", "g", 3, {}))
    assert sample_of(kept, "g")[1] == 3


def test_a_timer_counts_its_bucket_and_sums_seconds() -> None:
    kept = recorded(timer(20.2), times=2)
    assert sample_of(kept, "t", "sum")[1] == pytest.approx(0.0404)
    index = BUCKETS.index(0.02347185009632733)
    assert sample_of(kept, "t", str(index))[1] == 2


def test_series_differ_by_type_key_tags_and_method() -> None:
    kept = store()
    kept.record("predict", [counter(), counter(a="b_c-d"), counter(a="b", c="d"), counter("c2")])
    kept.record("router", [counter(), Recording("GAUGE", "c", 1, {})])
    assert list(kept.samples().values()) == [1, 1, 1, 1, 1, 1]


def test_samples_stand_in_the_order_they_were_first_recorded() -> None:
    kept = recorded(counter("z"), counter("a"), times=2)
    assert [sample.key for sample in kept.samples()] == ["z", "a"]


def test_samples_are_a_copy() -> None:
    kept = recorded(counter())
    kept.samples().clear()
    assert len(kept.samples()) == 1


def test_the_tags_of_a_recording_are_left_alone() -> None:
    tags = {"a": "b"}
    recorded(Recording("COUNTER", "c", 1, tags))
    assert tags == {"a": "b"}


def test_every_change_is_mirrored_with_the_new_value() -> None:
    told: list[tuple[str, str, float]] = []
    kept = MetricStore(Unit(), "7", mirror=lambda sample, value: told.append((*sample[1::2], value)))
    kept.record("predict", [counter(), counter(), Recording("GAUGE", "g", 9, {}), timer(1)])
    assert told == [("c", "", 1), ("c", "", 2), ("g", "", 9), ("t", "0", 1), ("t", "sum", 0.001)]


def test_four_threads_lose_no_increment() -> None:
    kept = store()

    def count() -> None:
        for _ in range(2000):
            kept.record("predict", [counter(), timer(1)])

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sample_of(kept, "c")[1] == 8000
    assert sample_of(kept, "t", "0")[1] == 8000


# ---- labels --------------------------------------------------------------------------------------


def test_a_sample_carries_unit_worker_method_and_tags_sorted() -> None:
    kept = store(UNIT, worker_id="25144")
    kept.record("predict", [counter(a="b")])
    sample, _ = sample_of(kept, "c")
    assert dict(sample.labels) == LABELS | {"a": "b", "method": "predict", "worker_id": "25144"}
    assert list(sample.labels) == sorted(sample.labels)


def test_tags_give_way_to_the_labels_of_the_platform_and_the_method() -> None:
    kept = store(UNIT, worker_id="25144")
    kept.record("predict", [counter(model_name="mine", worker_id="mine", method="mine")])
    labels = dict(sample_of(kept, "c")[0].labels)
    assert [labels[name] for name in ("model_name", "worker_id", "method")] == ["clf", "25144", "predict"]


def test_labels_of_a_unit_the_platform_said_nothing_about() -> None:
    assert unit_labels(UNIT) == LABELS
    assert unit_labels(Unit()) == dict.fromkeys(LABELS, "NOT_IMPLEMENTED")


# ---- buckets -------------------------------------------------------------------------------------


def test_the_bounds_are_fifty_from_a_millisecond_to_thirty_seconds_evenly_on_a_log_scale() -> None:
    assert len(BUCKETS) == 50
    assert (BUCKETS[0], BUCKETS[-1]) == (0.001, 29.999999999999996)
    step = math.log(30_000) / 49
    assert all(math.log(high / low) == pytest.approx(step) for low, high in pairwise(BUCKETS))


@pytest.mark.parametrize(
    ("milliseconds", "bound"),
    [
        *((0, 0.001), (0.5, 0.001), (1, 0.001), (-5, 0.001), (1.0001, 0.0012341553253454693)),
        *((20.2, 0.02347185009632733), (29_999, 29.999999999999996), (30_001, math.inf), (1e9, math.inf)),
    ],
)
def test_an_observation_counts_from_the_first_bound_it_does_not_exceed(
    milliseconds: float, bound: float
) -> None:
    for each, count in buckets(recorded(timer(milliseconds))).items():
        assert count == (1 if each >= bound else 0)


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=20))
def test_buckets_are_cumulative_and_end_in_the_count(observed: list[float]) -> None:
    kept = recorded(*map(timer, observed))
    counts = buckets(kept)
    assert all(
        counts[bound] == sum(each / 1000 <= bound for each in observed) for bound in (*BUCKETS, math.inf)
    )
    by_name = {sample.name: sample.value for sample in families(kept)["t"].samples}
    assert by_name["t_count"] == len(observed)
    assert by_name["t_sum"] == pytest.approx(sum(observed) / 1000)


# ---- exposition ----------------------------------------------------------------------------------


def lines(kept: MetricStore) -> Iterable[str]:
    return expose(kept.samples()).decode().splitlines()


def test_nothing_recorded_is_an_empty_exposition() -> None:
    assert expose({}) == b""
    assert CONTENT_TYPE == "text/plain; version=0.0.4; charset=utf-8"


def test_a_counter_is_exposed_as_total_once() -> None:
    kept = recorded(counter("c"), counter("k_total"))
    names = [sample.name for family in families(kept).values() for sample in family.samples]
    assert names == ["c_total", "k_total"]


def test_a_counter_and_its_name_with_total_are_one_series_added_up() -> None:
    kept = recorded(counter("k", 2), counter("k_total", 3), counter("k", 5, a="b"))
    (family,) = families(kept).values()
    assert [sample.value for sample in family.samples] == [5, 5]


def test_a_family_has_one_help_and_one_type_line() -> None:
    kept = store()
    kept.record("predict", [counter(a="1"), counter(a="2"), timer(1), Recording("GAUGE", "g", 1, {})])
    comments = [line for line in lines(kept) if line.startswith("#")]
    assert comments == [
        *("# HELP c_total Recorded by the component.", "# TYPE c_total counter"),
        *("# HELP t Recorded by the component.", "# TYPE t histogram"),
        *("# HELP g Recorded by the component.", "# TYPE g gauge"),
    ]


def test_a_sample_is_exposed_with_its_labels() -> None:
    kept = store(UNIT, worker_id="25144")
    kept.record("predict", [counter("st", 2)])
    (sample,) = families(kept)["st"].samples
    assert sample.labels == LABELS | {"method": "predict", "worker_id": "25144"}
    assert lines(kept)[-1].endswith(',worker_id="25144"} 2.0')  # type: ignore[index]


def test_a_histogram_stands_as_buckets_count_and_sum() -> None:
    names = [sample.name for sample in families(recorded(timer(1)))["t"].samples]
    assert names == ["t_bucket"] * 51 + ["t_count", "t_sum"]


@pytest.mark.parametrize(("value", "shown"), [(math.nan, "NaN"), (math.inf, "+Inf"), (1e6, "1e+06")])
def test_numbers_are_written_as_go_writes_them(value: float, shown: str) -> None:
    assert list(lines(recorded(Recording("GAUGE", "g", value, {}))))[-1].endswith(f" {shown}")


def test_series_of_two_workers_stand_side_by_side() -> None:
    samples: dict[Sample, float] = {}
    for worker in ("1", "2"):
        kept = store(worker_id=worker)
        kept.record("predict", [counter(), timer(1)])
        samples |= kept.samples()
    parsed = list(text_string_to_metric_families(expose(samples).decode()))
    assert [family.name for family in parsed] == ["c", "t"]
    assert [sample.labels["worker_id"] for sample in parsed[0].samples] == ["1", "2"]
    assert len(parsed[1].samples) == 2 * 53


@given(st.text())
def test_any_text_is_a_label_value(text: str) -> None:
    (sample,) = families(recorded(counter(a=text)))["c"].samples
    assert sample.labels["a"] == text


# ---- one name, several metrics -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kept", "left_out"),
    [
        (("TIMER", "x"), ("GAUGE", "x")),
        (("COUNTER", "x"), ("GAUGE", "x_total")),
        (("TIMER", "x"), ("GAUGE", "x_count")),
        (("COUNTER", "x_sum_total"), ("GAUGE", "x_sum_total")),
    ],
)
@pytest.mark.parametrize("reverse", [False, True])
def test_a_name_is_exposed_with_one_type_whatever_came_first(
    kept: tuple[str, str], left_out: tuple[str, str], reverse: bool, caplog: pytest.LogCaptureFixture
) -> None:
    exposition._complain.cache_clear()
    recordings = [Recording(kind, key, 5, {}) for kind, key in (kept, left_out)]
    samples = recorded(*(reversed(recordings) if reverse else recordings)).samples()
    for _ in range(2):
        text = expose(samples).decode()
    (family,) = text_string_to_metric_families(text)
    assert family.type == {"TIMER": "histogram", "COUNTER": "counter"}[kept[0]]
    assert text.count("# TYPE") == 1
    assert caplog.text.count(f"the {left_out[0]} {left_out[1]} is left out") == 1


def test_a_counter_and_a_gauge_may_share_a_key() -> None:
    text = expose(
        recorded(Recording("COUNTER", "x", 1, {}), Recording("GAUGE", "x", 2, {})).samples()
    ).decode()
    assert {line for line in text.splitlines() if line.startswith("# TYPE")} == {
        "# TYPE x_total counter",
        "# TYPE x gauge",
    }
