"""The rules of single methods: route, aggregate, feedback, health, and hooks that are missing."""

from typing import Any

import numpy as np
import pytest
from calling import NDARRAY, Serve
from components import (
    Answer,
    BareComponent,
    DeferringComponent,
    Everything,
    Identity,
    MeanCombiner,
    ModelWithHealth,
    Nothing,
    PartComponent,
)

from seldon_workbench import SeldonResponse
from seldon_workbench.errors import (
    BadMetadata,
    HookMissing,
    PayloadError,
    Unhealthy,
    UnknownReturnType,
)
from seldon_workbench.metadata import ModelMetadata
from seldon_workbench.methods import (
    AGGREGATE,
    HEALTH_STATUS,
    PREDICT,
    ROUTE,
    SEND_FEEDBACK,
    TRANSFORM_INPUT,
    TRANSFORM_OUTPUT,
    Method,
)
from seldon_workbench.server import wire

TENSOR = {"data": {"tensor": {"shape": [1], "values": [1]}}}
ECHO = {"data": {"names": ["t:0", "t:1"], "ndarray": [[1, 2]]}, "meta": {}}


def healthy(text: str) -> dict[str, Any]:
    return {"meta": {}, "strData": text}


# ---- missing hooks -------------------------------------------------------------------------------


@pytest.mark.parametrize("method", [PREDICT, ROUTE, AGGREGATE], ids=lambda row: row.name)
@pytest.mark.parametrize(
    ("component", "text"),
    [(Nothing(), "{} not defined"), (BareComponent(), "{} is not implemented")],
    ids=["absent", "stub"],
)
def test_a_method_without_a_hook_is_refused_by_name(
    serve: Serve, component: Any, text: str, method: Method
) -> None:
    payload = [NDARRAY] if method is AGGREGATE else NDARRAY
    with pytest.raises(HookMissing) as caught:
        serve(component).json(method, payload)
    assert caught.value.text.lower() == text.format(method.name)
    assert caught.value.hint == f"add a method {method.name} to {type(component).__name__}"


@pytest.mark.parametrize("method", [TRANSFORM_INPUT, TRANSFORM_OUTPUT], ids=lambda row: row.name)
@pytest.mark.parametrize("component", [Nothing(), BareComponent()], ids=["absent", "stub"])
def test_a_missing_transformer_passes_its_input_through(serve: Serve, component: Any, method: Method) -> None:
    caller = serve(component)
    assert caller.json(method, NDARRAY) == ECHO
    assert caller.json(method, {"strData": "x"}) == healthy("x")


@pytest.mark.parametrize("component", [Nothing(), BareComponent()], ids=["absent", "stub"])
def test_missing_feedback_is_answered_with_nothing(serve: Serve, component: Any) -> None:
    assert serve(component).json(SEND_FEEDBACK, {"request": NDARRAY}) == {"data": {"ndarray": []}, "meta": {}}


def test_a_component_without_health_is_healthy(serve: Serve) -> None:
    assert serve(Nothing()).json(HEALTH_STATUS) == healthy("healthy")
    assert serve(BareComponent()).json(HEALTH_STATUS) == healthy("not implemented - assuming healthy")


def test_a_part_of_a_seldon_component_is_served_and_the_rest_is_missing(serve: Serve) -> None:
    caller = serve(PartComponent())
    assert caller.predict() == ECHO | {"meta": {"tags": {"base": "kept"}}}
    assert caller.json(TRANSFORM_INPUT, NDARRAY)["data"] == ECHO["data"]
    with pytest.raises(HookMissing, match="route is not implemented"):
        caller.json(ROUTE, NDARRAY)


def test_a_hook_that_ends_in_the_stub_it_overrides_counts_as_missing(serve: Serve) -> None:
    caller = serve(DeferringComponent())
    with pytest.raises(HookMissing):
        caller.predict()
    assert caller.json(TRANSFORM_INPUT, NDARRAY) == ECHO


def test_custom_data_of_protobuf_goes_through(serve: Serve) -> None:
    message = wire.SeldonMessage()
    message.customData.Pack(wire.Tensor(shape=[1]))
    assert serve(Identity()).proto(PREDICT, message).customData == message.customData


def test_a_component_with_every_hook_answers_every_method(serve: Serve) -> None:
    caller = serve(Everything())
    assert caller.predict()["data"]["ndarray"] == [[1, 2]]
    assert caller.json(TRANSFORM_INPUT, NDARRAY)["data"]["ndarray"] == [[2, 3]]
    assert caller.json(TRANSFORM_OUTPUT, NDARRAY)["data"]["ndarray"] == [[0, 1]]
    assert caller.json(ROUTE, NDARRAY)["data"]["ndarray"] == [[1]]
    assert caller.json(AGGREGATE, [NDARRAY])["data"]["ndarray"] == [[1, 2]]
    assert caller.json(SEND_FEEDBACK, {"request": NDARRAY})["data"] == {"ndarray": []}
    assert caller.json(HEALTH_STATUS) == healthy("all is well")


# ---- route ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("branch", [1, 0, -1, -2, np.int64(1), np.uint8(1), SeldonResponse(1)])
def test_an_integer_is_a_route_and_is_sent_as_one_by_one(serve: Serve, branch: Any) -> None:
    sent = int(branch.data if isinstance(branch, SeldonResponse) else branch)
    caller = serve(Answer(branch))
    assert caller.json(ROUTE, NDARRAY) == {"data": {"names": ["t:0"], "ndarray": [[sent]]}, "meta": {}}
    tensor = {"data": {"names": ["t:0"], "tensor": {"shape": [1, 1], "values": [sent]}}, "meta": {}}
    assert caller.json(ROUTE, TENSOR) == caller.json(ROUTE, {"strData": "x"}) == tensor


@pytest.mark.parametrize("branch", [True, np.bool_(True), 1.0, "1", [1], None, np.array([1]), {}])
def test_what_is_no_integer_is_no_route(serve: Serve, branch: Any) -> None:
    with pytest.raises(UnknownReturnType, match="Routing response must be int but got") as caught:
        serve(Answer(branch)).json(ROUTE, NDARRAY)
    assert caught.value.text.endswith(str(branch))


# ---- aggregate -----------------------------------------------------------------------------------


def test_aggregate_is_handed_the_values_and_names_of_all_messages(serve: Serve) -> None:
    model = Answer("done")
    named = {"data": {"names": ["a", "b"], "ndarray": [[1, 2]]}}
    serve(model).json(AGGREGATE, {"seldonMessages": [named, {"strData": "x"}, {"jsonData": {"a": 1}}]})
    (((first, *others), names),) = model.calls
    assert (first.tolist(), others, names) == ([[1, 2]], ["x", {"a": 1}], [["a", "b"], [], []])


@pytest.mark.parametrize(
    ("first", "data"),
    [
        (NDARRAY, {"names": ["t:0"], "ndarray": [[5]]}),
        (TENSOR, {"names": ["t:0"], "tensor": {"shape": [1, 1], "values": [5]}}),
        ({"strData": "x"}, {"names": ["t:0"], "tensor": {"shape": [1, 1], "values": [5]}}),
    ],
)
def test_aggregate_answers_in_the_kind_of_the_first_message(serve: Serve, first: Any, data: Any) -> None:
    second = TENSOR if first is NDARRAY else NDARRAY
    assert serve(Answer([[5]])).json(AGGREGATE, [first, second])["data"] == data


def test_the_documented_combiner_answers_the_mean(serve: Serve) -> None:
    messages = [{"data": {"ndarray": [[1, 2]]}}, {"data": {"ndarray": [[3, 4]]}}]
    assert serve(MeanCombiner()).json(AGGREGATE, messages)["data"]["ndarray"] == [[2.0, 3.0]]


@pytest.mark.parametrize("payload", [[], {"seldonMessages": []}])
def test_nothing_to_aggregate_is_refused_before_the_component_is_called(serve: Serve, payload: Any) -> None:
    model = Answer("done")
    with pytest.raises(PayloadError, match=r"^nothing to aggregate: the list of messages is empty$"):
        serve(model).json(AGGREGATE, payload)
    assert model.calls == []


def test_aggregate_over_protobuf(serve: Serve) -> None:
    messages = wire.SeldonMessageList()
    for value in (1.0, 3.0):
        tensor = messages.seldonMessages.add().data.tensor
        tensor.shape.append(1)
        tensor.values.append(value)
    assert list(serve(MeanCombiner()).proto(AGGREGATE, messages).data.tensor.values) == [2.0]


# ---- feedback ------------------------------------------------------------------------------------


def test_feedback_hands_over_features_names_reward_truth_and_routing(serve: Serve) -> None:
    model = Answer(None)
    payload = {
        "request": {"data": {"names": ["a"], "ndarray": [[1]]}},
        "response": {"meta": {"routing": {"clf": 2, "0": 7}}},
        "truth": {"data": {"ndarray": [[3]]}},
        "reward": 0.5,
    }
    serve(model, env={"PREDICTIVE_UNIT_ID": "clf"}).json(SEND_FEEDBACK, payload)
    serve(model).json(SEND_FEEDBACK, payload)
    (features, names, reward, truth, routing), without_unit = model.calls
    assert (features.tolist(), list(names), reward, truth.tolist(), routing) == ([[1]], ["a"], 0.5, [[3]], 2)
    assert without_unit[4] == 7


def test_feedback_without_routing_reward_truth_or_data_hands_over_empty_things(serve: Serve) -> None:
    model = Answer(None)
    serve(model).json(SEND_FEEDBACK, {"request": {"strData": "x"}})
    ((features, names, reward, truth, routing),) = model.calls
    assert (features.shape, truth.shape, names, reward, routing) == ((0,), (0,), [], 0.0, None)


@pytest.mark.parametrize(
    ("request_of", "value", "reply"),
    [
        (NDARRAY, None, {"data": {"ndarray": []}}),
        (TENSOR, None, {"data": {"tensor": {"shape": [0]}}}),
        ({"strData": "x"}, [], {"data": {"tensor": {"shape": [0]}}}),
        ({"strData": "x"}, [1, 2], {"data": {"tensor": {"shape": [2], "values": [1.0, 2.0]}}}),
        ({"data": {"names": ["q"]}}, None, {"data": {"ndarray": []}}),
        (NDARRAY, [1, 2], {"data": {"ndarray": [1.0, 2.0]}}),
        (TENSOR, [["a"]], {"data": {"names": ["t:0"], "ndarray": [["a"]]}}),
        (NDARRAY, {"a": 1}, {"jsonData": {"a": 1.0}}),
        (NDARRAY, "text", {"strData": "text"}),
        (NDARRAY, b"x", {"binData": "eA=="}),
        (NDARRAY, SeldonResponse(None, tags={"x": 1}), {"data": {"ndarray": []}}),
    ],
)
def test_a_feedback_reply_is_a_message_in_proto_json(
    serve: Serve, request_of: Any, value: Any, reply: Any
) -> None:
    answered = serve(Answer(value)).json(SEND_FEEDBACK, {"request": request_of})
    tags = {"tags": {"x": 1.0}} if isinstance(value, SeldonResponse) else {}
    assert answered == reply | {"meta": tags}


def test_only_feedback_may_answer_nothing(serve: Serve) -> None:
    assert serve(Answer(None)).json(SEND_FEEDBACK, {})
    with pytest.raises(UnknownReturnType):
        serve(Answer(None)).predict()
    with pytest.raises(UnknownReturnType):
        serve(Answer(5)).json(SEND_FEEDBACK, {})


def test_feedback_over_protobuf(serve: Serve) -> None:
    feedback = wire.Feedback(reward=0.5)
    feedback.request.data.tensor.shape.append(1)
    feedback.request.data.tensor.values.append(1.0)
    model = Answer([[1]])
    reply = serve(model).proto(SEND_FEEDBACK, feedback)
    assert (list(reply.data.tensor.shape), list(reply.data.tensor.values)) == ([1, 1], [1.0])
    assert model.calls[0][2] == 0.5


# ---- health, metadata ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "reply"),
    [
        ("ok", healthy("ok")),
        (True, healthy("healthy")),
        (None, healthy("healthy")),
        ({"a": 1}, {"jsonData": {"a": 1}, "meta": {}}),
        ([1, 2], {"data": {"names": [], "tensor": {"shape": [2], "values": [1, 2]}}, "meta": {}}),
        ([["a"]], {"data": {"names": ["t:0"], "ndarray": [["a"]]}, "meta": {}}),
    ],
)
def test_health_is_what_the_component_says(serve: Serve, said: Any, reply: Any) -> None:
    assert serve(Answer(said)).json(HEALTH_STATUS) == reply


def test_false_is_unhealthy(serve: Serve) -> None:
    with pytest.raises(Unhealthy, match=r"^the component says it is not healthy$"):
        serve(Answer(False)).json(HEALTH_STATUS)


@pytest.mark.parametrize("said", [5, 0, (1, 2), SeldonResponse("ok")])
def test_health_of_an_unknown_type_is_refused(serve: Serve, said: Any) -> None:
    with pytest.raises(UnknownReturnType):
        serve(Answer(said)).json(HEALTH_STATUS)


def test_health_may_call_predict(serve: Serve) -> None:
    reply = serve(ModelWithHealth()).json(HEALTH_STATUS)
    assert reply["data"] == {"names": [], "tensor": {"shape": [2], "values": [1, 2]}}


def test_metadata_is_what_was_said_or_the_error_it_was(serve: Serve) -> None:
    metadata = ModelMetadata(name="mine")
    assert serve(Nothing(), metadata=metadata).dispatcher.metadata() is metadata
    failure = BadMetadata("Model metadata unavailable")
    with pytest.raises(BadMetadata) as caught:
        serve(Nothing(), metadata=failure).dispatcher.metadata()
    assert caught.value is failure
