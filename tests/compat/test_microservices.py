"""``seldon_core.wrapper``: servers of an object, run by whoever asks for them."""

import threading
from collections.abc import Iterator
from typing import Any, ClassVar

import flask
import grpc
import pytest
from google.protobuf.empty_pb2 import Empty
from seldon_core import wrapper
from seldon_core.flask_utils import SeldonMicroserviceException, jsonify
from seldon_core.metrics import SeldonMetrics
from seldon_core.proto import prediction_pb2, prediction_pb2_grpc
from seldon_core.user_model import SeldonNotImplementedError
from seldon_core.utils import json_to_seldon_message, seldon_message_to_json
from werkzeug.serving import make_server

REQUEST = {"data": {"names": ["a", "b"], "ndarray": [[1, 2]]}}
TIMEOUT = 20.0


class Model:
    """Says which thread it ran on, and what was asked of it before."""

    loaded = False

    def load(self) -> None:
        self.loaded = True

    def predict(self, X: Any, names: Any, meta: Any = None) -> Any:
        self.thread = threading.current_thread()
        return X

    def route(self, X: Any, names: Any) -> int:
        return 1

    def aggregate(self, Xs: Any, names: Any) -> Any:
        return Xs[0]

    def metrics(self) -> Any:
        return [{"key": "asked", "type": "COUNTER", "value": 1}]

    def init_metadata(self) -> Any:
        return {"name": "m"}


class Angry:
    def predict(self, X: Any, names: Any) -> Any:
        raise SeldonMicroserviceException("no", 418, reason="TEA")

    def init_metadata(self) -> Any:
        return {"versions": "none"}


@pytest.fixture
def store() -> SeldonMetrics:
    return SeldonMetrics(worker_id_func=lambda: 7)


# ---- REST ----------------------------------------------------------------------------------------


def test_an_application_is_flasks_and_can_be_tested_as_such(store: SeldonMetrics) -> None:
    app = wrapper.get_rest_microservice(Model(), store)
    assert isinstance(app, flask.Flask)
    client = app.test_client()
    for reply in (
        client.post("/predict", json=REQUEST),
        client.get("/predict", query_string={"json": flask.json.dumps(REQUEST)}),
        client.post("/api/v1.0/predictions", data={"json": flask.json.dumps(REQUEST)}),
    ):
        assert reply.status_code == 200
        assert reply.json["data"] == {"names": ["t:0", "t:1"], "ndarray": [[1, 2]]}
        assert reply.headers["Access-Control-Allow-Origin"] == "*"
    assert client.get("/health/ping").text == "pong"
    assert client.get("/nowhere").status_code == 404


def test_user_code_runs_on_the_thread_that_asks_within_its_request(store: SeldonMetrics) -> None:
    class Reader(Model):
        def predict(self, X: Any, names: Any, meta: Any = None) -> Any:
            self.header = flask.request.headers["X-Mine"]
            return super().predict(X, names)

    model = Reader()
    client = wrapper.get_rest_microservice(model, store).test_client()
    assert client.post("/predict", json=REQUEST, headers={"X-Mine": "h"}).status_code == 200
    assert model.thread is threading.current_thread()
    assert model.header == "h"


def test_a_coroutine_is_awaited_on_the_thread_that_asks(store: SeldonMetrics) -> None:
    class Slow:
        async def predict(self, X: Any, names: Any) -> Any:
            return "later"

    app = wrapper.get_rest_microservice(Slow(), store)
    replies: list[Any] = []

    def ask() -> None:
        from seldon_workbench.coroutines import close_loop

        replies.append(app.test_client().post("/predict", json=REQUEST))
        close_loop()

    asking = threading.Thread(target=ask)
    asking.start()
    asking.join(TIMEOUT)
    assert replies[0].json == {"meta": {}, "strData": "later"}


def test_load_is_left_to_whoever_made_the_object(store: SeldonMetrics) -> None:
    model = Model()
    wrapper.get_rest_microservice(model, store)
    wrapper.SeldonModelGRPC(model, store)
    assert not model.loaded


def test_an_application_answers_with_the_status_the_object_chose(store: SeldonMetrics) -> None:
    reply = wrapper.get_rest_microservice(Angry(), store).test_client().post("/predict", json=REQUEST)
    assert reply.status_code == 418
    assert reply.json == {"status": {"code": -1, "info": "no", "reason": "TEA", "status": 1}}


def test_views_can_be_added_to_an_application(store: SeldonMetrics) -> None:
    app = wrapper.get_rest_microservice(Model(), store)
    app.add_url_rule("/mine", "mine", lambda: jsonify({"b": [1, None], "a": "\u00e9"}))
    app.add_url_rule("/raw", "raw", lambda: jsonify(b"[1]", skip_encoding=True))
    client = app.test_client()
    assert client.get("/mine").data == b'{"a":"\\u00e9","b":[1,null]}\n'
    assert client.get("/raw").data == b"[1]"
    assert client.get("/mine").content_type == client.get("/raw").content_type == "application/json"


def test_an_application_says_what_the_object_says_of_itself(store: SeldonMetrics) -> None:
    client = wrapper.get_rest_microservice(Model(), store).test_client()
    assert client.get("/metadata").json["name"] == "m"
    assert wrapper.get_rest_microservice(Angry(), store).test_client().get("/metadata").status_code == 500


def test_an_application_can_be_run_by_any_server(store: SeldonMetrics) -> None:
    import requests

    server = make_server("127.0.0.1", 0, wrapper.get_rest_microservice(Model(), store), threaded=True)
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    try:
        url = f"http://127.0.0.1:{server.port}/predict"
        assert requests.post(url, json=REQUEST, timeout=TIMEOUT).json()["data"]["ndarray"] == [[1, 2]]
    finally:
        server.shutdown()
        serving.join()
        server.server_close()


def test_metrics_have_an_application_of_their_own(store: SeldonMetrics) -> None:
    wrapper.get_rest_microservice(Model(), store).test_client().post("/predict", json=REQUEST)
    app = wrapper.get_metrics_microservice(store)
    assert isinstance(app, flask.Flask)
    reply = app.test_client().get("/metrics")
    assert "asked_total{" in reply.text
    assert 'worker_id="7"} 1.0' in reply.text
    assert reply.content_type.startswith("text/plain; version=0.0.4")
    assert reply.headers["Access-Control-Allow-Origin"] == "*"
    assert app.test_client().get("/predict").status_code == 404


def test_metrics_are_where_the_environment_says(
    store: SeldonMetrics, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PREDICTIVE_UNIT_METRICS_ENDPOINT", "/prometheus")
    assert wrapper.get_metrics_microservice(store).test_client().get("/prometheus").status_code == 200


# ---- gRPC ----------------------------------------------------------------------------------------


@pytest.fixture
def channel() -> Iterator[Any]:
    """Serves what it is given, on a free port, and opens a channel to it."""
    opened: list[tuple[Any, grpc.Channel]] = []

    def serve(server: Any) -> grpc.Channel:
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        opened.append((server, grpc.insecure_channel(f"127.0.0.1:{port}")))
        return opened[-1][1]

    yield serve
    for server, each in opened:
        each.close()
        server.stop(0).wait(TIMEOUT)


def test_a_grpc_server_is_grpcs(store: SeldonMetrics, channel: Any) -> None:
    server = wrapper.get_grpc_server(Model(), store, num_threads=2)
    assert isinstance(server, grpc.Server)
    opened = channel(server)
    request = json_to_seldon_message(REQUEST)
    for stub in (prediction_pb2_grpc.ModelStub(opened), prediction_pb2_grpc.SeldonStub(opened)):
        reply = stub.Predict(request, timeout=TIMEOUT)
        assert seldon_message_to_json(reply)["data"]["ndarray"] == [[1.0, 2.0]]
    assert prediction_pb2_grpc.ModelStub(opened).Metadata(Empty(), timeout=TIMEOUT).name == "m"
    assert [value for sample, value in store.samples().items() if sample.key == "asked"] == [2.0]


def test_a_server_that_stops_keeps_no_thread_and_no_port(store: SeldonMetrics) -> None:
    before = set(threading.enumerate())
    server = wrapper.get_grpc_server(Model(), store)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    assert set(threading.enumerate()) - before
    assert server.stop(0.5).wait(TIMEOUT)
    assert not server.wait_for_termination(TIMEOUT)
    named = {thread.name for thread in set(threading.enumerate()) - before}
    assert not {name for name in named if name.startswith(("seldon-light", "seldon-worker"))}
    other = wrapper.get_grpc_server(Model(), store)
    assert other.add_insecure_port(f"127.0.0.1:{port}") == port
    assert other.stop(None).wait(TIMEOUT)


def test_the_annotation_limits_the_size_of_messages(store: SeldonMetrics, channel: Any) -> None:
    annotations = {"seldon.io/grpc-max-message-size": "1000"}
    stub = prediction_pb2_grpc.ModelStub(channel(wrapper.get_grpc_server(Model(), store, annotations)))
    assert stub.Predict(prediction_pb2.SeldonMessage(strData="x"), timeout=TIMEOUT).strData == "x"
    with pytest.raises(grpc.RpcError) as refused:
        stub.Predict(prediction_pb2.SeldonMessage(strData="x" * 2000), timeout=TIMEOUT)
    assert refused.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED


def test_an_annotation_that_is_no_number_is_refused(store: SeldonMetrics) -> None:
    with pytest.raises(Exception, match="'much', which is no integer"):
        wrapper.get_grpc_server(Model(), store, {"seldon.io/grpc-max-message-size": "much"})


def test_an_interceptor_sees_every_call(store: SeldonMetrics, channel: Any) -> None:
    class Watch(grpc.ServerInterceptor):
        seen: ClassVar[list[str]] = []

        def intercept_service(self, continuation: Any, details: Any) -> Any:
            self.seen.append(details.method)
            return continuation(details)

    stub = prediction_pb2_grpc.ModelStub(channel(wrapper.get_grpc_server(Model(), store, {}, Watch())))
    stub.Predict(prediction_pb2.SeldonMessage(strData="x"), timeout=TIMEOUT)
    assert Watch.seen == ["/seldon.protos.Model/Predict"]


def test_a_servicer_answers_messages_without_a_server(store: SeldonMetrics) -> None:
    servicer = wrapper.SeldonModelGRPC(Model(), store)
    text, array = prediction_pb2.SeldonMessage(strData="x"), json_to_seldon_message(REQUEST)
    assert servicer.Predict(text, None).strData == "x"
    assert servicer.TransformInput(text, None).strData == "x"
    assert servicer.TransformOutput(text, None).strData == "x"
    assert seldon_message_to_json(servicer.Route(array, None))["data"]["ndarray"] == [[1.0]]
    pair = prediction_pb2.SeldonMessageList(seldonMessages=[text, array])
    assert servicer.Aggregate(pair, None).strData == "x"
    assert servicer.SendFeedback(prediction_pb2.Feedback(reward=1), None).data.tensor.shape == [0]
    assert servicer.Metadata(Empty(), None).name == "m"
    assert servicer.ModelMetadata(prediction_pb2.SeldonModelMetadataRequest(), None).name == "m"


@pytest.mark.parametrize(
    ("subject", "call", "raised", "said"),
    [
        (
            Angry(),
            lambda each: each.Predict(json_to_seldon_message(REQUEST), None),
            SeldonMicroserviceException,
            "no",
        ),
        (
            Model(),
            lambda each: each.Predict(prediction_pb2.SeldonMessage(), None),
            SeldonMicroserviceException,
            "no payload",
        ),
        (
            Angry(),
            lambda each: each.Route(json_to_seldon_message(REQUEST), None),
            SeldonNotImplementedError,
            "Route not defined",
        ),
        (Angry(), lambda each: each.Metadata(Empty(), None), SeldonMicroserviceException, "unavailable"),
        (Model(), lambda each: each.GraphMetadata(Empty(), None), NotImplementedError, "not available"),
    ],
)
def test_a_servicer_without_a_server_raises(
    store: SeldonMetrics, subject: Any, call: Any, raised: Any, said: str
) -> None:
    with pytest.raises(raised, match=said):
        call(wrapper.SeldonModelGRPC(subject, store))


ADD = ("Combiner", "Generic", "Model", "OutputTransformer", "Router", "Seldon", "Transformer")


def served_by_hand(servicer: Any) -> grpc.Server:
    """A server of one's own, with a servicer under all seven services."""
    from concurrent.futures import ThreadPoolExecutor

    server = grpc.server(ThreadPoolExecutor(1))
    for service in ADD:
        getattr(prediction_pb2_grpc, f"add_{service}Servicer_to_server")(servicer, server)
    return server


def test_a_servicer_can_be_added_to_a_server_of_ones_own(store: SeldonMetrics, channel: Any) -> None:
    opened = channel(served_by_hand(wrapper.SeldonModelGRPC(Model(), store)))
    text = prediction_pb2.SeldonMessage(strData="x")
    pair = prediction_pb2.SeldonMessageList(seldonMessages=[text])
    feedback = prediction_pb2.Feedback()
    for stub, method, request in (
        *(("Model", "Predict", text), ("Seldon", "Predict", text), ("Transformer", "TransformInput", text)),
        *(("OutputTransformer", "TransformOutput", text), ("Combiner", "Aggregate", pair)),
        *(("Generic", "Aggregate", pair), ("Generic", "TransformInput", text)),
    ):
        call = getattr(getattr(prediction_pb2_grpc, f"{stub}Stub")(opened), method)
        assert call(request, timeout=TIMEOUT).strData == "x", (stub, method)
    for stub in ("Model", "Seldon", "Router", "Generic"):
        call = getattr(prediction_pb2_grpc, f"{stub}Stub")(opened).SendFeedback
        assert call(feedback, timeout=TIMEOUT).data.tensor.shape == [0]
    assert prediction_pb2_grpc.RouterStub(opened).Route(text, timeout=TIMEOUT).data.tensor.values == [1.0]
    assert prediction_pb2_grpc.ModelStub(opened).Metadata(Empty(), timeout=TIMEOUT).name == "m"


def test_a_servicer_ends_a_call_that_fails_with_its_code(store: SeldonMetrics, channel: Any) -> None:
    opened = channel(served_by_hand(wrapper.SeldonModelGRPC(Angry(), store)))
    with pytest.raises(grpc.RpcError) as refused:
        prediction_pb2_grpc.ModelStub(opened).Predict(json_to_seldon_message(REQUEST), timeout=TIMEOUT)
    assert (refused.value.code(), refused.value.details()) == (grpc.StatusCode.INVALID_ARGUMENT, "no")
    with pytest.raises(grpc.RpcError) as refused:
        prediction_pb2_grpc.SeldonStub(opened).GraphMetadata(Empty(), timeout=TIMEOUT)
    assert refused.value.code() is grpc.StatusCode.UNIMPLEMENTED


def test_a_servicer_refuses_what_it_does_not_override(channel: Any) -> None:
    class Half(prediction_pb2_grpc.GenericServicer):  # type: ignore[misc]
        def TransformInput(self, request: Any, context: Any) -> Any:
            return request

    from concurrent.futures import ThreadPoolExecutor

    server = grpc.server(ThreadPoolExecutor(1))
    prediction_pb2_grpc.add_GenericServicer_to_server(Half(), server)
    stub = prediction_pb2_grpc.GenericStub(channel(server))
    text = prediction_pb2.SeldonMessage(strData="x")
    assert stub.TransformInput(text, timeout=TIMEOUT) == text
    with pytest.raises(grpc.RpcError) as refused:
        stub.TransformOutput(text, timeout=TIMEOUT)
    assert (refused.value.code(), refused.value.details()) == (
        grpc.StatusCode.UNIMPLEMENTED,
        "Method not implemented!",
    )
