"""The hooks of a user's object, called one by one as ``seldon_core.user_model`` offers it.

Rule: a hook gets what its signature accepts, as when it is served; what it raises is raised.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from seldon_workbench.compat import process
from seldon_workbench.compat.failures import as_seldon
from seldon_workbench.component import UNNAMED, Component, find_hook
from seldon_workbench.errors import HookMissing
from seldon_workbench.hooks import inspect_hook
from seldon_workbench.message import SeldonResponse, default_names
from seldon_workbench.methods import BY_NAME
from seldon_workbench.metrics import MetricStore, echoed, read_metrics
from seldon_workbench.server.message_parts import feature_names, value_of

__all__ = [
    "client_aggregate",
    "client_class_names",
    "client_custom_metrics",
    "client_custom_tags",
    "client_feature_names",
    "client_health_status",
    "client_predict",
    "client_route",
    "client_send_feedback",
    "client_transform_input",
    "client_transform_output",
]


def client_predict(user_model: Any, features: Any, feature_names: Any, **kwargs: Any) -> SeldonResponse:
    """What ``predict`` returns. Raises SeldonNotImplementedError where there is none."""
    return _call(user_model, "predict", features, feature_names, **kwargs)


def client_transform_input(
    user_model: Any, features: Any, feature_names: Any, **kwargs: Any
) -> SeldonResponse:
    """What ``transform_input`` returns; the features where there is none."""
    return _call(user_model, "transform_input", features, feature_names, instead=features, **kwargs)


def client_transform_output(
    user_model: Any, features: Any, feature_names: Any, **kwargs: Any
) -> SeldonResponse:
    """What ``transform_output`` returns; the features where there is none."""
    return _call(user_model, "transform_output", features, feature_names, instead=features, **kwargs)


def client_route(user_model: Any, features: Any, feature_names: Any, **kwargs: Any) -> SeldonResponse:
    """What ``route`` returns. Raises SeldonNotImplementedError where there is none."""
    return _call(user_model, "route", features, feature_names, **kwargs)


def client_aggregate(user_model: Any, features_list: Any, feature_names_list: Any) -> SeldonResponse:
    """What ``aggregate`` returns. Raises SeldonNotImplementedError where there is none."""
    return _call(user_model, "aggregate", features_list, feature_names_list)


def client_send_feedback(
    user_model: Any, features: Any, feature_names: Any, reward: float, truth: Any, routing: int | None
) -> SeldonResponse:
    """What ``send_feedback`` returns; None as its data where there is none."""
    return _call(
        user_model, "send_feedback", features, feature_names, reward, truth, instead=None, routing=routing
    )


def client_health_status(user_model: Any) -> Any:
    """What ``health_status`` returns; that all is well where there is none."""
    stubbed = getattr(user_model, "health_status", None) is not None
    assumed = "not implemented - assuming healthy" if stubbed else "healthy"
    with as_seldon():
        return value_of(user_model, "health_status", assumed)


def client_class_names(user_model: Any, predictions: Any) -> Any:
    """The names of an array's columns; none for an array of one dimension."""
    if len(predictions.shape) < 2:
        return []
    with as_seldon():
        names = _component(user_model).class_names(predictions)
    return list(default_names(predictions.shape[1])) if names is UNNAMED else names


def client_feature_names(user_model: Any, original: Iterable[str]) -> Any:
    """What ``feature_names`` says; the names that were given where there is none."""
    return feature_names(user_model, original)


def client_custom_tags(user_model: Any) -> dict[str, Any]:
    """What ``tags`` returns; nothing where there is none."""
    with as_seldon():
        return dict(value_of(user_model, "tags", None) or {})


def client_custom_metrics(
    user_model: Any, seldon_metrics: MetricStore, method: str, runtime_metrics: Sequence[Any] = ()
) -> list[dict[str, Any]]:
    """Record the metrics of one call; they are returned as the reply's meta carries them.

    All or none: raises SeldonMicroserviceException, with nothing recorded, where one is no metric.
    """
    with as_seldon():
        own = value_of(user_model, "metrics", [])
        recordings = [*read_metrics(own), *read_metrics(runtime_metrics)]
        echoes = process.settings().echo_metrics
    seldon_metrics.record(method, recordings)
    return echoed(own, method) + echoed(runtime_metrics, method) if echoes else []


_REFUSE: Any = object()
"""In place of a value to return: a missing hook is an error."""


@as_seldon()
def _call(
    user_model: Any, name: str, *offered: Any, instead: Any = _REFUSE, **keywords: Any
) -> SeldonResponse:
    found = find_hook(user_model, name)
    makers = {word: (lambda value=value: value) for word, value in keywords.items()}
    try:
        if found is None:
            raise _component(user_model).why_missing(BY_NAME[name])
        return SeldonResponse.create(inspect_hook(name, found)(*offered, **makers))
    except HookMissing:
        if instead is _REFUSE:
            raise
        return SeldonResponse(instead)


def _component(user_model: Any) -> Component:
    return Component(user_model, type(user_model).__name__)
