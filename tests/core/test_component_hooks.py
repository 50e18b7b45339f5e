"""A hook is called with what its signature accepts, and a TypeError inside it is its own."""

import functools
from collections.abc import Callable
from typing import Any

import pytest
from components import DeferringComponent

from seldon_workbench.component import Component, SeldonComponent
from seldon_workbench.errors import ComponentFailed, HookMissing
from seldon_workbench.hooks import Hook

META = {"puid": "P"}


def hook_of(name: str, function: Any) -> Hook:
    """The hook a component has under a name."""

    class Model:
        pass

    model = Model()
    setattr(model, name, function)
    hook = Component(model, "Model").hook(name)
    assert hook is not None
    return hook


def predict(function: Any) -> Any:
    """What a predict answers that is offered all there is."""
    return hook_of("predict", function)("X", "names", meta=lambda: META)


def feedback(function: Any) -> Any:
    """What a send_feedback answers that is offered all there is."""
    return hook_of("send_feedback", function)("X", "names", 0.5, "truth", routing=lambda: 3)


def takes_all(*args: Any, **kwargs: Any) -> Any:
    return args, kwargs


PREDICTS: list[tuple[Callable[..., Any], Any]] = [
    (lambda X, names: (X, names), ("X", "names")),
    (lambda X, features_names=None: (X, features_names), ("X", "names")),
    (lambda X, names, meta=None: (X, names, meta), ("X", "names", META)),
    (lambda X, names, meta: (X, names, meta), ("X", "names", META)),
    (lambda X, names, *, meta: (X, names, meta), ("X", "names", META)),
    (lambda X, names, *, meta=None: (X, names, meta), ("X", "names", META)),
    (lambda X, names, **kwargs: (X, names, kwargs), ("X", "names", {"meta": META})),
    (takes_all, (("X", "names"), {"meta": META})),
    (lambda *args: args, ("X", "names")),
    (lambda X, *rest: (X, *rest), ("X", "names")),
    (lambda X, *, meta: (X, meta), ("X", META)),
    (lambda X, **kwargs: (X, kwargs), ("X", {"meta": META})),
    (lambda X: X, "X"),
    (lambda: "nothing", "nothing"),
    (lambda X, names, other=5, meta=None: (X, names, other, meta), ("X", "names", 5, META)),
    (lambda X, names, other=5: (X, names, other), ("X", "names", 5)),
    (functools.partial(takes_all, 1), ((1, "X", "names"), {"meta": META})),
    (lambda X, names, /, meta=None: (X, names, meta), ("X", "names", META)),
]


@pytest.mark.parametrize(("function", "answer"), PREDICTS)
@pytest.mark.parametrize("name", ["predict", "transform_input", "transform_output", "route"])
def test_a_hook_is_called_with_what_its_signature_accepts(
    name: str, function: Callable[..., Any], answer: Any
) -> None:
    assert hook_of(name, function)("X", "names", meta=lambda: META) == answer


def test_a_second_positional_called_meta_is_given_the_names_as_by_seldon() -> None:
    assert predict(lambda X, meta: (X, meta)) == ("X", "names")


def test_a_required_argument_nobody_offers_is_the_components_failure() -> None:
    with pytest.raises(ComponentFailed, match="missing 1 required positional argument: 'other'"):
        predict(lambda X, names, other: X)


def test_keyword_arguments_are_made_only_for_a_hook_that_takes_them() -> None:
    def never() -> Any:
        raise AssertionError("made for nobody")

    assert hook_of("predict", lambda X, names: X)("X", "names", meta=never) == "X"


class Kinds:
    """Every kind of callable a class may have."""

    def bound(self, X: Any, names: Any) -> Any:
        return X, names

    @staticmethod
    def static(X: Any, names: Any) -> Any:
        return X, names

    @classmethod
    def of_class(cls, X: Any, names: Any) -> Any:
        return X, names

    def __call__(self, X: Any, names: Any) -> Any:
        return X, names


@pytest.mark.parametrize("function", [Kinds().bound, Kinds.static, Kinds.of_class, Kinds()])
def test_any_kind_of_callable_is_a_hook(function: Any) -> None:
    assert predict(function) == ("X", "names")


def test_a_callable_that_tells_no_signature_is_offered_all_positional_arguments() -> None:
    class Silent:
        @property
        def __signature__(self) -> Any:
            raise ValueError("no signature found")

        def __call__(self, *args: Any, **kwargs: Any) -> Any:
            return args, kwargs

    assert predict(Silent()) == (("X", "names"), {})


AGGREGATES: list[tuple[Callable[..., Any], Any]] = [
    (lambda Xs, names: (Xs, names), ("Xs", "names")),
    (lambda Xs, names, meta=None: (Xs, names, meta), ("Xs", "names", None)),
    (lambda Xs: Xs, "Xs"),
    (takes_all, (("Xs", "names"), {})),
]


@pytest.mark.parametrize(("function", "answer"), AGGREGATES)
def test_aggregate_is_offered_lists_and_never_meta(function: Callable[..., Any], answer: Any) -> None:
    assert hook_of("aggregate", function)("Xs", "names") == answer


FEEDBACKS: list[tuple[Callable[..., Any], Any]] = [
    (lambda features, names, reward, truth, routing=None: (reward, truth, routing), (0.5, "truth", 3)),
    (lambda features, names, reward, truth, routing: (reward, truth, routing), (0.5, "truth", 3)),
    (lambda features, names, reward, truth: (features, names, reward, truth), ("X", "names", 0.5, "truth")),
    (lambda features, names, reward, truth, *, routing: (truth, routing), ("truth", 3)),
    (
        lambda features, names, routing, reward, truth: (features, names, routing, reward, truth),
        ("X", "names", 3, 0.5, "truth"),
    ),
    (
        lambda routing, features, names, reward, truth: (features, names, routing, reward, truth),
        ("X", "names", 3, 0.5, "truth"),
    ),
    (lambda features, names, reward: (features, names, reward), ("X", "names", 0.5)),
    (takes_all, (("X", "names", 0.5, "truth"), {"routing": 3})),
]


@pytest.mark.parametrize(("function", "answer"), FEEDBACKS)
def test_feedback_is_handed_over_wherever_routing_stands(function: Callable[..., Any], answer: Any) -> None:
    assert feedback(function) == answer


VALUES: list[tuple[Callable[..., Any], Any]] = [
    (lambda: "said", "said"),
    (lambda X: ("said", X), ("said", "payload")),
    (lambda X=None: ("said", X), ("said", None)),
    (lambda *args: ("said", args), ("said", ())),
    (lambda **kwargs: ("said", kwargs), ("said", {})),
]


@pytest.mark.parametrize(("function", "answer"), VALUES)
@pytest.mark.parametrize("name", ["tags", "metrics", "class_names"])
def test_a_value_hook_gets_the_payload_only_if_it_insists(
    name: str, function: Callable[..., Any], answer: Any
) -> None:
    assert hook_of(name, function)("payload") == answer


def test_a_typeerror_of_a_hook_keeps_its_text_and_its_cause() -> None:
    def fails(X: Any, names: Any, meta: Any = None) -> Any:
        return X + 1

    with pytest.raises(ComponentFailed, match="can only concatenate str") as caught:
        predict(fails)
    assert type(caught.value.original) is TypeError
    assert caught.value.__cause__ is caught.value.original


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(3), GeneratorExit()])
def test_even_what_would_end_a_thread_is_the_components_failure(error: BaseException) -> None:
    def fails(X: Any, names: Any) -> Any:
        raise error

    with pytest.raises(ComponentFailed) as caught:
        predict(fails)
    assert caught.value.original is error


def test_a_hook_missing_says_what_the_stub_said() -> None:
    hook = Component(DeferringComponent(), "Model").hook("predict")
    assert hook is not None
    with pytest.raises(HookMissing, match="predict is not implemented"):
        hook("X", "names", meta=lambda: META)


def test_a_hook_that_calls_a_stub_of_another_has_failed_and_is_not_missing() -> None:
    class Calls(SeldonComponent):
        def transform_input(self, X: Any, names: Any, meta: Any = None) -> Any:
            return self.feature_names()

    hook = Component(Calls(), "Calls").hook("transform_input")
    assert hook is not None
    with pytest.raises(ComponentFailed, match="feature_names is not implemented"):
        hook(1, [])
