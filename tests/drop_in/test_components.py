"""Each documented pattern runs under Seldon's own command, with its ``seldon_core`` imports, and answers."""

import base64
import json
from pathlib import Path
from typing import Any

import grpc
import joblib
import pytest
import requests
from parity.oracle import free_ports
from server.serving import eventually, message, plain
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

from seldon_workbench.server import wire

from .started import COMPONENTS, Started, started

FLOWERS = [[5.1, 3.5, 1.4, 0.2], [6.3, 2.8, 5.1, 1.5]]
NDARRAY = {"data": {"ndarray": FLOWERS}}
TENSOR = {"data": {"tensor": {"shape": [2, 4], "values": FLOWERS[0] + FLOWERS[1]}}}


def ndarray(values: Any) -> dict[str, Any]:
    return {"data": {"ndarray": values}}


def both(running: Started, payload: Any, path: str = "/predict", rpc: str = "Model/Predict") -> Any:
    """The reply, which is the same on both wires but for the type of numbers."""
    rest = running.post(payload, path).json()
    over_grpc = plain(running.call(rpc, message(**payload)))
    for reply in (rest, over_grpc):  # protobuf leaves out what is empty
        if "data" in reply:
            reply["data"] = {"names": []} | reply["data"]
    assert rest == over_grpc
    return rest


@pytest.fixture(scope="module")
def iris(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("model") / "iris.joblib"
    joblib.dump(LogisticRegression(max_iter=500).fit(*load_iris(return_X_y=True)), file)
    return file


def test_a_fitted_model_with_class_names(iris: Path, tmp_path: Path) -> None:
    parameters = json.dumps([{"name": "model_file", "value": str(iris), "type": "STRING"}])
    with started("IrisClassifier", "MODEL", tmp_path, "--parameters", parameters) as running:
        for payload, kind in ((NDARRAY, "ndarray"), (TENSOR, "tensor")):
            reply = both(running, payload)
            assert reply["data"]["names"] == ["setosa", "versicolor", "virginica"]
            assert kind in reply["data"]
        assert running.post(NDARRAY).json()["data"]["ndarray"][0][0] > 0.9


def test_a_model_that_answers_with_words(tmp_path: Path) -> None:
    with started("IrisLabels", "MODEL", tmp_path) as running:
        assert both(running, TENSOR)["data"] == {"names": ["t:0"], "ndarray": [["setosa"], ["virginica"]]}


def test_a_mean_transformer(tmp_path: Path) -> None:
    with started("MeanTransformer", "TRANSFORMER", tmp_path) as running:
        payload = ndarray([[1.0, 3.0]])
        reply = both(running, payload, "/transform-input", "Transformer/TransformInput")
        # Two processes, each with its own minimum and maximum.
        assert reply["data"] == {"names": ["t:0", "t:1"], "ndarray": [[0.0, 1.0]]}


def test_an_output_transformer(tmp_path: Path) -> None:
    with started("PercentOutput", "TRANSFORMER", tmp_path) as running:
        reply = both(
            running, ndarray([[0.25, 0.75]]), "/transform-output", "OutputTransformer/TransformOutput"
        )
        assert reply["data"] == {"names": ["no", "yes"], "ndarray": [[25.0, 75.0]]}
        assert both(running, {"strData": "as it is"}, "/transform-input", "Generic/TransformInput")


def feedback(reward: float, branch: int, unit: str) -> dict[str, Any]:
    return {
        "request": ndarray([[1, 2]]),
        "response": {"meta": {"routing": {unit: branch}}},
        "reward": reward,
    }


def test_an_epsilon_greedy_router_learns_from_feedback(tmp_path: Path) -> None:
    parameters = [
        {"name": "n_branches", "value": "3", "type": "INT"},
        {"name": "epsilon", "value": "0", "type": "FLOAT"},
    ]
    env = {"PREDICTIVE_UNIT_ID": "eg", "PREDICTIVE_UNIT_PARAMETERS": json.dumps(parameters)}
    with started("EpsilonGreedy", "ROUTER", tmp_path, env=env) as running:
        assert running.post(ndarray([[1, 2]]), "/route").json()["data"]["ndarray"] == [[0]]
        reply = running.post(feedback(0.5, 2, "eg"), "/send-feedback")
        assert reply.status_code == 200, reply.text
        reply = running.post(ndarray([[1, 2]]), "/route").json()
        assert reply["data"]["ndarray"] == [[2]]
        assert reply["meta"]["tags"] == {"tries": [0, 0, 1]}
        assert running.scrape()["seldon_api_model_feedback_reward_total"] == 0.5
        assert running.call("Router/Route", message(**ndarray([[1, 2]]))).data.ndarray.values


def test_a_thompson_sampling_router_learns_from_feedback(tmp_path: Path) -> None:
    parameters = json.dumps([{"name": "n_branches", "value": "2", "type": "INT"}])
    with started("ThompsonSampling", "ROUTER", tmp_path, "--parameters", parameters) as running:
        for branch, reward in ((0, 0), (1, 1)):
            assert running.post(feedback(reward, branch, "0"), "/send-feedback").status_code == 200
        routes = [running.post(ndarray([[1]]), "/route").json()["data"]["ndarray"][0][0] for _ in range(20)]
        assert set(routes) == {1}


def test_an_average_combiner(tmp_path: Path) -> None:
    with started("AverageCombiner", "COMBINER", tmp_path) as running:
        messages = [ndarray([[1, 2]]), ndarray([[3, 4]])]
        expected = {"names": ["t:0", "t:1"], "ndarray": [[2.0, 3.0]]}
        for payload in (messages, {"seldonMessages": messages}):
            assert running.post(payload, "/aggregate").json()["data"] == expected
        several = wire.SeldonMessageList(seldonMessages=[message(**each) for each in messages])
        assert plain(running.call("Combiner/Aggregate", several))["data"] == expected


def test_a_combiner_of_whole_messages(tmp_path: Path) -> None:
    def scored(score: float, name: str) -> dict[str, Any]:
        return {
            "data": {"tensor": {"shape": [1, 1], "values": [score]}},
            "meta": {"tags": {"by": name}},
        }

    messages = {"seldonMessages": [scored(0.2, "a"), scored(0.9, "b")]}
    with started("VotingCombiner", "COMBINER", tmp_path) as running:
        assert running.post(messages, "/aggregate").json()["meta"]["tags"] == {"by": "b"}
        several = wire.SeldonMessageList(
            seldonMessages=[message(**each) for each in messages["seldonMessages"]]
        )
        assert plain(running.call("Generic/Aggregate", several))["meta"]["tags"] == {"by": "b"}


def test_metrics_and_tags_of_every_call_and_of_one(tmp_path: Path) -> None:
    with started("ModelWithMetrics", "MODEL", tmp_path, "--threads", "2") as running:
        reply = running.post(ndarray([[1], [2], [3]])).json()
        assert reply["meta"]["tags"] == {"rows": 3, "system": "production"}
        assert [metric["key"] for metric in reply["meta"]["metrics"]] == [
            "mycounter",
            "mygauge",
            "mytimer",
            "rows",
        ]
        running.call("Seldon/Predict", message(**ndarray([[1]])))
        found = running.scrape()
        assert (found["mycounter_total"], found["rows_total"], found["mytimer_count"]) == (2, 4, 2)
        assert found["mytimer_sum"] == pytest.approx(0.0404)


def test_tags_that_take_the_payload(tmp_path: Path) -> None:
    with started("TagsOfPayload", "MODEL", tmp_path) as running:
        assert both(running, ndarray([[1, 2, 3]]))["meta"]["tags"] == {"system": "production", "columns": 3}


def test_metadata_in_its_second_form(tmp_path: Path) -> None:
    with started("MetadataModel", "MODEL", tmp_path) as running:
        found = running.get("/metadata").json()
        assert found["inputs"] == [{"name": "input", "datatype": "BYTES", "shape": [1]}]
        assert found["custom"] == {"author": "seldon-dev"}
        assert running.call("Model/Metadata").name == found["name"] == "model-name"


def test_metadata_in_its_first_form(tmp_path: Path) -> None:
    with started("MetadataV1", "MODEL", tmp_path) as running:
        assert both(running, {"jsonData": {"numbers": [1, 2.5]}})["jsonData"] == {"sum": 3.5}
        assert running.get("/metadata").json()["inputs"][0]["messagetype"] == "jsonData"
        assert running.call("Seldon/ModelMetadata", wire.SeldonModelMetadataRequest()).versions == ["v1"]


def test_a_proxy_with_raw_hooks_passes_replies_and_errors_on(tmp_path: Path) -> None:
    with (
        started("Sentiment", "MODEL", tmp_path) as behind,
        started("RawProxy", "MODEL", tmp_path, env={"PROXIED_URL": behind.url}) as running,
    ):
        payload = {"strData": "I love it", "meta": {"puid": "p"}}
        assert both(running, payload) == {"strData": "positive", "meta": {"puid": "p"}}
        refused = running.post({"foo": 1})
        assert (refused.status_code, refused.json()["status"]["reason"]) == (500, "MICROSERVICE_BAD_DATA")


def test_a_session_made_in_load_is_used_where_it_was_made(tmp_path: Path) -> None:
    flags = ("--workers", "2", "--grpc-workers", "2")
    with started("DeepMnist", "MODEL", tmp_path, *flags) as running:
        payload = {"data": {"tensor": {"shape": [1, 784], "values": [1.0] * 784}}}
        for _ in range(4):
            assert both(running, payload)["data"]["names"][9] == "class:9"


def test_state_kept_in_a_file_by_a_thread_survives_a_restart(tmp_path: Path) -> None:
    parameters = json.dumps([{"name": "path", "value": str(tmp_path / "state.pickle"), "type": "STRING"}])
    for seen in (1, 2):
        flags = ("--parameters", parameters, "--grpc-workers", "0")
        with started("Persistent", "MODEL", tmp_path, *flags) as running:
            assert running.post({"strData": "x"}).json()["data"]["tensor"]["values"] == [seen]


def test_exceptions_of_the_application_keep_their_code_and_body(tmp_path: Path) -> None:
    with started("UserErrors", "MODEL", tmp_path, "--log-level", "ERROR") as running:
        body = {"status": {"app_code": 1402, "message": "Test-Error-Msg", "status": 402}}
        refused = running.post({"strData": "custom"})
        assert (refused.status_code, refused.json()) == (402, body)
        refused = running.post({"strData": "seldon"})
        assert (refused.status_code, refused.json()["status"]["reason"]) == (429, "BUSY")
        with pytest.raises(grpc.RpcError) as over_grpc:
            running.call("Model/Predict", message(strData="custom"))
        assert json.loads(over_grpc.value.details()) == body


def test_text_in_and_out(tmp_path: Path) -> None:
    with started("Sentiment", "MODEL", tmp_path) as running:
        assert both(running, {"strData": "an awful day"})["strData"] == "negative"
        form = requests.post(running.url + "/predict", files={"strData": (None, "great")}, timeout=10)
        assert form.json() == {"meta": {}, "strData": "positive"}


def test_bytes_in_and_out(tmp_path: Path) -> None:
    with started("Brightness", "MODEL", tmp_path) as running:
        reply = both(running, {"binData": base64.b64encode(bytes([0, 100, 200])).decode()})
        assert base64.b64decode(reply["binData"]) == bytes([255, 155, 55])
        assert reply["meta"]["tags"] == {"brightness": 100.0}
        files = {"binData": ("picture.raw", bytes([0, 100, 200]))}
        form = requests.post(running.url + "/predict", files=files, timeout=10).json()
        assert form["binData"] == reply["binData"]


def test_an_outlier_detector(tmp_path: Path) -> None:
    with started("Outliers", "OUTLIER_DETECTOR", tmp_path) as running:
        reply = running.post(ndarray([[1, 2], [1, 9]]), "/transform-input").json()
        assert reply["meta"]["tags"] == {"is_outlier": [False, True]}
        assert running.scrape()["outliers_total"] == 1


def test_typed_parameters(tmp_path: Path) -> None:
    given = [
        ("depth", "3", "INT"),
        ("rate", "0.5", "FLOAT"),
        ("name", "x", "STRING"),
        ("verbose", "yes", "BOOL"),
    ]
    entries = [
        {"name": name, "value": value, "type": kind}
        for name, value, kind in [*given, ("exact", "1", "DOUBLE")]
    ]
    with started("Parameters", "MODEL", tmp_path, "--parameters", json.dumps(entries)) as running:
        reply = running.post({"strData": "x"}).json()["jsonData"]
        assert reply == {
            "types": ["int", "float", "str", "bool", "float"],
            "values": [3, 0.5, "x", True, 1.0],
        }


def test_a_health_status_that_predicts(tmp_path: Path) -> None:
    with started("HealthModel", "MODEL", tmp_path) as running:
        health = {"data": {"names": [], "tensor": {"shape": [2], "values": [1, 2]}}, "meta": {}}
        assert running.get("/health/status").json() == health
        assert running.get("/api/v1.0/health/status").json() == health


def test_a_custom_service_runs_in_a_process_of_its_own(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    parameters = json.dumps([{"name": "port", "value": port, "type": "INT"}])
    with started("WithService", "MODEL", tmp_path, "--parameters", parameters) as running:

        def custom() -> str:
            try:
                return requests.get(f"http://127.0.0.1:{port}/custom", timeout=5).text
            except requests.ConnectionError:
                return ""

        pid, loaded = eventually(custom, 20).split()
        assert loaded == "False"
        assert int(pid) not in running.post({"strData": "x"}).json()["data"]["tensor"]["values"]
    with pytest.raises(requests.ConnectionError):
        requests.get(f"http://127.0.0.1:{port}/custom", timeout=5)


def test_coroutines_that_read_the_headers_of_their_request(tmp_path: Path) -> None:
    with started("AsyncModel", "MODEL", tmp_path) as running:
        reply = running.post({"strData": "x"}, headers={"X-Tenant": "acme"}).json()["jsonData"]
        assert reply == {"ready": True, "tenant": "acme"}


@pytest.mark.parametrize("service_type", ["MODEL", "ROUTER", "TRANSFORMER", "COMBINER", "OUTLIER_DETECTOR"])
def test_every_method_is_served_whatever_the_service_type(tmp_path: Path, service_type: str) -> None:
    flags = ("--grpc-workers", "0")
    with started("Everything", service_type, tmp_path, *flags) as running:
        payload = {"data": {"names": ["a"], "ndarray": [[1]]}}
        for path in ("/predict", "/transform-input", "/transform-output", "/route"):
            assert running.post(payload, path).status_code == 200
        assert running.post([payload], "/aggregate").json()["data"]["ndarray"] == [[1]]
        assert running.post({"reward": 0.5}, "/send-feedback").json()["data"]["tensor"]["values"] == [0.5]


def test_every_component_of_the_folder_is_run() -> None:
    text = Path(__file__).read_text()
    names = [file.stem for file in COMPONENTS.glob("*.py")]
    assert len(names) >= 20
    assert [name for name in names if f'started("{name}"' not in text] == []
