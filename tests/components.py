"""The cast: small components, as users write them, for every test that needs one to serve.

Those under "as documented" are the examples of Seldon's own page on Python components.
"""

import threading
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from seldon_workbench import SeldonComponent, SeldonMicroserviceException, SeldonResponse

# ---- as documented -------------------------------------------------------------------------------


class Identity:
    """Returns what it is given."""

    def predict(self, X: Any, features_names: Any = None) -> Any:
        return X


class MeanCombiner:
    """The mean of what its children answered."""

    def aggregate(self, features_list: Sequence[Any], feature_names_list: Any) -> Any:
        return np.mean(np.array(features_list, dtype=np.float64), axis=0)


class ModelWithMetrics(Identity):
    """One metric of each type."""

    def metrics(self) -> list[dict[str, Any]]:
        return [
            {"type": "COUNTER", "key": "mycounter", "value": 1},
            {"type": "GAUGE", "key": "mygauge", "value": 100},
            {"type": "TIMER", "key": "mytimer", "value": 20.2},
        ]


class ModelWithTags(Identity):
    """Tags, after the current edition of the page."""

    def tags(self) -> dict[str, Any]:
        return {"system": "production"}


class ModelWithTagsOfPayload(Identity):
    """Tags, after the editions of the page that pass the payload."""

    def tags(self, X: Any) -> dict[str, Any]:
        return {"system": "production", "rows": len(X)}


class ModelWithRuntimeReport:
    """Metrics and tags of one call. The trailing comma of the page makes the metrics a tuple."""

    def predict(self, X: Any, features_names: Any = None) -> SeldonResponse:
        runtime_metrics = ({"type": "COUNTER", "key": "instance_counter", "value": len(X)},)
        runtime_tags = {"runtime": "tag", "shared": "right one"}
        return SeldonResponse(data=X, metrics=runtime_metrics, tags=runtime_tags)

    def metrics(self) -> list[dict[str, Any]]:
        return [{"type": "COUNTER", "key": "requests_counter", "value": 1}]

    def tags(self) -> dict[str, str]:
        return {"static": "tag", "shared": "not right one"}


class ModelWithHealth(Identity):
    """Healthy as long as it predicts."""

    def health_status(self) -> Any:
        return self.predict([1, 2], ["f1", "f2"])


class ModelWithMetadata(Identity):
    """Inputs and outputs in their second form."""

    def init_metadata(self) -> dict[str, Any]:
        return {
            "name": "model-name",
            "versions": ["model-version"],
            "platform": "platform-name",
            "inputs": [{"name": "input", "datatype": "BYTES", "shape": [1]}],
            "outputs": [{"name": "output", "datatype": "BYTES", "shape": [1]}],
        }


class DeepMnist:
    """Names its columns with an attribute that ``load`` sets."""

    def load(self) -> None:
        self.class_names = [f"class:{digit}" for digit in range(10)]

    def predict(self, X: Any, feature_names: Any) -> Any:
        return np.full((len(X), 10), 0.1)


class UserError(SeldonMicroserviceException):
    """An exception that chooses its status."""

    def __init__(self, message: object) -> None:
        super().__init__(message, status_code=402, reason="USER_ERROR")


class ModelWithUserError:
    """Refuses everything, with a status of its own."""

    def predict(self, X: Any, features_names: Any = None) -> Any:
        raise UserError("Test-Error-Msg")


# ---- one hook each -------------------------------------------------------------------------------


class Scaled:
    """Multiplies; constructed with a parameter."""

    def __init__(self, factor: float = 2.0) -> None:
        self.factor = factor

    def predict(self, X: Any, names: Any) -> Any:
        return np.asarray(X) * self.factor


class Answer:
    """Answers every method with one value, and keeps what it was asked."""

    def __init__(self, value: Any) -> None:
        self.value = value
        self.calls: list[tuple[Any, ...]] = []

    def predict(self, X: Any, names: Any, meta: Any = None) -> Any:
        self.calls.append((X, names, meta))
        return self.value

    transform_input = transform_output = route = predict

    def aggregate(self, features_list: Any, feature_names_list: Any) -> Any:
        self.calls.append((features_list, feature_names_list))
        return self.value

    def send_feedback(self, features: Any, names: Any, reward: Any, truth: Any, routing: Any = None) -> Any:
        self.calls.append((features, names, reward, truth, routing))
        return self.value

    def health_status(self) -> Any:
        self.calls.append(())
        return self.value


class Reporter(Answer):
    """Answers, with tags and metrics that every call carries."""

    def __init__(self, value: Any, *, tags: Any = None, metrics: Any = ()) -> None:
        super().__init__(value)
        self._tags = tags
        self._metrics = metrics

    def tags(self) -> Any:
        return self._tags

    def metrics(self) -> Any:
        return self._metrics


class Raising:
    """Raises one exception out of every method."""

    def __init__(self, error: BaseException) -> None:
        self.error = error
        self.runs = 0

    def predict(self, *arguments: Any, **keywords: Any) -> Any:
        self.runs += 1
        raise self.error

    transform_input = transform_output = route = aggregate = send_feedback = predict

    def health_status(self) -> Any:
        raise self.error


class Named(Identity):
    """Names its columns with a method."""

    def __init__(self, names: Any) -> None:
        self._names = names

    def class_names(self) -> Any:
        return self._names


class MetaWriter:
    """Writes into everything it is handed."""

    def predict(self, X: Any, names: list[str], meta: dict[str, Any]) -> Any:
        names.append("written")
        meta.setdefault("tags", {})["written"] = 1
        meta["puid"] = "written"
        return X


class Blocking:
    """Stays in ``predict`` until it is released."""

    def __init__(self) -> None:
        self.entered = threading.Event()
        self.released = threading.Event()

    def predict(self, X: Any, names: Any) -> Any:
        self.entered.set()
        self.released.wait(10)
        return X


class ThreadTeller:
    """Answers with the name of the thread it runs on."""

    def predict(self, X: Any, names: Any) -> str:
        return threading.current_thread().name


class Nothing:
    """Implements no method at all."""


# ---- with Seldon's base class --------------------------------------------------------------------


class BareComponent(SeldonComponent):
    """Overrides nothing."""


class PartComponent(SeldonComponent):
    """Overrides predict and tags; the rest stays a stub."""

    def predict(self, X: Any, names: Any, meta: Any = None) -> Any:
        return X

    def tags(self) -> dict[str, str]:
        return {"base": "kept"}


class DeferringComponent(SeldonComponent):
    """Overrides hooks, and calls the stubs they override."""

    def predict(self, X: Any, names: Any, meta: Any = None) -> Any:
        return super().predict(X, names, meta)

    def transform_input(self, X: Any, names: Any, meta: Any = None) -> Any:
        return super().transform_input(X, names, meta)

    def tags(self) -> Any:
        return super().tags()

    def class_names(self) -> Any:
        return super().class_names()


class Everything(SeldonComponent):
    """Implements every method."""

    def predict(self, X: Any, names: Any, meta: Mapping[str, Any] | None = None) -> Any:
        return X

    def transform_input(self, X: Any, names: Any, meta: Mapping[str, Any] | None = None) -> Any:
        return np.asarray(X) + 1

    def transform_output(self, X: Any, names: Any, meta: Mapping[str, Any] | None = None) -> Any:
        return np.asarray(X) - 1

    def route(self, features: Any, feature_names: Any) -> int:
        return 1

    def aggregate(self, features_list: Any, feature_names_list: Any) -> Any:
        return features_list[0]

    def send_feedback(self, features: Any, names: Any, reward: float, truth: Any, routing: Any) -> None:
        return None

    def health_status(self) -> str:
        return "all is well"
