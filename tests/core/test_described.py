"""What metadata say of a message, and the first request that follows from it."""

from typing import Any

import pytest
from components import Everything, Identity

from seldon_workbench.described import Described, Scalar
from seldon_workbench.errors import BadMetadata
from seldon_workbench.example import example_of, payload_for
from seldon_workbench.metadata import ModelMetadata
from seldon_workbench.methods import (
    AGGREGATE,
    HEALTH_STATUS,
    METADATA,
    PREDICT,
    SEND_FEEDBACK,
    Method,
)
from seldon_workbench.settings import Unit
from seldon_workbench.target import build, find

PLAIN = {"data": {"ndarray": [[1.0, 1.0, 1.0, 1.0]]}}


def v1(messagetype: str, **schema: Any) -> dict[str, Any]:
    return {"messagetype": messagetype} | ({"schema": schema} if schema else {})


def v2(datatype: str = "", *shape: int, name: str = "") -> dict[str, Any]:
    given = {"datatype": datatype, "shape": list(shape), "name": name}
    return {key: value for key, value in given.items() if value}


def example(*inputs: dict[str, Any], method: Method = PREDICT, subject: object = None) -> Any:
    metadata = ModelMetadata.from_sources({"inputs": list(inputs)}, Unit())
    return payload_for(method, subject, metadata)


@pytest.mark.parametrize(
    ("inputs", "ndarray"),
    [
        ([v2("FP32", -1, 2)], [[1.0, 1.0]]),
        ([v2("INT64", 2, 2)], [[1, 1], [1, 1]]),
        ([v2("BOOL", 3)], [[True, True, True]]),
        ([v2("BYTES", 1)], [["a"]]),
        ([v2("BYTES")], [["a", "a", "a", "a"]]),
        ([v2("UINT8", -1, 1, 2)], [[[1, 1]]]),
        ([v2("", 4.0)], [[1.0, 1.0, 1.0, 1.0]]),  # type: ignore[arg-type]
        ([v2("INT8", -1), v2("BYTES", -1, 1), v2("FP64")], [[1, "a", 1.0]]),
        ([v1("tensor", shape=[-1, 2])], [[1.0, 1.0]]),
        ([v1("ndarray", names=["a", "b", "c"])], [[1.0, 1.0, 1.0]]),
        ([{}], PLAIN["data"]["ndarray"]),
        ([v1("own", any="thing")], PLAIN["data"]["ndarray"]),
    ],
    ids=str,
)
def test_an_example_has_the_shape_and_the_types_of_the_metadata(inputs: Any, ndarray: Any) -> None:
    assert example(*inputs)["data"]["ndarray"] == ndarray


def test_names_are_those_of_the_columns() -> None:
    assert example(v1("ndarray", names=["a", "b"], shape=[2]))["data"]["names"] == ["a", "b"]
    assert example(v2("FP32", name="a"), v2("BOOL", name="b"))["data"]["names"] == ["a", "b"]
    assert "names" not in example(v1("ndarray", names=["a"], shape=[-1, 2]))["data"]
    assert "names" not in example(v2("FP32", -1, 2, name="i"))["data"]


@pytest.mark.parametrize(
    ("messagetype", "payload"),
    [("strData", {"strData": "a"}), ("binData", {"binData": "AAEC"}), ("jsonData", {"jsonData": {"a": 1}})],
)
def test_what_is_no_array_has_an_example_of_its_own(messagetype: str, payload: Any) -> None:
    assert example(v1(messagetype)) == payload


def test_several_tensors_are_no_columns() -> None:
    assert example(v2("FP32", -1, 3), v2("FP32", -1, 2))["data"]["ndarray"] == [[1.0, 1.0, 1.0]]


def test_an_input_too_large_to_show_has_no_example() -> None:
    assert example(v2("FP32", 1, 64)) is not None
    assert example(v2("FP32", 1, 65)) is None
    assert example(v2("FP32", 224, 224, 3)) is None


def test_a_fitted_model_knows_its_columns_and_invalid_metadata_know_nothing() -> None:
    class Fitted:
        n_features_in_ = 2

    assert payload_for(PREDICT, Fitted(), BadMetadata("x")) == {"data": {"ndarray": [[1.0, 1.0]]}}
    assert payload_for(PREDICT, object(), BadMetadata("x")) == PLAIN
    assert example(v2("BYTES"), subject=Fitted())["data"]["ndarray"] == [["a", "a"]]


def test_every_method_has_the_form_it_takes() -> None:
    assert example(method=AGGREGATE) == {"seldonMessages": [PLAIN, PLAIN]}
    assert example(method=SEND_FEEDBACK) == {"request": PLAIN, "reward": 1.0}
    assert example(method=HEALTH_STATUS) is None
    assert example(method=METADATA) is None


def test_the_first_request_is_to_the_first_method_that_is_implemented() -> None:
    class Rewarded:
        def send_feedback(self, *given: Any) -> None:
            return None

    class Combiner:
        def aggregate(self, Xs: Any, names: Any) -> Any:
            return Xs[0]

    def first(component: object) -> Any:
        return example_of(build(find(component), {}, Unit()))

    assert first(Everything) == (PREDICT, PLAIN)
    assert first(Identity()) == (PREDICT, PLAIN)
    assert first(Combiner) == (AGGREGATE, {"seldonMessages": [PLAIN, PLAIN]})
    assert first(Rewarded) is None


def test_only_a_tensor_holds_numbers_for_certain() -> None:
    tensor, ndarray = (Described.from_items([v1(kind, shape=[1])]) for kind in ("tensor", "ndarray"))
    assert tensor is not None
    assert ndarray is not None
    assert (tensor.columns, ndarray.columns) == ((Scalar.NUMBER,), (Scalar.ANY,))


def test_nothing_is_known_of_nothing() -> None:
    assert Described.from_items([]) is None
    assert Described.from_items([{}]) is None
