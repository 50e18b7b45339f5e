"""A fitted estimator is a component; one that speaks Seldon's language is its own."""

from typing import Any

import numpy as np
import pytest
from calling import NDARRAY, Serve

from seldon_workbench.errors import TargetInvalid
from seldon_workbench.estimator import EstimatorComponent, is_estimator
from seldon_workbench.methods import TRANSFORM_INPUT


class Fitted:
    """The interface every estimator has."""

    def fit(self, X: Any, y: Any) -> "Fitted":
        return self

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        return {}


class Classifier(Fitted):
    """Predicts classes and their probabilities."""

    classes_ = np.array([3, 5])

    def predict(self, X: Any) -> Any:
        return np.array([3 for _ in X])

    def predict_proba(self, X: Any) -> Any:
        return np.array([[0.25, 0.75] for _ in X])

    def decision_function(self, X: Any) -> Any:
        return np.array([1.5 for _ in X])


class Scaler(Fitted):
    """Only transforms."""

    def transform(self, X: Any) -> Any:
        return np.asarray(X) * 10


class Opaque(Fitted):
    """Its predict tells no signature."""

    @property
    def predict(self) -> Any:
        return dict


class SeldonLike(Fitted):
    """A component that happens to be fitted."""

    def predict(self, X: Any, features_names: Any = None) -> Any:
        return X


class WithMeta(Fitted):
    """The same, by its meta."""

    def predict(self, X: Any, meta: Any = None) -> Any:
        return X


@pytest.mark.parametrize(
    ("subject", "answer"),
    [
        (Classifier(), True),
        (Scaler(), True),
        (Opaque(), True),
        (SeldonLike(), False),
        (WithMeta(), False),
        (Fitted(), False),
        (Classifier, False),
        (object(), False),
    ],
)
def test_an_estimator_is_fitted_and_predicts_without_names(subject: object, answer: bool) -> None:
    assert is_estimator(subject) is answer


def test_one_that_only_fits_or_only_tells_its_parameters_is_none() -> None:
    class OnlyFit:
        fit = predict = Classifier.predict

    class OnlyParams:
        get_params = predict = Classifier.predict

    assert not is_estimator(OnlyFit())
    assert not is_estimator(OnlyParams())


@pytest.mark.parametrize(
    ("method", "reply"),
    [
        ("", {"names": [], "ndarray": [3]}),
        ("predict", {"names": [], "ndarray": [3]}),
        ("predict_proba", {"names": ["3", "5"], "ndarray": [[0.25, 0.75]]}),
        ("decision_function", {"names": [], "ndarray": [1.5]}),
    ],
)
def test_predict_answers_with_the_method_that_was_chosen(serve: Serve, method: str, reply: Any) -> None:
    assert serve(EstimatorComponent(Classifier(), method)).predict()["data"] == reply


def test_a_transformer_transforms_the_input(serve: Serve) -> None:
    caller = serve(EstimatorComponent(Scaler()))
    assert caller.dispatcher.component.implemented == ("transform_input",)
    assert caller.json(TRANSFORM_INPUT, NDARRAY)["data"]["ndarray"] == [[10, 20]]


def test_a_method_the_estimator_does_not_have_is_refused() -> None:
    with pytest.raises(TargetInvalid, match="Scaler has no method 'predict'") as caught:
        EstimatorComponent(Scaler(), "predict")
    assert caught.value.hint == "use transform"
    with pytest.raises(TargetInvalid) as caught:
        EstimatorComponent(Classifier(), "fit")
    assert caught.value.hint == "use predict, predict_proba or decision_function"


def test_a_pipeline_of_scikit_learn_is_served(serve: Serve) -> None:
    pipeline = pytest.importorskip("sklearn.pipeline")
    linear = pytest.importorskip("sklearn.linear_model")
    preprocessing = pytest.importorskip("sklearn.preprocessing")
    model = pipeline.make_pipeline(preprocessing.StandardScaler(), linear.LogisticRegression())
    model.fit([[0.0, 0.0], [1.0, 1.0]], ["no", "yes"])
    assert is_estimator(model)
    reply = serve(EstimatorComponent(model, "predict_proba")).predict({"data": {"ndarray": [[9, 9]]}})
    assert reply["data"]["names"] == ["no", "yes"]
    assert reply["data"]["ndarray"][0][1] > 0.9
