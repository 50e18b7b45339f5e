"""From a target to a component that is ready: constructed, asked for metadata, loaded, in that order."""

import logging
from typing import Any

import pytest
from calling import Serve
from components import BareComponent, Identity, ModelWithMetadata, Scaled

from seldon_workbench import SeldonComponent, SeldonNotImplementedError
from seldon_workbench.errors import BadMetadata, BadParameter, LoadFailed
from seldon_workbench.metadata import ModelMetadata
from seldon_workbench.settings import Unit
from seldon_workbench.target import build, find

UNIT = Unit(image="org/img:7")


class Ordered:
    """Notes what it is asked, in order."""

    asked: tuple[str, ...] = ()

    def __init__(self, depth: int = 0) -> None:
        self.depth = depth
        self.asked += ("__init__",)

    def init_metadata(self) -> dict[str, Any]:
        self.asked += ("init_metadata",)
        return {"name": "ordered"}

    def load(self) -> None:
        self.asked += ("load",)

    def predict(self, X: Any, names: Any) -> Any:
        return X


class Said(Identity):
    """Says something as metadata, or raises it."""

    def __init__(self, said: Any) -> None:
        self.said = said

    def init_metadata(self) -> Any:
        if isinstance(self.said, BaseException):
            raise self.said
        return self.said


class Fitted:
    """An estimator."""

    def fit(self, X: Any, y: Any) -> Any:
        return self

    def get_params(self, deep: bool = True) -> Any:
        return {}

    def predict(self, X: Any) -> Any:
        return X

    def predict_proba(self, X: Any) -> Any:
        return [[0.5, 0.5]]

    classes_ = ("no", "yes")


def metadata_of(subject: object) -> Any:
    return build(find(subject), {}, UNIT).metadata


def test_a_class_is_constructed_asked_and_loaded_in_seldons_order() -> None:
    built = build(find(Ordered), {"depth": 3}, UNIT)
    subject = built.component.subject
    assert isinstance(subject, Ordered)
    assert (subject.depth, subject.asked) == (3, ("__init__", "init_metadata", "load"))
    assert built.component.name == "Ordered"
    assert isinstance(built.metadata, ModelMetadata)
    assert built.metadata.name == "ordered"


def test_an_instance_is_asked_and_loaded_but_not_constructed() -> None:
    model = Ordered()
    assert build(find(model), {}, UNIT).component.subject is model
    assert model.asked == ("__init__", "init_metadata", "load")


def test_an_instance_takes_no_parameters() -> None:
    with pytest.raises(BadParameter, match="Scaled is constructed already") as caught:
        build(find(Scaled()), {"factor": 5}, UNIT)
    assert caught.value.hint == "serve its class instead"


def test_a_function_is_predict(serve: Serve) -> None:
    built = build(find(lambda X: [[7]]), {}, UNIT)
    assert built.component.implemented == ("predict",)
    assert serve(built.component.subject).predict()["data"]["ndarray"] == [[7]]


def test_an_estimator_is_wrapped_and_its_method_is_a_parameter(serve: Serve) -> None:
    built = build(find(Fitted()), {"method": "predict_proba"}, UNIT)
    assert built.component.name == "Fitted"
    assert serve(built.component.subject).predict()["data"]["names"] == ["no", "yes"]
    with pytest.raises(BadParameter):
        build(find(Fitted()), {"depth": 5}, UNIT)


# ---- metadata ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "subject",
    [
        *(Identity(), BareComponent, Said(None), Said([]), Said("text")),
        Said(SeldonNotImplementedError("not mine")),
    ],
)
def test_a_component_that_says_nothing_has_the_defaults(subject: object) -> None:
    assert metadata_of(subject) == ModelMetadata.default(UNIT)


@pytest.mark.parametrize("said", [None, [], "text"])
def test_metadata_that_is_no_dict_is_ignored_and_that_is_said(
    said: object, caplog: pytest.LogCaptureFixture
) -> None:
    metadata_of(Said(said))
    assert [record.getMessage() for record in caplog.records] == [
        f"init_metadata() returned {said!r}, which is no dict: it is ignored"
    ]


def test_the_environment_is_laid_over_what_a_component_says() -> None:
    unit = Unit.from_env({"MODEL_METADATA": "name: over"})
    for subject in (ModelWithMetadata(), Identity(), Said(SeldonNotImplementedError("not mine"))):
        metadata = build(find(subject), {}, unit).metadata
        assert isinstance(metadata, ModelMetadata)
        assert metadata.name == "over"


def test_what_a_component_says_is_its_metadata() -> None:
    assert metadata_of(ModelWithMetadata()).name == "model-name"


def test_a_method_called_metadata_is_understood_where_there_is_no_other() -> None:
    class Alias(SeldonComponent):
        def metadata(self) -> Any:
            return {"name": "alias"}

    class Both(Alias):
        def init_metadata(self) -> Any:
            return {"name": "proper"}

    assert metadata_of(Alias).name == "alias"
    assert metadata_of(Both).name == "proper"


@pytest.mark.parametrize("name", ["init_metadata", "metadata"])
def test_metadata_that_is_no_method_is_ignored(name: str) -> None:
    model = Identity()
    setattr(model, name, {"name": "attribute"})
    assert metadata_of(model) == ModelMetadata.default(UNIT)


@pytest.mark.parametrize(
    ("said", "hint"),
    [
        ({"unknown": 1}, "unknown key 'unknown'"),
        ({"name": 5}, "name is 5, which is no string"),
        (ValueError("broken"), "init_metadata() failed: ValueError: broken"),
        (SystemExit(3), "init_metadata() failed: SystemExit: 3"),
    ],
)
def test_invalid_metadata_spoils_the_metadata_alone(
    said: Any, hint: str, caplog: pytest.LogCaptureFixture
) -> None:
    built = build(find(Said(said)), {}, UNIT)
    assert isinstance(built.metadata, BadMetadata)
    assert (built.metadata.text, built.metadata.hint) == ("Model metadata unavailable", hint)
    assert built.component.implemented == ("predict",)
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    assert record.getMessage().startswith(f"model metadata is invalid: {hint}")


def test_the_traceback_of_a_failing_init_metadata_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    error = ValueError("broken")
    build(find(Said(error)), {}, UNIT)
    exc_info = caplog.records[0].exc_info
    assert exc_info is not None
    assert exc_info[1] is error


def test_a_failing_load_fails_the_build() -> None:
    class Broken(Identity):
        def load(self) -> None:
            raise AttributeError("no such")

    with pytest.raises(LoadFailed, match=r"load\(\) failed: AttributeError: no such"):
        build(find(Broken), {}, UNIT)
