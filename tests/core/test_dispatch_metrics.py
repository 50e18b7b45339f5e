"""Metrics of one call: where they come from, what is counted, and what the reply carries."""

from typing import Any

import numpy as np
import pytest
from calling import NDARRAY, Serve, sample_of
from components import Answer, ModelWithMetrics, ModelWithRuntimeReport, Raising, Reporter

from seldon_workbench import SeldonResponse
from seldon_workbench.errors import BadMetric, ComponentFailed
from seldon_workbench.methods import (
    AGGREGATE,
    HEALTH_STATUS,
    PREDICT,
    ROUTE,
    SEND_FEEDBACK,
    TRANSFORM_INPUT,
    TRANSFORM_OUTPUT,
    Method,
)

COUNTER = {"type": "COUNTER", "key": "c", "value": 2}
GAUGE = {"type": "GAUGE", "key": "g", "value": 5, "tags": {"t": "v"}}
INVALID = {"type": "BAD", "key": "b", "value": 1}
CALLS = [
    (PREDICT, NDARRAY, "predict"),
    (TRANSFORM_INPUT, NDARRAY, "inputtransform"),
    (TRANSFORM_OUTPUT, NDARRAY, "outputtransform"),
    (ROUTE, NDARRAY, "router"),
    (AGGREGATE, [NDARRAY], "aggregate"),
    (SEND_FEEDBACK, {"request": NDARRAY}, "feedback"),
    (HEALTH_STATUS, None, "health"),
]


def test_the_documented_metrics_are_sent_and_add_up(serve: Serve) -> None:
    model = ModelWithMetrics()
    caller = serve(model)
    for _ in range(2):
        assert caller.predict()["meta"] == {"metrics": model.metrics()}
    assert caller.counted() == {
        ("mycounter", "predict"): 2.0,
        ("mygauge", "predict"): 100.0,
        ("mytimer", "predict"): 0.0404,
    }


def test_the_documented_runtime_report_works_with_its_trailing_comma(serve: Serve) -> None:
    caller = serve(ModelWithRuntimeReport())
    assert caller.predict()["meta"] == {
        "metrics": [
            {"key": "requests_counter", "type": "COUNTER", "value": 1},
            {"key": "instance_counter", "type": "COUNTER", "value": 1},
        ],
        "tags": {"runtime": "tag", "shared": "right one", "static": "tag"},
    }
    assert set(caller.counted()) == {("requests_counter", "predict"), ("instance_counter", "predict")}


@pytest.mark.parametrize(("method", "payload", "tag"), CALLS, ids=[row[2] for row in CALLS])
def test_every_method_counts_under_its_own_name(serve: Serve, method: Method, payload: Any, tag: str) -> None:
    value = 1 if method is ROUTE else "x"
    caller = serve(Reporter(value, metrics=[COUNTER]), feedback_metrics=False)
    caller.json(method, payload)
    assert caller.counted() == {("c", tag): 2.0}


def test_runtime_metrics_are_counted_without_a_metrics_hook(serve: Serve) -> None:
    caller = serve(Answer(SeldonResponse("x", metrics=[COUNTER])))
    assert caller.predict()["meta"]["metrics"] == [COUNTER]
    assert caller.counted() == {("c", "predict"): 2.0}


def test_the_metrics_of_a_request_are_echoed_and_never_counted(serve: Serve) -> None:
    caller = serve(Answer("x"))
    assert caller.predict(NDARRAY | {"meta": {"metrics": [COUNTER]}})["meta"]["metrics"] == [COUNTER]
    assert caller.counted() == {}


@pytest.mark.parametrize(("static", "runtime"), [([INVALID], [COUNTER]), ([COUNTER], [INVALID])])
def test_one_bad_metric_and_none_is_counted(serve: Serve, static: Any, runtime: Any) -> None:
    caller = serve(Reporter(SeldonResponse("x", metrics=runtime), metrics=static))
    with pytest.raises(BadMetric, match="Bad metric created during request"):
        caller.predict()
    assert caller.counted() == {}


@pytest.mark.parametrize("given", [{}, 5, "x", np.array([1, 2])])
@pytest.mark.parametrize("with_hook", [True, False])
def test_runtime_metrics_of_a_wrong_type_are_bad_with_and_without_a_metrics_hook(
    serve: Serve, given: Any, with_hook: bool
) -> None:
    response = SeldonResponse("x", metrics=given)
    component = Reporter(response, metrics=[]) if with_hook else Answer(response)
    with pytest.raises(BadMetric):
        serve(component).predict()


@pytest.mark.parametrize("given", [None, [], ()])
def test_no_runtime_metrics_are_no_metrics(serve: Serve, given: Any) -> None:
    assert serve(Answer(SeldonResponse("x", metrics=given))).predict()["meta"] == {}


def test_a_reply_tells_the_method_of_metrics_with_tags_and_leaves_the_components_dicts_alone(
    serve: Serve,
) -> None:
    own = [dict(COUNTER), GAUGE | {"tags": {"t": "v"}}]
    told = [COUNTER, GAUGE | {"tags": {"t": "v", "method": "predict"}}]
    assert serve(Reporter("x", metrics=own)).predict()["meta"]["metrics"] == told
    assert serve(Answer(SeldonResponse("x", metrics=own))).predict()["meta"]["metrics"] == told
    assert own == [COUNTER, GAUGE]


def test_replies_without_metrics_still_count_them_and_echo_the_requests(serve: Serve) -> None:
    runtime = SeldonResponse("x", metrics=[GAUGE])
    caller = serve(Reporter(runtime, metrics=[COUNTER]), env={"INCLUDE_METRICS_IN_CLIENT_RESPONSE": "false"})
    passed = {"key": "in", "type": "GAUGE", "value": 1}
    assert caller.predict(NDARRAY | {"meta": {"metrics": [passed]}})["meta"] == {"metrics": [passed]}
    assert caller.counted() == {("c", "predict"): 2.0, ("g", "predict"): 5.0}


def test_tags_of_a_metric_become_labels(serve: Serve) -> None:
    caller = serve(Reporter("x", metrics=[GAUGE]))
    caller.predict()
    sample, value = sample_of(caller.metrics, "g")
    assert (dict(sample.labels)["t"], value) == ("v", 5.0)


@pytest.mark.parametrize("reward", [0.5, -0.5, 0])
def test_every_feedback_is_counted_with_its_reward(serve: Serve, reward: float) -> None:
    caller = serve(Answer(None))
    for _ in range(2):
        caller.json(SEND_FEEDBACK, {"request": NDARRAY, "reward": reward})
    assert caller.counted() == {
        ("seldon_api_model_feedback", "feedback"): 2.0,
        ("seldon_api_model_feedback_reward", "feedback"): 2 * reward,
    }


def test_a_feedback_that_fails_is_counted_too(serve: Serve) -> None:
    caller = serve(Raising(ValueError()))
    with pytest.raises(ComponentFailed):
        caller.json(SEND_FEEDBACK, {"reward": 1})
    assert caller.counted()["seldon_api_model_feedback", "feedback"] == 1.0


def test_feedback_is_not_counted_where_that_is_switched_off(serve: Serve) -> None:
    caller = serve(Answer(None), env={"SELDON_EXECUTOR_ENABLED": "false"})
    caller.json(SEND_FEEDBACK, {"reward": 1})
    assert caller.counted() == {}
