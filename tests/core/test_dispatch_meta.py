"""What becomes of meta: tags, requestPath and puid of the request, the component and the call."""

from typing import Any

import numpy as np
import pytest
from calling import NDARRAY, Serve
from components import (
    Answer,
    Identity,
    ModelWithTags,
    ModelWithTagsOfPayload,
    Reporter,
)

from seldon_workbench import SeldonResponse
from seldon_workbench.errors import ReplyError
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

META = {
    "tags": {"in": 1, "shared": "in"},
    "metrics": [{"key": "inm", "type": "GAUGE", "value": 9}],
    "puid": "P",
    "requestPath": {"n1": "i1"},
    "routing": {"r": 1},
}
UNIT = {"PREDICTIVE_UNIT_ID": "clf", "PREDICTIVE_UNIT_IMAGE": "reg:5000/org/img:1.2"}
OWN_PATH = {"clf": "reg:5000/org/img:1.2"}
STATIC = [
    {"key": "st", "type": "COUNTER", "value": 1},
    {"key": "g", "tags": {"t": "v"}, "type": "GAUGE", "value": 5},
]
RUNTIME = {"key": "rt", "type": "COUNTER", "value": 1}


def reporter(value: Any) -> Reporter:
    response = SeldonResponse(value, tags={"rt": 1, "shared": "rt"}, metrics=[RUNTIME])
    return Reporter(response, tags={"st": 1, "shared": "st"}, metrics=STATIC)


@pytest.mark.parametrize("method", [PREDICT, TRANSFORM_INPUT, TRANSFORM_OUTPUT], ids=lambda row: row.name)
def test_tags_and_metrics_are_merged_request_first_call_last(serve: Serve, method: Method) -> None:
    reply = serve(reporter([1])).json(method, NDARRAY | {"meta": META})
    with_method = STATIC[1] | {"tags": {"t": "v", "method": method.metric_tag}}
    assert reply["meta"] == {
        "metrics": [META["metrics"][0], STATIC[0], with_method, RUNTIME],  # type: ignore[index]
        "puid": "P",
        "requestPath": {"n1": "i1"},
        "tags": {"in": 1, "rt": 1, "shared": "rt", "st": 1},
    }


def test_the_same_over_protobuf(serve: Serve) -> None:
    message = wire.SeldonMessage(strData="x")
    message.meta.puid = "P"
    message.meta.tags["in"].number_value = 1
    message.meta.tags["shared"].string_value = "in"
    message.meta.metrics.add(key="inm", type="GAUGE", value=9)
    message.meta.requestPath["n1"] = "i1"
    message.meta.routing["r"] = 1
    meta = serve(reporter("y"), env=UNIT).proto(PREDICT, message).meta
    assert (meta.puid, dict(meta.requestPath), dict(meta.routing)) == ("P", {"n1": "i1", **OWN_PATH}, {})
    assert {key: tag.WhichOneof("kind") for key, tag in meta.tags.items()} == {
        "in": "number_value",
        "st": "number_value",
        "rt": "number_value",
        "shared": "string_value",
    }
    assert meta.tags["shared"].string_value == "rt"
    assert [(metric.key, metric.type, metric.value) for metric in meta.metrics] == [
        ("inm", 1, 9.0),
        ("st", 0, 1.0),
        ("g", 1, 5.0),
        ("rt", 0, 1.0),
    ]


def test_route_keeps_only_the_puid_of_the_request(serve: Serve) -> None:
    reply = serve(Answer(1), env=UNIT).json(ROUTE, NDARRAY | {"meta": META})
    assert reply["meta"] == {"puid": "P", "requestPath": OWN_PATH}


def test_a_route_carries_tags_and_metrics_of_its_own(serve: Serve) -> None:
    reply = serve(reporter(1)).json(ROUTE, NDARRAY | {"meta": META})
    assert reply["meta"]["tags"] == {"st": 1, "rt": 1, "shared": "rt"}
    assert [metric["key"] for metric in reply["meta"]["metrics"]] == ["st", "g", "rt"]


def test_feedback_keeps_only_the_puid_of_the_request(serve: Serve) -> None:
    meta = {name: value for name, value in META.items() if name != "metrics"}
    reply = serve(Answer(None), env=UNIT).json(SEND_FEEDBACK, {"request": NDARRAY | {"meta": meta}})
    assert reply["meta"] == {"puid": "P", "requestPath": OWN_PATH}


def test_feedback_carries_tags_and_metrics_of_its_own(serve: Serve) -> None:
    reply = serve(reporter(None)).json(SEND_FEEDBACK, {"request": NDARRAY})
    assert reply["meta"]["tags"] == {"st": 1.0, "rt": 1.0, "shared": "rt"}
    assert [metric["key"] for metric in reply["meta"]["metrics"]] == ["st", "g", "rt"]


def test_health_carries_tags_metrics_and_the_own_path(serve: Serve) -> None:
    caller = serve(Reporter("ok", tags={"st": 1}, metrics=STATIC[:1]), env=UNIT)
    assert caller.json(HEALTH_STATUS) == {
        "meta": {"metrics": STATIC[:1], "requestPath": OWN_PATH, "tags": {"st": 1}},
        "strData": "ok",
    }


def test_aggregate_merges_the_meta_of_all_messages_and_keeps_the_first_puid(serve: Serve) -> None:
    def child(number: int) -> dict[str, Any]:
        metric = {"key": "k", "type": "GAUGE", "value": number}
        meta = {"puid": f"p{number}", "tags": {f"t{number}": number, "c": number}, "metrics": [metric]}
        return NDARRAY | {"meta": meta | {"requestPath": {f"n{number}": f"i{number}"}}}

    reply = serve(Answer("x")).json(AGGREGATE, [child(1), child(2)])
    assert reply["meta"] == {
        "metrics": [{"key": "k", "type": "GAUGE", "value": 1}, {"key": "k", "type": "GAUGE", "value": 2}],
        "puid": "p1",
        "requestPath": {"n1": "i1", "n2": "i2"},
        "tags": {"t1": 1, "t2": 2, "c": 2},
    }


def test_aggregate_takes_no_puid_from_a_later_message(serve: Serve) -> None:
    reply = serve(Answer("x")).json(AGGREGATE, [NDARRAY, NDARRAY | {"meta": {"puid": "p2"}}])
    assert reply["meta"] == {}


@pytest.mark.parametrize(
    ("env", "path"),
    [
        ({}, {"n1": "i1"}),
        (UNIT, {"clf": "reg:5000/org/img:1.2", "n1": "i1"}),
        ({"PREDICTIVE_UNIT_ID": "n1", "PREDICTIVE_UNIT_IMAGE": "mine"}, {"n1": "i1"}),
        ({"PREDICTIVE_UNIT_ID": "clf"}, {"clf": "NOT_IMPLEMENTED:NOT_IMPLEMENTED", "n1": "i1"}),
        ({"PREDICTIVE_UNIT_ID": "clf", "PREDICTIVE_UNIT_IMAGE": ""}, {"clf": "", "n1": "i1"}),
        ({"PREDICTIVE_UNIT_ID": "NOT_IMPLEMENTED", "PREDICTIVE_UNIT_IMAGE": "i"}, {"n1": "i1"}),
        ({"PREDICTIVE_UNIT_ID": ""}, {"": "NOT_IMPLEMENTED:NOT_IMPLEMENTED", "n1": "i1"}),
    ],
)
def test_the_request_path_is_the_own_entry_under_the_earlier_ones(
    serve: Serve, env: dict[str, str], path: dict[str, str]
) -> None:
    payload = {"strData": "x", "meta": {"requestPath": {"n1": "i1"}}}
    assert serve(Identity(), env=env).predict(payload)["meta"] == {"requestPath": path}


def test_the_own_entry_does_not_gather_what_earlier_requests_carried(serve: Serve) -> None:
    caller = serve(Identity(), env=UNIT)
    caller.predict({"strData": "x", "meta": {"requestPath": {"n1": "i1"}}})
    assert caller.predict({"strData": "x"})["meta"] == {"requestPath": OWN_PATH}


@pytest.mark.parametrize("puid", ["P", 5, ["list"]])
def test_a_puid_is_echoed_as_it_came(serve: Serve, puid: Any) -> None:
    assert serve(Identity()).predict({"strData": "x", "meta": {"puid": puid}})["meta"] == {"puid": puid}


@pytest.mark.parametrize("meta", [None, {}, {"puid": ""}, {"puid": None, "tags": None, "metrics": None}])
def test_what_is_empty_in_a_meta_is_left_out(serve: Serve, meta: Any) -> None:
    assert serve(Identity()).predict({"strData": "x", "meta": meta}) == {"strData": "x", "meta": {}}


@pytest.mark.parametrize("given", [None, {}, []])
def test_empty_tags_are_no_tags(serve: Serve, given: Any) -> None:
    caller = serve(Reporter(SeldonResponse("x", tags=given), tags=given))
    assert caller.predict() == {"strData": "x", "meta": {}}


def test_pairs_are_tags(serve: Serve) -> None:
    assert serve(Reporter("x", tags=[("a", 1)])).predict()["meta"] == {"tags": {"a": 1}}


@pytest.mark.parametrize("given", ["text", 5, [1], np.array([1, 2])])
@pytest.mark.parametrize("source", ["tags()", "SeldonResponse.tags"])
def test_tags_that_are_no_dict_are_a_reply_error_that_names_their_source(
    serve: Serve, source: str, given: Any
) -> None:
    component = Reporter("x", tags=given) if source == "tags()" else Answer(SeldonResponse("x", tags=given))
    with pytest.raises(ReplyError, match="which is no dict of tags") as caught:
        serve(component).predict()
    assert caught.value.text.startswith(f"{source} is ")


def test_what_tags_returns_is_never_written_into(serve: Serve) -> None:
    kept = {"st": 1}
    serve(Reporter(SeldonResponse("x", tags={"rt": 1}), tags=kept)).predict()
    assert kept == {"st": 1}


@pytest.mark.parametrize(
    ("component", "tags"),
    [
        (ModelWithTags(), {"system": "production"}),
        (ModelWithTagsOfPayload(), {"system": "production", "rows": 1}),
    ],
)
def test_tags_work_with_and_without_the_payload(serve: Serve, component: Any, tags: Any) -> None:
    assert serve(component).predict()["meta"] == {"tags": tags}


def test_tags_of_a_feedback_are_offered_its_features(serve: Serve) -> None:
    reply = serve(ModelWithTagsOfPayload()).json(
        SEND_FEEDBACK, {"request": {"data": {"ndarray": [[1], [2]]}}}
    )
    assert reply["meta"]["tags"]["rows"] == 2


def test_tags_of_an_aggregate_are_offered_all_payloads(serve: Serve) -> None:
    class Counting(ModelWithTagsOfPayload):
        def aggregate(self, features_list: Any, feature_names_list: Any) -> str:
            return "x"

    reply = serve(Counting()).json(AGGREGATE, [NDARRAY, {"strData": "y"}])
    assert reply["meta"]["tags"]["rows"] == 2
