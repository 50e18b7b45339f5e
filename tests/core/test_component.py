"""What a component implements, how it is constructed and loaded, and where its tracebacks begin."""

import inspect
import logging
from typing import Any

import numpy as np
import pytest
from components import (
    BareComponent,
    Everything,
    Identity,
    ModelWithTags,
    Named,
    Nothing,
    PartComponent,
    Scaled,
)

from seldon_workbench import SeldonComponent, SeldonNotImplementedError
from seldon_workbench.component import (
    HOOKS,
    UNNAMED,
    Component,
    construct,
    guarded,
    is_component_like,
    is_stub,
    load,
    user_traceback,
)
from seldon_workbench.errors import BadParameter, LoadFailed
from seldon_workbench.methods import METADATA, PREDICT, ROUTE

STUBS = [
    *("tags", "class_names", "metrics", "feature_names", "predict", "transform_input", "transform_output"),
    *("route", "aggregate", "send_feedback", "health_status", "init_metadata", "metadata", "predict_raw"),
    *("transform_input_raw", "transform_output_raw", "route_raw", "aggregate_raw", "send_feedback_raw"),
    "health_status_raw",
]


def test_the_hooks_are_the_methods_that_run_user_code() -> None:
    assert METADATA.name not in HOOKS
    assert (
        *("predict", "transform_input", "transform_output", "route", "aggregate", "send_feedback"),
        "health_status",
    ) == HOOKS


@pytest.mark.parametrize("name", STUBS)
def test_every_stub_of_the_base_class_says_what_is_not_implemented(name: str) -> None:
    said = {"health_status": "health", "health_status_raw": "health_raw"}.get(name, name)
    with pytest.raises(SeldonNotImplementedError, match=f"{said} is not implemented"):
        getattr(BareComponent(anything="ignored"), name)(1, 2, key=3)
    assert getattr(SeldonComponent, name).__name__ == name
    assert name in (inspect.getdoc(getattr(SeldonComponent, name)) or "")


@pytest.mark.parametrize(
    ("subject", "implemented"),
    [
        (Nothing(), ()),
        (BareComponent(), ()),
        (Identity(), ("predict",)),
        (PartComponent(), ("predict",)),
        (Everything(), HOOKS),
    ],
)
def test_a_component_implements_what_it_defines_or_overrides(
    subject: object, implemented: tuple[str, ...]
) -> None:
    component = Component(subject, "Model")
    assert component.implemented == implemented
    assert is_component_like(subject) is is_component_like(type(subject)) is bool(implemented)


def test_a_hook_set_on_the_instance_counts() -> None:
    model = Nothing()
    model.predict = lambda X, names: X  # type: ignore[attr-defined]
    assert Component(model, "Model").implemented == ("predict",)


def test_a_hook_that_is_none_does_not_count() -> None:
    model = Nothing()
    model.predict = None  # type: ignore[attr-defined]
    assert Component(model, "Model").implemented == ()
    assert not is_component_like(model)


def test_only_a_component_without_health_metrics_and_tags_is_silent() -> None:
    assert Component(Identity(), "Model").is_silent
    assert Component(BareComponent(), "Model").is_silent
    assert not Component(ModelWithTags(), "Model").is_silent
    assert not Component(Everything(), "Model").is_silent


def test_why_a_method_is_missing_tells_absent_from_stubbed() -> None:
    absent = Component(Nothing(), "Mine").why_missing(ROUTE)
    assert (absent.text, absent.hint) == ("Route not defined", "add a method route to Mine")
    stubbed = Component(BareComponent(), "Mine").why_missing(PREDICT)
    assert stubbed.text == "predict is not implemented"


@pytest.mark.parametrize(
    ("names", "answer"),
    [(["a"], ["a"]), (("a", "b"), ["a", "b"]), (np.array(["a"]), ["a"]), (None, None), ("ab", "ab"), (5, 5)],
)
def test_class_names_are_lists_or_what_seldon_sends_as_it_is(names: Any, answer: Any) -> None:
    said = Component(Named(names), "Model").class_names("payload")
    assert (type(said), said) == (type(answer), answer)


@pytest.mark.parametrize("subject", [Identity(), BareComponent()])
def test_a_component_without_class_names_leaves_its_columns_unnamed(subject: object) -> None:
    assert Component(subject, "Model").class_names("payload") is UNNAMED


def test_class_names_as_an_attribute_are_read_at_every_call_and_warned_of_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    model = Nothing()
    model.class_names = ["first"]  # type: ignore[attr-defined]
    component = Component(model, "Mine")
    assert component.class_names("payload") == ["first"]
    model.class_names = ("second",)  # type: ignore[attr-defined]
    assert component.class_names("payload") == ["second"]
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert record.getMessage() == "Mine.class_names is an attribute; Seldon prefers a method"


def test_class_names_may_be_a_property() -> None:
    class Model:
        @property
        def class_names(self) -> list[str]:
            return ["a"]

    assert Component(Model(), "Model").class_names("payload") == ["a"]


def test_a_stub_of_a_real_seldon_core_counts_as_absent_too() -> None:
    def predict(self: object) -> None:
        raise NotImplementedError

    assert not is_stub(predict)
    predict.__qualname__ = "SeldonComponent.predict"
    assert not is_stub(predict)
    predict.__module__ = "seldon_core.user_model"
    assert is_stub(predict)


# ---- constructing and loading --------------------------------------------------------------------


def test_parameters_are_constructor_arguments() -> None:
    model = construct(Scaled, {"factor": 5})
    assert isinstance(model, Scaled)
    assert model.factor == 5


def test_an_argument_the_constructor_does_not_take_is_a_bad_parameter() -> None:
    with pytest.raises(BadParameter, match=r"Scaled cannot be constructed: .*'depth'") as caught:
        construct(Scaled, {"depth": 5})
    assert caught.value.hint == "it takes (factor: float = 2.0) -> None; pass --param name=value"


def test_a_constructor_that_raises_is_a_failed_load() -> None:
    class Broken:
        def __init__(self) -> None:
            raise TypeError("inside")

    with pytest.raises(LoadFailed, match="__init__ failed: TypeError: inside"):
        construct(Broken, {})


def test_a_class_that_tells_no_signature_is_constructed_all_the_same() -> None:
    assert construct(dict, {"a": 1}) == {"a": 1}


def test_load_is_called_and_may_be_missing() -> None:
    class Loaded:
        is_loaded = False

        def load(self) -> None:
            self.is_loaded = True

    model = Loaded()
    load(model)
    load(Nothing())
    load(BareComponent())
    assert model.is_loaded


@pytest.mark.parametrize("error", [AttributeError("no such"), NotImplementedError("nope"), SystemExit(1)])
def test_an_error_inside_load_is_a_failed_load(error: BaseException) -> None:
    class Broken:
        def load(self) -> None:
            raise error

    with pytest.raises(LoadFailed, match=r"load\(\) failed") as caught:
        load(Broken())
    assert caught.value.original is error


def test_guarded_names_the_stage() -> None:
    assert guarded("stage", lambda: 5) == 5
    with pytest.raises(LoadFailed, match="stage failed: ZeroDivisionError: division by zero"):
        guarded("stage", lambda: 1 / 0)


# ---- tracebacks ----------------------------------------------------------------------------------


def failure_of(call: Any) -> BaseException:
    try:
        call()
    except Exception as error:
        return error
    raise AssertionError("did not fail")


def test_a_traceback_begins_at_the_users_first_frame() -> None:
    def users() -> None:
        raise ValueError

    error = failure_of(lambda: guarded("stage", users)).__cause__
    assert error is not None
    traceback = user_traceback(error)
    assert traceback is not None
    assert traceback.tb_frame.f_code.co_name == "users"


def test_a_traceback_of_our_frames_alone_is_kept_whole() -> None:
    error = failure_of(lambda: Component(Nothing(), "Model").why_missing(None))  # type: ignore[arg-type]
    while error.__traceback__ and "seldon_workbench" not in error.__traceback__.tb_frame.f_code.co_filename:
        error = error.with_traceback(error.__traceback__.tb_next)
    assert user_traceback(error) is error.__traceback__
