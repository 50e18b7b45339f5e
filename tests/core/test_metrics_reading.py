"""What a component may give as metrics, and what of it a reply carries."""

from collections import deque
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from seldon_workbench.errors import BadMetric
from seldon_workbench.metrics import Recording, echoed, feedback_recordings, read_metrics

COUNTER = {"type": "COUNTER", "key": "c", "value": 1}


def metric(**members: Any) -> dict[str, Any]:
    return COUNTER | members


@pytest.mark.parametrize("kind", ["COUNTER", "GAUGE", "TIMER"])
def test_a_metric_has_a_type_a_key_a_value_and_tags(kind: str) -> None:
    given = {"type": kind, "key": "k", "value": 2, "tags": {"a": "b"}, "other": "ignored"}
    assert read_metrics([given]) == [Recording(kind, "k", 2.0, {"a": "b"})]


@pytest.mark.parametrize("given", [[COUNTER], (COUNTER,), deque([COUNTER]), COUNTER])
def test_metrics_may_be_any_sequence_or_one_dict(given: Any) -> None:
    assert read_metrics(given) == [Recording("COUNTER", "c", 1.0, {})]


@pytest.mark.parametrize("given", [[], (), deque()])
def test_an_empty_sequence_is_no_metrics(given: Any) -> None:
    assert read_metrics(given) == []


@pytest.mark.parametrize(
    ("value", "number"),
    [
        *((1, 1.0), (-1, -1.0), (True, 1.0), (0.5, 0.5), (np.float32(0.5), 0.5), (np.int64(3), 3.0)),
        *((Decimal("1.5"), 1.5), (Fraction(1, 2), 0.5), (float("inf"), float("inf"))),
    ],
)
def test_any_real_number_is_a_value(value: Any, number: float) -> None:
    (recording,) = read_metrics([metric(value=value)])
    assert (type(recording.value), recording.value) == (float, number)


@pytest.mark.parametrize("key", ["a", "A:b_9", "_x", ":x"])
def test_a_prometheus_name_is_a_key(key: str) -> None:
    assert read_metrics([metric(key=key)])[0].key == key


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (None, "metrics are a NoneType, not a list"),
        ({}, "metrics are a dict, not a list"),
        ("x", "metrics are a str, not a list"),
        (b"x", "metrics are a bytes, not a list"),
        (5, "metrics are a int, not a list"),
        ({COUNTER["type"]}, "metrics are a set, not a list"),
        ((each for each in "x"), "metrics are a generator, not a list"),
        ([5], "5 is not a dict with type, key and value"),
        (["x"], "'x' is not a dict with type, key and value"),
        ([COUNTER, None], "None is not a dict with type, key and value"),
        ([metric(type="BAD")], "type is 'BAD', not COUNTER, GAUGE or TIMER"),
        ([metric(type="counter")], "type is 'counter', not COUNTER, GAUGE or TIMER"),
        ([{"key": "c", "value": 1}], "type is None, not COUNTER, GAUGE or TIMER"),
        ([metric(key="bad name-x")], "key 'bad name-x' is not a Prometheus metric name"),
        ([metric(key="9x")], "key '9x' is not a Prometheus metric name"),
        ([metric(key="x\n")], r"key 'x\n' is not a Prometheus metric name"),
        ([metric(key="")], "key '' is not a Prometheus metric name"),
        ([metric(key=5)], "key 5 is not a Prometheus metric name"),
        ([{"type": "COUNTER", "value": 1}], "key None is not a Prometheus metric name"),
        ([metric(value="1")], "value of c is '1', not a number"),
        ([metric(value=None)], "value of c is None, not a number"),
        ([metric(value=1j)], "value of c is 1j, not a number"),
        ([{"type": "COUNTER", "key": "c"}], "value of c is None, not a number"),
        ([metric(value=10**400)], "value of c is beyond any float"),
        ([metric(value=Decimal("sNaN"))], "value of c is beyond any float"),
        ([metric(tags=None)], "tags of c are None, not a dict of strings"),
        ([metric(tags=["a"])], "tags of c are ['a'], not a dict of strings"),
        ([metric(tags={"a": 5})], "tags of c are {'a': 5}, not a dict of strings"),
        ([metric(tags={"bad-label": "x"})], "tag 'bad-label' of c is not a Prometheus label name"),
        ([metric(tags={"a:b": "x"})], "tag 'a:b' of c is not a Prometheus label name"),
        ([metric(tags={5: "x"})], "tag 5 of c is not a Prometheus label name"),
    ],
)
def test_what_is_no_metric_is_refused_and_told_why(given: Any, why: str) -> None:
    with pytest.raises(BadMetric) as caught:
        read_metrics(given)
    assert caught.value.text.startswith("Bad metric created during request: ")
    assert caught.value.text.endswith(f": {why}")


def test_the_error_shows_what_was_given_as_json() -> None:
    with pytest.raises(BadMetric) as caught:
        read_metrics([{"type": "COUNTER", "value": {1}}])
    shown = '[{"type": "COUNTER", "value": "{1}"}]'
    assert caught.value.text.startswith(f"Bad metric created during request: {shown}: ")
    assert caught.value.hint == """return [{"type": "COUNTER", "key": "my_counter", "value": 1}]"""


def test_the_error_shows_what_json_cannot_hold_as_python() -> None:
    within_itself: list[Any] = []
    within_itself.append(within_itself)
    for given, shown in ([within_itself, "[[...]]"], [{(1, 2): 3}, "{(1, 2): 3}"]):
        with pytest.raises(BadMetric) as caught:
            read_metrics(given)
        assert f": {shown}: " in caught.value.text


# ---- echoed --------------------------------------------------------------------------------------


def test_an_echo_is_a_copy_with_the_method_in_the_tags_of_those_that_have_any() -> None:
    tagged = metric(tags={"a": "b"}, extra=[1])
    given = [COUNTER, tagged]
    shown = echoed(given, "predict")
    assert shown == [COUNTER, metric(tags={"a": "b", "method": "predict"}, extra=[1])]
    assert shown[0] is not COUNTER
    assert given == [COUNTER, metric(tags={"a": "b"}, extra=[1])]


def test_an_echo_overwrites_a_tag_called_method() -> None:
    assert echoed([metric(tags={"method": "mine"})], "router")[0]["tags"] == {"method": "router"}


def test_an_echo_of_one_dict_is_a_list() -> None:
    assert echoed(COUNTER, "predict") == [COUNTER]


def test_a_feedback_counts_itself_and_its_reward() -> None:
    assert feedback_recordings(-0.5) == [
        Recording("COUNTER", "seldon_api_model_feedback", 1, {}),
        Recording("COUNTER", "seldon_api_model_feedback_reward", -0.5, {}),
    ]
