"""Raw hooks take and return the wire's own form; what they return is sent as it stands."""

import logging
from typing import Any

import grpc
import pytest

from seldon_workbench import SeldonComponent, SeldonMicroserviceException, SeldonNotImplementedError
from seldon_workbench.server import wire

from .serving import NDARRAY, Serving, message, plain, status_of

ARRAY = message(**NDARRAY)


class Passing:
    """Returns what it was given, over either wire."""

    def predict_raw(self, msg: Any) -> Any:
        return msg

    transform_input_raw = transform_output_raw = route_raw = predict_raw


@pytest.mark.parametrize("path", ["/predict", "/transform-input", "/transform-output", "/route"])
def test_over_rest_a_raw_hook_gets_the_json_and_its_dict_is_the_body(serve_here: Serving, path: str) -> None:
    payload = {"anything": [1, None, {"x": 2.5}], "meta": {"puid": "p"}}
    assert serve_here(Passing).post(payload, path).json() == payload


@pytest.mark.parametrize(
    "rpc",
    ["Model/Predict", "Transformer/TransformInput", "OutputTransformer/TransformOutput", "Router/Route"],
)
def test_over_grpc_a_raw_hook_gets_and_gives_the_message(serve_here: Serving, rpc: str) -> None:
    assert serve_here(Passing).call(rpc, ARRAY) == ARRAY


def test_a_raw_hook_gets_a_real_seldon_message_over_grpc(serve_here: Serving) -> None:
    class Typed:
        def predict_raw(self, msg: Any) -> Any:
            return wire.SeldonMessage(strData=f"{isinstance(msg, wire.SeldonMessage)} {msg.data.names[0]}")

    assert serve_here(Typed).call("Model/Predict", ARRAY).strData == "True a"


class DictOnly:
    """As the documentation prints it: written for REST, served on both."""

    def predict_raw(self, request: Any) -> Any:
        data = request.get("data", {}).get("ndarray")
        return {"data": {"ndarray": [[value * 2 for value in row] for row in data]}}

    def aggregate_raw(self, messages: Any) -> Any:
        return {"jsonData": {"count": len(messages["seldonMessages"])}}

    def send_feedback_raw(self, feedback: dict[str, Any]) -> Any:
        return {"strData": f"{feedback['reward']}"}


def test_a_raw_hook_written_for_dicts_gets_a_dict_on_both_wires(serve_here: Serving) -> None:
    served = serve_here(DictOnly)
    assert served.post(NDARRAY).json() == {"data": {"ndarray": [[2, 4]]}}
    assert plain(served.call("Model/Predict", ARRAY)) == {"data": {"ndarray": [[2.0, 4.0]]}}
    several = wire.SeldonMessageList(seldonMessages=[ARRAY, ARRAY])
    assert plain(served.call("Combiner/Aggregate", several)) == {"jsonData": {"count": 2.0}}
    feedback = wire.Feedback(reward=0.5)
    assert served.call("Model/SendFeedback", feedback).strData == "0.5"
    assert served.post({"reward": 0.5}, "/send-feedback").json() == {"strData": "0.5"}


class TwoFaced:
    """Tells the forms apart itself."""

    def predict_raw(self, request: Any) -> Any:
        if isinstance(request, dict):
            return {"strData": request["strData"]}
        return wire.SeldonMessage(strData=f"proto {request.strData}")


def test_a_raw_hook_that_tells_the_forms_apart_gets_the_wires_own(serve_here: Serving) -> None:
    served = serve_here(TwoFaced)
    assert served.post({"strData": "x"}).json() == {"strData": "x"}
    assert served.call("Model/Predict", message(strData="x")).strData == "proto x"


class Converting:
    """Hands its message to a converter before it reads it like a dict."""

    def predict_raw(self, request: Any) -> Any:
        request = seldon_message_to_json(request)
        return {"strData": request["strData"]}


def seldon_message_to_json(message: Any) -> dict[str, Any]:
    return {"strData": message.strData}


def test_a_raw_hook_that_converts_its_message_gets_the_message(serve_here: Serving) -> None:
    assert serve_here(Converting).call("Model/Predict", message(strData="x")).strData == "x"


class Returning:
    """Returns one thing, whatever it is given."""

    def __init__(self, reply: Any) -> None:
        self.reply = reply

    def predict_raw(self, msg: Any) -> Any:
        return self.reply

    transform_input_raw = predict_raw


@pytest.mark.parametrize("reply", ["a string", [1, 2], 5, None, True, {"a": {"b": None}}, {"meta": None}])
def test_over_rest_a_raw_reply_may_be_any_json(serve_here: Serving, reply: Any) -> None:
    response = serve_here(Returning(reply)).post({})
    assert (response.status_code, response.json()) == (200, reply)


def test_over_rest_a_raw_hook_may_return_a_message(serve_here: Serving) -> None:
    assert serve_here(Returning(ARRAY)).post({}).json() == plain(ARRAY)


def test_over_grpc_none_is_an_empty_message(serve_here: Serving) -> None:
    assert serve_here(Returning(None)).call("Model/Predict", ARRAY) == wire.SeldonMessage()


@pytest.mark.parametrize("reply", [5, "text", [1], {"unknown": 1}, {"data": 5}])
def test_over_grpc_a_raw_reply_that_is_no_message_is_internal_and_says_so(
    serve_here: Serving, reply: Any
) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        serve_here(Returning(reply)).call("Model/Predict", ARRAY)
    assert refused.value.code() is grpc.StatusCode.INTERNAL
    assert "a raw hook returned" in refused.value.details()


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ({"code": 418}, 418),
        ({"code": 503, "status": 1}, 503),
        ({"code": 201}, 201),
        ({"code": "404"}, 404),
        ({"code": "503 Foo"}, 503),
        ({}, 200),
        (None, 200),
        ("code", 200),
        (5, 200),
        ({"code": -1, "status": 1}, 500),
        ({"code": -1, "status": "FAILURE"}, 500),
        ({"code": -1}, 200),
        ({"code": 0}, 200),
        ({"code": 600, "status": 1}, 500),
        ({"code": 101}, 200),
        ({"code": True}, 200),
        ({"code": 200.5}, 200),
        ({"code": None}, 200),
        ({"code": "x"}, 200),
    ],
)
def test_the_status_code_of_a_raw_prediction_is_http_s_where_it_is_one(
    serve_here: Serving, status: Any, expected: int
) -> None:
    response = serve_here(Returning({"status": status})).post({})
    assert (response.status_code, response.json()) == (expected, {"status": status})


@pytest.mark.parametrize("code", [204, 304])
def test_a_status_without_a_body_is_sent_without_one(serve_here: Serving, code: int) -> None:
    served = serve_here(Returning({"status": {"code": code}}))
    response = served.post({})
    assert (response.status_code, response.content) == (code, b"")
    assert served.ask("GET", "/health/ping").text == "pong"


def test_other_methods_answer_200_whatever_their_raw_status(serve_here: Serving) -> None:
    assert serve_here(Returning({"status": {"code": 418}})).post({}, "/transform-input").status_code == 200


METRICS = [{"key": "seen", "value": 2}, {"key": "level", "type": "GAUGE", "value": 5}]


def test_metrics_of_a_raw_reply_are_recorded_and_sent(serve_here: Serving) -> None:
    served = serve_here(Returning({"strData": "x", "meta": {"metrics": METRICS, "puid": "p"}}))
    for _ in range(3):
        assert served.post({}).json()["meta"]["metrics"] == METRICS
    served.call("Model/Predict", ARRAY)
    found = served.scrape()
    assert (found["seen_total"], found["level"]) == (8, 5)


def test_metrics_of_a_raw_reply_may_be_kept_out_of_it(serve_here: Serving) -> None:
    served = serve_here(Returning({"meta": {"metrics": METRICS, "puid": "p"}}), echo_metrics=False)
    assert served.post({}).json() == {"meta": {"puid": "p"}}
    assert plain(served.call("Model/Predict", ARRAY)) == {"meta": {"puid": "p"}}
    assert served.scrape()["seen_total"] == 4


def test_a_raw_reply_without_meta_gains_none(serve_here: Serving) -> None:
    served = serve_here(Returning({"strData": "x"}), echo_metrics=False)
    reply = served.call("Model/Predict", ARRAY)
    assert (reply.strData, reply.HasField("meta")) == ("x", False)


def test_a_bad_metric_in_a_raw_reply_is_refused_and_nothing_is_counted(serve_here: Serving) -> None:
    served = serve_here(Returning({"meta": {"metrics": [METRICS[0], {"key": "k"}]}}))
    assert status_of(served.post({}))["reason"] == "MICROSERVICE_BAD_METRIC"
    assert "seen_total" not in served.scrape()


class Declining:
    """Raw hooks that leave it to the others."""

    def predict_raw(self, msg: Any) -> Any:
        raise SeldonNotImplementedError("declined")

    def predict(self, X: Any, names: Any) -> Any:
        return X


def test_a_raw_hook_that_is_not_implemented_leaves_it_to_the_high_level_one(serve_here: Serving) -> None:
    served = serve_here(Declining)
    assert served.post(NDARRAY).json()["data"]["ndarray"] == [[1, 2]]
    assert served.call("Model/Predict", ARRAY).data.names == ["t:0", "t:1"]


class OnBase(SeldonComponent):
    """A raw hook on the base class, whose other hooks are stubs."""

    def predict_raw(self, msg: Any) -> Any:
        return {"strData": "raw"}


def test_a_raw_hook_works_on_the_base_class(serve_here: Serving) -> None:
    served = serve_here(OnBase)
    assert served.post({}).json() == {"strData": "raw"}
    assert served.post({"strData": "x"}, "/transform-input").json() == {"strData": "x", "meta": {}}


class Transports:
    """The deprecated hooks."""

    def predict_rest(self, request: Any) -> Any:
        return {"strData": "rest", "status": {"code": 201}}

    def predict_grpc(self, request: Any) -> Any:
        return wire.SeldonMessage(strData="grpc")

    def predict_raw(self, request: Any) -> Any:
        raise AssertionError("the others come first")

    def send_feedback_rest(self, feedback: Any) -> Any:
        return {"strData": feedback} if isinstance(feedback, str) else None


def test_hooks_for_one_transport_come_first_on_theirs(
    serve_here: Serving, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        served = serve_here(Transports)
    response = served.post({})
    assert (response.status_code, response.json()["strData"]) == (201, "rest")
    assert served.call("Model/Predict", ARRAY).strData == "grpc"
    told = [record.getMessage() for record in caplog.records if "deprecated" in record.getMessage()]
    assert told == [
        "Transports.predict_grpc is deprecated; use predict_raw",
        "Transports.predict_rest is deprecated; use predict_raw",
        "Transports.send_feedback_rest is deprecated; use send_feedback_raw",
    ]


def test_send_feedback_rest_gets_json_text_on_both_transports(serve_here: Serving) -> None:
    served = serve_here(Transports)
    assert served.post({"reward": 1}, "/send-feedback").json() == {"strData": '{\n  "reward": 1.0\n}'}
    assert served.call("Model/SendFeedback", wire.Feedback(reward=1)).strData == '{\n  "reward": 1.0\n}'


class NotHere:
    """A deprecated hook cannot decline."""

    def predict_rest(self, request: Any) -> Any:
        raise SeldonNotImplementedError("mine")

    def predict(self, X: Any, names: Any) -> Any:
        return X


def test_a_deprecated_hook_that_is_not_implemented_is_an_error(serve_here: Serving) -> None:
    response = serve_here(NotHere).post(NDARRAY)
    assert (response.status_code, status_of(response)["info"]) == (400, "mine")


class Silent:
    """A raw feedback hook that has nothing to say."""

    def send_feedback_raw(self, feedback: Any) -> None:
        assert isinstance(feedback, wire.Feedback)


def test_raw_feedback_without_a_reply_is_answered_and_counted(serve_here: Serving) -> None:
    served = serve_here(Silent)
    empty = {"data": {"tensor": {"shape": [0]}}, "meta": {}}
    assert served.post({"reward": 2}, "/send-feedback").json() == empty
    assert plain(served.call("Router/SendFeedback", wire.Feedback(reward=0.5))) == empty
    found = served.scrape()
    assert found["seldon_api_model_feedback_total"] == 2
    assert found["seldon_api_model_feedback_reward_total"] == 2.5


class RawHealth:
    """Says how it is in words of its own."""

    def health_status_raw(self) -> Any:
        return {"status": {"code": 503}, "strData": "fine", "meta": {"metrics": METRICS}}


def test_a_raw_health_status_is_sent_as_it_stands_and_counts_nothing(serve_here: Serving) -> None:
    served = serve_here(RawHealth)
    response = served.ask("GET", "/health/status")
    assert (response.status_code, response.json()["strData"]) == (200, "fine")
    assert served.scrape() == {}


class Raising:
    """Runs once and fails."""

    runs = 0

    def predict_raw(self, msg: Any) -> Any:
        self.runs += 1
        if self.runs == 1:
            raise TypeError("a bug")
        raise SeldonMicroserviceException("teapot", status_code=418, reason="MINE")


def test_an_error_in_a_raw_hook_is_reported_once_and_logged_with_the_puid(
    serve_here: Serving, caplog: pytest.LogCaptureFixture
) -> None:
    served = serve_here(Raising)
    with caplog.at_level(logging.ERROR):
        assert status_of(served.post({"meta": {"puid": "p-17"}}))["info"] == "a bug"
    (record,) = [each for each in caplog.records if "a bug" in each.getMessage()]
    assert "puid=p-17" in record.getMessage()
    assert record.exc_info is not None
    response = served.post({})
    assert (response.status_code, status_of(response)["reason"]) == (418, "MINE")


class WantsMetas:
    """Cannot be called without the metas, which Seldon never passes."""

    def aggregate(self, Xs: Any, names: Any, meta: Any) -> Any:
        return [each.get("puid", "") for each in meta]


class MayTakeMetas:
    def aggregate(self, Xs: Any, names: Any, meta: Any = None) -> Any:
        return [meta is None]


def test_aggregate_is_given_metas_only_if_it_insists(serve_here: Serving) -> None:
    messages = [{"strData": "x", "meta": {"puid": "1"}}, {"strData": "y"}]
    assert serve_here(WantsMetas).post(messages, "/aggregate").json()["data"]["ndarray"] == ["1", ""]
    assert serve_here(MayTakeMetas).post(messages, "/aggregate").json()["data"]["ndarray"] == [True]
