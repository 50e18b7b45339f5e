"""The contract's acceptance checklist, line by line, on a server. Lines about processes are in drop_in."""

import json
from typing import Any

import flask
import grpc
import pytest
import requests
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from seldon_workbench import SeldonMicroserviceException, SeldonResponse
from seldon_workbench.server import wire

from .serving import ANSWER, NDARRAY, Serving, message, plain, status_of, sums


class Identity:
    """Counts how often it is called."""

    calls = 0

    def predict(self, X: Any, features_names: Any = None) -> Any:
        self.calls += 1
        return X


PREDICT_PATHS = ("/api/v1.0/predictions", "/api/v0.1/predictions", "/predict")


@pytest.mark.parametrize("path", PREDICT_PATHS)
def test_c1_a_two_argument_predict_is_called_once_and_keeps_integers(serve_here: Serving, path: str) -> None:
    model = Identity()
    response = serve_here(model).post(NDARRAY, path)
    assert (response.status_code, response.text) == (200, json.dumps(ANSWER, separators=(",", ":")) + "\n")
    assert model.calls == 1


@pytest.mark.parametrize("rpc", ["Model/Predict", "Seldon/Predict"])
def test_c2_over_grpc_it_answers_floats_under_the_same_names(serve_here: Serving, rpc: str) -> None:
    reply = plain(serve_here(Identity).call(rpc, message(**NDARRAY)))
    assert reply == {"data": {"names": ["t:0", "t:1"], "ndarray": [[1.0, 2.0]]}, "meta": {}}


def test_c3_the_payload_may_stand_in_the_query_or_a_form(serve_here: Serving) -> None:
    served, text = serve_here(Identity), json.dumps(NDARRAY)
    assert served.ask("GET", "/predict", params={"json": text}).json() == ANSWER
    assert served.ask("POST", "/predict", data={"json": text}).json() == ANSWER


@pytest.mark.parametrize(
    ("parts", "reply"),
    [
        ({"strData": (None, "hello form")}, {"meta": {}, "strData": "hello form"}),
        ({"strData": ("f.txt", "file text\n")}, {"meta": {}, "strData": "file text\n"}),
        ({"binData": ("f.bin", b"\x00\x01\xff")}, {"binData": "AAH/", "meta": {}}),
        (
            {
                "data": (None, '{"names":["a","b"],"ndarray":[[1,2]]}'),
                "meta": (None, '{"puid":"123","tags":{"x":1}}'),
            },
            ANSWER | {"meta": {"puid": "123", "tags": {"x": 1}}},
        ),
        ({"jsonData": (None, '{"a":1}')}, {"jsonData": {"a": 1}, "meta": {}}),
    ],
    ids=["text", "text file", "binary file", "data and meta", "jsonData"],
)
def test_c4_a_multipart_form_is_a_message(serve_here: Serving, parts: Any, reply: Any) -> None:
    response = serve_here(Identity).ask("POST", "/predict", files=parts)
    assert (response.status_code, response.json()) == (200, reply)


@pytest.mark.parametrize(
    "options",
    [
        {"data": b"{", "headers": {"Content-Type": "application/json"}},
        {"data": b"", "headers": {"Content-Type": "application/json"}},
        {"data": b"null", "headers": {"Content-Type": "application/json"}},
        {"data": json.dumps(NDARRAY)},
        {"data": json.dumps(NDARRAY), "headers": {"Content-Type": "text/plain"}},
    ],
    ids=["broken", "empty", "null", "no type", "text"],
)
def test_c5_a_body_that_is_no_json_is_bad_data(serve_here: Serving, options: Any) -> None:
    response = serve_here(Identity).ask("POST", "/api/v1.0/predictions", **options)
    status = status_of(response)
    assert (response.status_code, status["reason"]) == (400, "MICROSERVICE_BAD_DATA")


def test_c6_an_exception_chooses_status_info_and_reason(serve_here: Serving) -> None:
    class Refusing:
        def predict(self, X: Any) -> Any:
            raise SeldonMicroserviceException("m", 418, reason="R")

    response = serve_here(Refusing).post(NDARRAY)
    assert response.status_code == 418
    assert response.json() == {"status": {"code": -1, "info": "m", "reason": "R", "status": 1}}


class Reporting:
    """Tags and metrics from everywhere."""

    def predict(self, X: Any, names: Any) -> Any:
        own = [{"key": "rt", "type": "COUNTER", "value": 1}]
        return SeldonResponse(X, tags={"rt": 1, "shared": "rt"}, metrics=own)

    def tags(self) -> Any:
        return {"st": 1, "shared": "st"}

    def metrics(self) -> Any:
        return [
            {"key": "st", "type": "COUNTER", "value": 1},
            {"key": "g", "type": "GAUGE", "value": 5, "tags": {"t": "v"}},
            {"key": "tm", "type": "TIMER", "value": 20.2},
        ]


META = {
    "tags": {"in": 1, "shared": "in"},
    "metrics": [{"key": "inm", "type": "GAUGE", "value": 9}],
    "puid": "P",
    "requestPath": {"n1": "i1"},
    "routing": {"r": 1},
}
MERGED = {
    "metrics": [
        {"key": "inm", "type": "GAUGE", "value": 9},
        {"key": "st", "type": "COUNTER", "value": 1},
        {"key": "g", "tags": {"method": "predict", "t": "v"}, "type": "GAUGE", "value": 5},
        {"key": "tm", "type": "TIMER", "value": 20.2},
        {"key": "rt", "type": "COUNTER", "value": 1},
    ],
    "puid": "P",
    "requestPath": {"n1": "i1"},
    "tags": {"in": 1, "rt": 1, "shared": "rt", "st": 1},
}


def test_c7_tags_metrics_and_path_merge_in_seldons_order(serve_here: Serving) -> None:
    served = serve_here(Reporting)
    assert served.post(NDARRAY | {"meta": META}).json()["meta"] == MERGED
    meta = plain(served.call("Model/Predict", message(**NDARRAY, meta=META)))["meta"]
    assert meta["tags"] == {"in": 1.0, "shared": "rt", "st": 1.0, "rt": 1.0}
    assert [metric["key"] for metric in meta["metrics"]] == ["inm", "st", "g", "tm", "rt"]
    assert (meta["puid"], meta["requestPath"]) == ("P", {"n1": "i1"})


UNIT = {
    "PREDICTIVE_UNIT_ID": "clf",
    "PREDICTIVE_UNIT_IMAGE": "reg:5000/org/img:1.2",
    "SELDON_DEPLOYMENT_ID": "dep",
    "PREDICTOR_ID": "pred",
    "PREDICTOR_LABELS": '{"version": "v9"}',
}


def test_c8_a_unit_leaves_its_mark_on_path_and_labels(serve_here: Serving) -> None:
    from seldon_workbench.settings import Unit

    served = serve_here(Reporting, unit=Unit.from_env(UNIT))
    reply = served.post(NDARRAY | {"meta": {"requestPath": {"n1": "i1"}}}).json()
    assert reply["meta"]["requestPath"] == {"clf": "reg:5000/org/img:1.2", "n1": "i1"}
    text = requests.get(served.metrics_url, timeout=10).text
    (line,) = [each for each in text.splitlines() if each.startswith("st_total")]
    labels = {
        *('deployment_name="dep"', 'image_name="reg:5000/org/img"', 'image_version="1.2"'),
        *('method="predict"', 'model_image="reg:5000/org/img"', 'model_name="clf"', 'model_version="1.2"'),
        *('predictor_name="pred"', 'predictor_version="v9"', 'seldon_deployment_name="dep"'),
    }
    found = set(line.partition("{")[2].partition("}")[0].split(","))
    assert labels <= found
    assert {each.partition("=")[0] for each in found - labels} == {"worker_id"}


class Router:
    def route(self, X: Any, names: Any) -> int:
        return 1


def test_c9_a_route_is_a_1_by_1_array_in_the_kind_of_the_request(serve_here: Serving) -> None:
    served = serve_here(Router)
    tensor = {"data": {"tensor": {"shape": [1], "values": [1]}}}
    assert served.post(NDARRAY, "/route").json() == {"data": {"names": ["t:0"], "ndarray": [[1]]}, "meta": {}}
    assert served.post(tensor, "/route").json()["data"] == {
        "names": ["t:0"],
        "tensor": {"shape": [1, 1], "values": [1]},
    }
    for rpc in ("Generic/Route", "Router/Route"):
        assert plain(served.call(rpc, message(**NDARRAY)))["data"] == {"names": ["t:0"], "ndarray": [[1.0]]}
        shape = served.call(rpc, message(**tensor)).data.tensor.shape
        assert list(shape) == [1, 1]


class Combiner:
    def aggregate(self, Xs: Any, names: Any) -> Any:
        return Xs[0]


def test_c10_an_aggregate_merges_the_meta_of_its_messages(serve_here: Serving) -> None:
    def part(value: int, number: str) -> dict[str, Any]:
        meta = {"puid": f"p{number}", "tags": {number: value, "c": value}, "requestPath": {f"n{number}": "i"}}
        metrics = [{"key": "k", "type": "GAUGE", "value": value}]
        return {"data": {"ndarray": [[value, 2]]}, "meta": meta | {"metrics": metrics}}

    parts = [part(1, "1"), part(2, "2")]
    expected = {
        "metrics": [{"key": "k", "type": "GAUGE", "value": 1}, {"key": "k", "type": "GAUGE", "value": 2}],
        "puid": "p1",
        "requestPath": {"n1": "i", "n2": "i"},
        "tags": {"1": 1, "2": 2, "c": 2},
    }
    served = serve_here(Combiner)
    for payload in (parts, {"seldonMessages": parts}):
        reply = served.post(payload, "/aggregate").json()
        assert reply == {"data": {"names": ["t:0", "t:1"], "ndarray": [[1, 2]]}, "meta": expected}
    several = wire.SeldonMessageList(seldonMessages=[message(**each) for each in parts])
    for rpc in ("Combiner/Aggregate", "Generic/Aggregate"):
        assert plain(served.call(rpc, several))["meta"] == expected


def test_c11_feedback_without_a_hook_is_answered_and_counted(serve_here: Serving) -> None:
    served = serve_here(Identity)
    reply = served.post({"reward": 1}, "/send-feedback")
    assert (reply.status_code, reply.json()) == (200, {"data": {"tensor": {"shape": [0]}}, "meta": {}})
    found = served.scrape()
    assert found["seldon_api_model_feedback_total"] == 1
    assert found["seldon_api_model_feedback_reward_total"] == 1


def test_c12_metrics_of_all_types_are_exposed_under_seldons_names(serve_here: Serving) -> None:
    served = serve_here(Reporting)
    for _ in range(2):
        served.post(NDARRAY)
    text = requests.get(served.metrics_url, timeout=10).text
    found = sums(text)
    assert (found["st_total"], found["g"], found["tm_count"]) == (2, 5, 2)
    assert found["tm_sum"] == pytest.approx(0.0404)
    buckets = [line for line in text.splitlines() if line.startswith("tm_bucket")]
    assert len(buckets) == 51
    assert all('method="predict"' in line for line in buckets)


class Described:
    def __init__(self, said: Any) -> None:
        self.said = said

    def predict(self, X: Any) -> Any:
        return X

    def init_metadata(self) -> Any:
        return self.said


V1 = {"name": "m", "inputs": [{"messagetype": "ndarray", "schema": {"names": ["a"], "shape": [4]}}]}
V2 = {"name": "m", "inputs": [{"name": "i", "datatype": "FP32", "shape": [-1, 4]}]}


@pytest.mark.parametrize("said", [V1, V2], ids=["v1", "v2"])
def test_c13_metadata_is_served_on_both_wires(serve_here: Serving, said: Any) -> None:
    served = serve_here(Described(said))
    rest = served.ask("GET", "/metadata").json()
    assert (rest["name"], rest["inputs"], rest["versions"]) == ("m", said["inputs"], [""])
    for rpc, request in (
        ("Model/Metadata", None),
        ("Seldon/ModelMetadata", wire.SeldonModelMetadataRequest(name="any")),
    ):
        assert served.call(rpc, request).name == "m"


def test_c13_invalid_metadata_is_an_error_and_predictions_go_on(serve_here: Serving) -> None:
    served = serve_here(Described({"unknown": 1}))
    response = served.ask("GET", "/metadata")
    expected = {"code": -1, "info": "Model metadata unavailable", "reason": "MICROSERVICE_BAD_METADATA"}
    assert (response.status_code, response.json()["status"]) == (500, expected | {"status": 1})
    with pytest.raises(grpc.RpcError):
        served.call("Model/Metadata")
    assert served.post(NDARRAY).status_code == 200


def test_c14_a_raw_class_gets_a_dict_or_a_message(serve_here: Serving) -> None:
    class Raw:
        def predict_raw(self, msg: Any) -> Any:
            metrics = [{"key": "k", "type": "COUNTER", "value": 1}]
            if isinstance(msg, dict):
                return msg | {"meta": {"metrics": metrics}}
            reply = wire.SeldonMessage()
            reply.CopyFrom(msg)
            reply.meta.metrics.add(key="k", value=1)
            return reply

    served = serve_here(Raw)
    assert served.post(NDARRAY).json()["data"] == NDARRAY["data"]
    assert served.call("Model/Predict", message(**NDARRAY)).data == message(**NDARRAY).data
    assert served.scrape()["k_total"] == 2


def test_c15_a_blueprint_answers_a_custom_exception(serve_here: Serving) -> None:
    class Custom(Exception):
        pass

    class Handling:
        model_error_handler = flask.Blueprint("handling", __name__)

        @model_error_handler.app_errorhandler(Custom)
        def handle(error: Exception) -> Any:
            return flask.jsonify({"mine": True}), 402

        def predict(self, X: Any) -> Any:
            raise Custom

    response = serve_here(Handling).post(NDARRAY)
    assert (response.status_code, response.json()) == (402, {"mine": True})


def test_c20_reflection_lists_seldons_services_and_health(serve_here: Serving) -> None:
    stub = reflection_pb2_grpc.ServerReflectionStub(serve_here(Identity).channel)
    ask = reflection_pb2.ServerReflectionRequest(list_services="")
    (answer,) = list(stub.ServerReflectionInfo(iter([ask])))
    names = sorted(service.name for service in answer.list_services_response.service)
    seldon = ("Combiner", "Generic", "Model", "OutputTransformer", "Router", "Seldon", "Transformer")
    expected = ["grpc.health.v1.Health", "grpc.reflection.v1alpha.ServerReflection"]
    assert names == expected + [f"seldon.protos.{name}" for name in seldon]
