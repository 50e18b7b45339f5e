"""What Seldon does stays the default; each improvement is off until it is asked for."""

from typing import Any

import pytest

from seldon_workbench.errors import BadSetting
from seldon_workbench.settings import IMPROVEMENTS, Settings

from .serving import Serving, message, plain


class Everything:
    def predict(self, X: Any, names: Any = None) -> Any:
        return X if isinstance(X, list) else ["a", 1]

    def transform_input(self, X: Any, names: Any = None) -> Any:
        return X

    def send_feedback(self, X: Any, names: Any, reward: float, truth: Any) -> Any:
        return [[1, 2]]

    def metrics(self) -> Any:
        return [{"key": "k", "type": "COUNTER", "value": 1, "tags": {"t": "v"}}]


ROW = {"data": {"names": ["a", "b"], "ndarray": [[1, 2]]}}


def asked(serve_here: Serving, name: str, on: bool) -> Any:
    """What shows an improvement, with it and without."""
    served = serve_here(Everything, improvements=frozenset({name} if on else ()))
    match name:
        case "metric-tags":
            return served.post(ROW).json()["meta"]["metrics"][0]["tags"]
        case "mixed-lists":
            return plain(served.call("Model/Predict", message(strData="x")))["data"]["ndarray"]
        case "quiet-health":
            served.ask("GET", "/health/status")
            return served.scrape()
        case "plain-feedback":
            return served.post({"reward": 1}, "/send-feedback").json()["data"]
        case "feature-names":
            return served.post(ROW, "/transform-input").json()["data"]["names"]
        case _:
            return served.post({"jsonData": [1, "a"]}).json().keys() - {"meta"}


SHOWN: dict[str, tuple[Any, Any]] = {
    "metric-tags": ({"t": "v", "method": "predict"}, {"t": "v"}),
    "mixed-lists": (["a", "1"], ["a", 1.0]),
    "quiet-health": ({"k_total": 1.0}, {}),
    "plain-feedback": (
        {"names": ["t:0", "t:1"], "tensor": {"shape": [1, 2], "values": [1.0, 2.0]}},
        {"names": ["t:0", "t:1"], "tensor": {"shape": [1, 2], "values": [1, 2]}},
    ),
    "feature-names": (["t:0", "t:1"], ["a", "b"]),
    "json-data": ({"data"}, {"jsonData"}),
}


@pytest.mark.parametrize("name", IMPROVEMENTS)
def test_an_improvement_changes_replies_only_where_it_is_on(serve_here: Serving, name: str) -> None:
    seldons, ours = SHOWN[name]
    assert asked(serve_here, name, on=False) == seldons
    found = asked(serve_here, name, on=True)
    assert found == ours
    if name == "plain-feedback":
        assert all(type(value) is int for value in found["tensor"]["values"])


def test_feature_names_of_the_component_come_before_those_of_the_request(serve_here: Serving) -> None:
    class Named(Everything):
        def feature_names(self) -> Any:
            return ("x", "y")

    served = serve_here(Named, improvements=frozenset({"feature-names"}))
    assert served.post(ROW, "/transform-input").json()["data"]["names"] == ["x", "y"]
    assert served.post({"data": {"ndarray": [[1]]}}, "/transform-input").json()["data"]["names"] == ["t:0"]


def test_improvements_are_named_by_a_variable() -> None:
    def improved(text: str) -> frozenset[str]:
        return Settings.from_env({"SELDON_WORKBENCH_IMPROVE": text}).improvements

    assert improved("quiet-health, json-data") == {"quiet-health", "json-data"}
    assert improved("all") == IMPROVEMENTS.keys()
    with pytest.raises(BadSetting, match="quiet") as refused:
        improved("quiet")
    assert "quiet-health" in refused.value.hint
