"""``client_*`` of ``seldon_core.user_model``: the hooks of an object, called one by one."""

from typing import Any

import numpy as np
import pytest
from seldon_core import user_model as sc
from seldon_core.flask_utils import SeldonMicroserviceException
from seldon_core.metrics import SeldonMetrics

X = np.array([[1, 2]])


class Empty:
    pass


class Stubs(sc.SeldonComponent):
    pass


class Everything:
    def predict(self, X: Any, names: Any, meta: Any = "nothing") -> Any:
        return sc.SeldonResponse([names], {"meta": meta}, [])

    def transform_input(self, X: Any, names: Any) -> Any:
        return "in"

    def transform_output(self, X: Any, names: Any) -> Any:
        return "out"

    def route(self, X: Any, names: Any, meta: Any) -> Any:
        return 1

    def aggregate(self, Xs: Any, names: Any) -> Any:
        return Xs[0]

    def send_feedback(self, features: Any, names: Any, reward: Any, truth: Any, routing: Any = None) -> Any:
        return [reward, routing]

    def health_status(self) -> Any:
        return "ok"

    def class_names(self) -> Any:
        return ["c"]

    def feature_names(self) -> Any:
        return ["f"]

    def tags(self) -> Any:
        return {"t": 1}

    def metrics(self) -> Any:
        return [{"key": "s", "type": "COUNTER", "value": 1, "tags": {"x": "y"}}]


EVERYTHING, EMPTY, STUBS = Everything(), Empty(), Stubs()


def test_predict_gets_its_meta_where_one_is_given() -> None:
    with_meta = sc.client_predict(EVERYTHING, X, ["a"], meta={"puid": "p"})
    assert isinstance(with_meta, sc.SeldonResponse)
    assert (with_meta.data, with_meta.tags) == ([["a"]], {"meta": {"puid": "p"}})
    assert sc.client_predict(EVERYTHING, X, ["a"]).tags == {"meta": "nothing"}


@pytest.mark.parametrize(
    ("call", "data"),
    [
        (lambda user: sc.client_transform_input(user, X, ["a"], meta={}), "in"),
        (lambda user: sc.client_transform_output(user, X, ["a"]), "out"),
        (lambda user: sc.client_route(user, X, ["a"], meta={}), 1),
        (lambda user: sc.client_aggregate(user, ["x", "y"], [[], []]), "x"),
        (lambda user: sc.client_send_feedback(user, X, ["a"], 0.5, X, 3), [0.5, 3]),
    ],
)
def test_what_a_hook_returns_is_wrapped(call: Any, data: Any) -> None:
    found = call(EVERYTHING)
    assert isinstance(found, sc.SeldonResponse)
    assert (found.data, found.tags, found.metrics) == (data, {}, [])


@pytest.mark.parametrize("user", [EMPTY, STUBS])
def test_what_may_be_missing_is_made_up_for(user: Any) -> None:
    assert sc.client_transform_input(user, X, ["a"]).data is X
    assert sc.client_transform_output(user, X, ["a"], meta={}).data is X
    assert sc.client_send_feedback(user, X, ["a"], 0.5, X, 3).data is None


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("predict", lambda user: sc.client_predict(user, X, ["a"])),
        ("route", lambda user: sc.client_route(user, X, ["a"])),
        ("aggregate", lambda user: sc.client_aggregate(user, [X], [["a"]])),
    ],
)
def test_what_may_not_be_missing_is_said_to_be(name: str, call: Any) -> None:
    for user, said in ((EMPTY, f"{name.capitalize()} not defined"), (STUBS, f"{name} is not implemented")):
        with pytest.raises(sc.SeldonNotImplementedError) as raised:
            call(user)
        assert raised.value.message == said


def test_what_a_hook_raises_is_raised_once_and_as_it_is() -> None:
    calls = []

    class Angry:
        def predict(self, X: Any, names: Any, meta: Any = None) -> Any:
            calls.append(meta)
            raise TypeError("mine")

    with pytest.raises(TypeError, match="mine") as raised:
        sc.client_predict(Angry(), X, ["a"], meta={})
    assert raised.value.__cause__ is None
    assert calls == [{}]


def test_health_is_assumed_where_nobody_says_anything() -> None:
    assert sc.client_health_status(EVERYTHING) == "ok"
    assert sc.client_health_status(EMPTY) == "healthy"
    assert sc.client_health_status(STUBS) == "not implemented - assuming healthy"


def test_class_names_are_those_of_columns() -> None:
    assert sc.client_class_names(EVERYTHING, X) == ["c"]
    for user in (EMPTY, STUBS):
        assert sc.client_class_names(user, X) == ["t:0", "t:1"]
    assert sc.client_class_names(EVERYTHING, X[0]) == []


def test_feature_names_replace_those_that_came() -> None:
    assert sc.client_feature_names(EVERYTHING, ["a"]) == ["f"]
    for user in (EMPTY, STUBS):
        assert sc.client_feature_names(user, ["a"]) == ["a"]


def test_tags_are_a_dict_of_ones_own() -> None:
    assert sc.client_custom_tags(EVERYTHING) == {"t": 1}
    assert sc.client_custom_tags(EMPTY) == sc.client_custom_tags(STUBS) == {}


def test_custom_metrics_are_recorded_and_returned() -> None:
    store = SeldonMetrics(worker_id_func=lambda: 7)
    runtime = [{"key": "r", "type": "GAUGE", "value": 2}]
    own = {"key": "s", "type": "COUNTER", "value": 1, "tags": {"x": "y", "method": "predict"}}
    assert sc.client_custom_metrics(EVERYTHING, store, "predict", runtime) == [own, *runtime]
    assert sc.client_custom_metrics(STUBS, store, "predict", runtime) == runtime
    assert sc.client_custom_metrics(EMPTY, store, "predict") == []
    values = {sample.key: value for sample, value in store.samples().items()}
    assert values == {"s": 1.0, "r": 2.0}


def test_one_bad_metric_and_nothing_is_recorded() -> None:
    store = SeldonMetrics()
    with pytest.raises(SeldonMicroserviceException) as raised:
        sc.client_custom_metrics(EVERYTHING, store, "predict", [{"key": "r", "type": "NO", "value": 2}])
    assert (raised.value.status_code, raised.value.reason) == (500, "MICROSERVICE_BAD_METRIC")
    assert raised.value.message.startswith("Bad metric created during request: ")
    assert store.samples() == {}


def test_metrics_are_recorded_even_where_replies_do_not_carry_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INCLUDE_METRICS_IN_CLIENT_RESPONSE", "false")
    store = SeldonMetrics()
    assert sc.client_custom_metrics(EVERYTHING, store, "predict") == []
    assert len(store.samples()) == 1
