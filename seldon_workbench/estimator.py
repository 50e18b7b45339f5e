"""A fitted estimator with scikit-learn's interface as a component."""

import inspect
from typing import Any

from seldon_workbench.errors import TargetInvalid, one_of

__all__ = ["EstimatorComponent", "is_estimator"]


class EstimatorComponent:
    """Answers ``predict`` (or ``transform_input``) with a method of an estimator.

    ``method`` names it, as the parameter of that name does for Seldon's own scikit-learn server:
    ``predict``, ``predict_proba``, ``decision_function`` or ``transform``.
    """

    def __init__(self, estimator: Any, method: str = "") -> None:
        methods = [name for name in _METHODS if hasattr(estimator, name)]
        chosen = method or methods[0]
        if chosen not in methods:
            raise TargetInvalid(
                f"{type(estimator).__name__} has no method {chosen!r}", hint=f"use {one_of(methods)}"
            )
        self.estimator = estimator
        self._method = chosen
        answers = getattr(estimator, chosen)
        if chosen == "transform":
            self.transform_input = lambda X: answers(X)
        else:
            self.predict = lambda X: answers(X)
        if chosen == "predict_proba":
            self.class_names = lambda: [str(name) for name in estimator.classes_]


_METHODS = ("predict", "predict_proba", "decision_function", "transform")


def is_estimator(subject: object) -> bool:
    """Whether an instance has scikit-learn's interface rather than Seldon's."""
    if inspect.isclass(subject) or not (hasattr(subject, "fit") and hasattr(subject, "get_params")):
        return False
    predict = getattr(subject, "predict", None)
    return _is_seldon_like(predict) is False if predict is not None else hasattr(subject, "transform")


def _is_seldon_like(predict: Any) -> bool:
    """Whether a predict takes names or meta: then its class is a component that happens to be fitted."""
    try:
        names = list(inspect.signature(predict).parameters)
    except (TypeError, ValueError):
        return False
    return any(name == "meta" or "names" in name for name in names)
