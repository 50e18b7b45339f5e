"""``seldon_core.metrics``: metrics as components return them, and the store that users make."""

import os
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families
from seldon_core import metrics
from seldon_core.flask_utils import SeldonMicroserviceException

COUNTED = [{"key": "k", "type": "COUNTER", "value": 1, "tags": {"a": "b"}}]


@pytest.mark.parametrize("kind", ["COUNTER", "GAUGE", "TIMER"])
@pytest.mark.parametrize("value", [1, 1.5, True, np.float32(1), np.int64(2)])
def test_a_metric_is_made_of_a_key_and_a_number(kind: str, value: Any) -> None:
    made = getattr(metrics, f"create_{kind.lower()}")("k", value)
    assert made == {"key": "k", "type": kind, "value": value}
    assert made["type"] == getattr(metrics, kind)
    assert metrics.validate_metrics([made])


@pytest.mark.parametrize("create", [metrics.create_counter, metrics.create_gauge, metrics.create_timer])
@pytest.mark.parametrize("value", ["1", None, [1]])
def test_no_metric_is_made_of_anything_else(create: Any, value: Any) -> None:
    with pytest.raises(TypeError, match=r"value of k is .*, not a number"):
        create("k", value)


@pytest.mark.parametrize(
    ("given", "valid"),
    [
        ([], True),
        (COUNTED, True),
        ([{"key": "k", "type": "X", "value": 1}], False),
        ([{"key": "k", "type": "counter", "value": 1}], False),
        ([{"key": "k", "type": "COUNTER", "value": "1"}], False),
        ([{"key": "k", "type": "COUNTER"}], False),
        ([{"type": "GAUGE", "value": 1}], False),
        ([{"key": "k", "value": 1}], False),
        ({}, False),
        (None, False),
        ("x", False),
        # Deviations: the original refuses any sequence but a list, takes a name that then spoils every
        # scrape, and raises a TypeError for the last one.
        (tuple(COUNTED), True),
        ([{"key": "bad name", "type": "GAUGE", "value": 1}], False),
        ([5], False),
    ],
)
def test_metrics_are_valid_if_they_would_be_recorded(given: Any, valid: bool) -> None:
    assert metrics.validate_metrics(given) is valid


@pytest.mark.parametrize(
    ("image", "parts"),
    [
        ("a/b:1", ("a/b", "1")),
        ("reg:5000/org/img:1.2", ("reg:5000/org/img", "1.2")),
        ("reg:5000/img", ("reg", "5000/img")),
        ("x@sha256:a", ("x@sha256", "a")),
        ("a", ("", "a")),
        ("", ("", "")),
    ],
)
def test_an_image_is_split_at_its_last_colon(image: str, parts: tuple[str, str]) -> None:
    assert metrics.split_image_tag(image) == parts


def test_the_default_labels_are_those_of_the_environment() -> None:
    program = (
        "from seldon_workbench.compat import install; install()",
        "from seldon_core.metrics import DEFAULT_LABELS",
        "print(*map('='.join, sorted(DEFAULT_LABELS.items())))",
    )
    env = {
        "PREDICTIVE_UNIT_ID": "clf",
        "PREDICTIVE_UNIT_IMAGE": "org/img:1.2",
        "PREDICTOR_ID": "pred",
        "SELDON_DEPLOYMENT_ID": "dep",
        "PREDICTOR_LABELS": '{"version": "v9"}',
    }
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(program)],
        env=os.environ | env,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.split() == [
        *("deployment_name=dep", "image_name=org/img", "image_version=1.2", "model_image=org/img"),
        *("model_name=clf", "model_version=1.2", "predictor_name=pred", "predictor_version=v9"),
        "seldon_deployment_name=dep",
    ]


def exposed(store: Any) -> dict[str, tuple[float, dict[str, str]]]:
    """Value and labels of every sample but the buckets, by name."""
    text, media_type = store.generate_metrics()
    assert media_type.startswith("text/plain; version=0.0.4")
    return {
        sample.name: (sample.value, sample.labels)
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if "le" not in sample.labels
    }


def test_a_store_records_what_it_is_updated_with() -> None:
    store = metrics.SeldonMetrics(lambda: 7, {"extra": "e", "model_name": "over"})
    timed = [{"key": "g", "type": "GAUGE", "value": 3}, {"key": "t", "type": "TIMER", "value": 20}]
    for _ in range(2):
        store.update(COUNTED + timed, metrics.PREDICT_METRIC_METHOD_TAG)
    found = exposed(store)
    assert {name: value for name, (value, _) in found.items()} == {
        "k_total": 2.0,
        "g": 3.0,
        "t_count": 2.0,
        "t_sum": pytest.approx(0.04),
    }
    labels = found["k_total"][1]
    assert (labels["a"], labels["method"], labels["worker_id"]) == ("b", "predict", "7")
    assert (labels["extra"], labels["model_name"], labels["model_image"]) == ("e", "over", "NOT_IMPLEMENTED")
    assert COUNTED == [{"key": "k", "type": "COUNTER", "value": 1, "tags": {"a": "b"}}]


def test_a_metric_without_a_type_is_a_counter() -> None:
    store = metrics.SeldonMetrics()
    store.update([{"key": "k", "value": 2}], "predict")
    assert exposed(store)["k_total"][0] == 2.0


@pytest.mark.parametrize("bad", [{"key": "k", "type": "NO", "value": 1}, {"key": "bad name", "value": 1}, 5])
def test_a_bad_metric_is_refused_with_all_beside_it(bad: Any) -> None:
    store = metrics.SeldonMetrics()
    with pytest.raises(SeldonMicroserviceException) as raised:
        store.update([*COUNTED, bad], "predict")
    assert raised.value.reason == "MICROSERVICE_BAD_METRIC"
    assert exposed(store) == {}


def test_rewards_are_counted_and_added_up() -> None:
    store = metrics.SeldonMetrics()
    store.update_reward(0.5)
    store.update_reward(0.25)
    found = exposed(store)
    assert found["seldon_api_model_feedback_total"][0] == 2.0
    assert found["seldon_api_model_feedback_reward_total"][0] == 0.75
    assert found["seldon_api_model_feedback_total"][1]["method"] == metrics.FEEDBACK_METRIC_METHOD_TAG


def test_a_store_is_a_collector_of_prometheus_client() -> None:
    store = metrics.SeldonMetrics(worker_id_func=lambda: 7)
    store.update(COUNTED, "predict")
    registry = CollectorRegistry()
    registry.register(store)
    assert b'k_total{a="b"' in generate_latest(registry)
    assert [(family.name, family.type) for family in store.collect()] == [("k", "counter")]


def test_the_worker_is_asked_for_at_every_recording_and_clears_what_is_its_own() -> None:
    ids = iter(["1", "2", "2"])
    store = metrics.SeldonMetrics(worker_id_func=lambda: next(ids))
    store.update(COUNTED, "predict")
    store.update(COUNTED, "predict")
    assert sorted(dict(sample.labels)["worker_id"] for sample in store.samples()) == ["1", "2"]
    store.clear()
    assert [dict(sample.labels)["worker_id"] for sample in store.samples()] == ["1"]


def test_the_tags_of_methods_are_seldons() -> None:
    tags = [getattr(metrics, name) for name in sorted(metrics.__all__) if name.endswith("_METHOD_TAG")]
    expected = ["aggregate", "feedback", "health", "inputtransform", "outputtransform", "predict", "router"]
    assert sorted(tags) == expected
