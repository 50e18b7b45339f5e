"""The examples of Seldon's page on Python components, as they are written there, over both wires."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest

from seldon_workbench.errors import LoadFailed
from seldon_workbench.server import wire

from .serving import ANSWER, NDARRAY, Served, Serving, message, plain, start, status_of

PAGE = Path(__file__).parent / "founding_page"
REQUEST = message(**NDARRAY)
FLOATS = {"data": {"names": ["t:0", "t:1"], "ndarray": [[1.0, 2.0]]}, "meta": {}}
PAIR = [{"data": {"ndarray": [[1, 2]]}}, {"data": {"ndarray": [[3, 4]]}}]
PAIR_MESSAGE = wire.SeldonMessageList(seldonMessages=[message(**each) for each in PAIR])


@pytest.fixture(autouse=True)
def modules_and_paths_as_before() -> Iterator[None]:
    """Targets are imported under the names of their files; another test must not find them."""
    modules, path = set(sys.modules), list(sys.path)
    yield
    sys.path[:] = path
    for name in set(sys.modules) - modules:
        if str(PAGE) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


def page(example: str) -> str:
    """The target of an example: ``file:Class``."""
    file, _, name = example.partition(":")
    return f"{PAGE / file}.py:{name or Path(file).name}"


def over_grpc(served: Served, rpc: str, request: Any) -> Any:
    return plain(served.call(rpc, request))


def refusal(served: Served, rpc: str, request: Any) -> str:
    with pytest.raises(grpc.RpcError) as refused:
        served.call(rpc, request)
    return str(refused.value.details())


def test_the_minimal_model_returns_what_it_is_given(serve_here: Serving) -> None:
    served = serve_here(page("MyModel"))
    assert served.post(NDARRAY).json() == ANSWER
    assert over_grpc(served, "Model/Predict", REQUEST) == FLOATS


@pytest.mark.parametrize(
    ("payload", "reply"),
    [
        ({"strData": "hello"}, {"meta": {}, "strData": "hello"}),
        ({"binData": "MTIz"}, {"binData": "MTIz", "meta": {}}),
        ({"data": {"ndarray": [0, 1, 2, 3]}}, {"data": {"names": [], "ndarray": [0, 1, 2, 3]}, "meta": {}}),
    ],
)
def test_the_minimal_model_takes_every_kind(serve_here: Serving, payload: Any, reply: Any) -> None:
    assert serve_here(page("MyModel")).post(payload).json() == reply


def test_class_names_name_the_columns(serve_here: Serving) -> None:
    served, names = serve_here(page("Signatures:Named")), ["setosa", "versicolor"]
    assert served.post(NDARRAY).json()["data"] == {"names": names, "ndarray": [[1, 2]]}
    assert over_grpc(served, "Model/Predict", REQUEST)["data"] == {"names": names, "ndarray": [[1.0, 2.0]]}


def test_transformers_transform_on_the_way_in_and_out(serve_here: Serving) -> None:
    served = serve_here(page("Signatures:Transformer"))
    assert served.post(NDARRAY, "/transform-input").json()["data"]["ndarray"] == [[2, 3]]
    assert served.post(NDARRAY, "/transform-output").json()["data"]["ndarray"] == [[10, 20]]
    for service, verb, expected in (
        ("Transformer", "TransformInput", [[2.0, 3.0]]),
        ("OutputTransformer", "TransformOutput", [[10.0, 20.0]]),
    ):
        for rpc in (f"{service}/{verb}", f"Generic/{verb}"):
            assert over_grpc(served, rpc, REQUEST)["data"]["ndarray"] == expected


def test_the_combiner_averages(serve_here: Serving) -> None:
    served = serve_here(page("ImageNetCombiner"))
    expected = {"data": {"names": ["t:0", "t:1"], "ndarray": [[2.0, 3.0]]}, "meta": {}}
    assert served.post(PAIR, "/aggregate").json() == expected
    assert served.post({"seldonMessages": PAIR}, "/aggregate").json() == expected
    for rpc in ("Combiner/Aggregate", "Generic/Aggregate"):
        assert over_grpc(served, rpc, PAIR_MESSAGE) == expected


def test_the_combiner_without_the_missing_import_says_what_is_missing(tmp_path: Path) -> None:
    text = (PAGE / "ImageNetCombiner.py").read_text(encoding="utf-8")
    printed = tmp_path / "ImageNetCombiner.py"
    printed.write_text(text.replace("import logging  # missing on the page\n", ""), encoding="utf-8")
    with pytest.raises(LoadFailed, match="name 'logging' is not defined"):
        start(str(printed))


def test_a_combiner_of_the_given_signature_combines(serve_here: Serving) -> None:
    served = serve_here(page("Signatures:Combiner"))
    assert served.post(PAIR, "/aggregate").json()["data"]["ndarray"] == [[1, 2], [3, 4]]
    assert over_grpc(served, "Combiner/Aggregate", PAIR_MESSAGE)["data"]["ndarray"] == [
        [1.0, 2.0],
        [3.0, 4.0],
    ]


@pytest.mark.parametrize(("row", "branch"), [([1, 2], 0), ([9, 9], 1)])
def test_the_router_answers_with_the_index_of_a_child(
    serve_here: Serving, row: list[int], branch: int
) -> None:
    served = serve_here(page("Signatures:Router"))
    payload = {"data": {"ndarray": [row]}}
    expected = {"data": {"names": ["t:0"], "ndarray": [[branch]]}, "meta": {}}
    assert served.post(payload, "/route").json() == expected
    for rpc in ("Router/Route", "Generic/Route"):
        assert over_grpc(served, rpc, message(**payload)) == expected


METRICS = [
    {"key": "mycounter", "type": "COUNTER", "value": 1},
    {"key": "mygauge", "type": "GAUGE", "value": 100},
    {"key": "mytimer", "type": "TIMER", "value": 20.2},
]


def test_metrics_reach_the_client_and_prometheus(serve_here: Serving) -> None:
    served = serve_here(page("ModelWithMetrics"))
    assert served.post(NDARRAY).json()["meta"] == {"metrics": METRICS}
    counter, gauge, timer = over_grpc(served, "Model/Predict", REQUEST)["meta"]["metrics"]
    assert counter == {"key": "mycounter", "value": 1.0}  # COUNTER is the enum's zero
    assert (gauge["value"], timer["value"]) == (100.0, 20.2)
    counted = served.scrape()
    assert (counted["mycounter_total"], counted["mygauge"], counted["mytimer_count"]) == (2, 100, 2)
    assert counted["mytimer_sum"] == pytest.approx(0.0404)
    buckets = [line for line in served.ask("GET", "/metrics").text.splitlines() if "mytimer_bucket" in line]
    first = next(line for line in buckets if not line.endswith(" 0.0"))
    assert 'le="0.02347185009632733"' in first
    assert len(buckets) == 51


def test_metrics_can_be_kept_from_the_client(serve_here: Serving) -> None:
    served = serve_here(page("ModelWithMetrics"), echo_metrics=False)
    assert served.post(NDARRAY).json() == ANSWER
    assert over_grpc(served, "Model/Predict", REQUEST) == FLOATS
    assert served.scrape()["mycounter_total"] == 2


def test_an_empty_list_of_metrics_is_none(serve_here: Serving) -> None:
    served = serve_here(page("Signatures:Quiet"))
    assert served.post(NDARRAY).json() == ANSWER
    assert served.scrape() == {}


def test_tags_that_ask_for_the_payload_get_it(serve_here: Serving) -> None:
    served = serve_here(page("ModelWithTags"))
    assert served.post(NDARRAY).json() == ANSWER | {"meta": {"tags": {"system": "production"}}}
    assert over_grpc(served, "Model/Predict", REQUEST)["meta"] == {"tags": {"system": "production"}}


def test_the_runtime_example_says_which_name_is_wrong_in_it(
    serve_here: Serving, caplog: pytest.LogCaptureFixture
) -> None:
    served = serve_here(page("RuntimeModel:Model"))
    response = served.post(NDARRAY)
    assert response.status_code == 500
    assert status_of(response)["info"] == "name 'X' is not defined"
    assert refusal(served, "Model/Predict", REQUEST) == "name 'X' is not defined"
    assert caplog.text.count("runtime_metrics = ") == 2


TAGS = {"runtime": "tag", "shared": "right one", "static": "tag"}


def test_the_runtime_example_works_once_its_name_is_right(serve_here: Serving) -> None:
    served = serve_here(page("RuntimeModel:Corrected"))
    reply = served.post(NDARRAY).json()
    assert reply["data"] == ANSWER["data"]
    assert reply["meta"]["tags"] == TAGS
    assert [metric["key"] for metric in reply["meta"]["metrics"]] == ["requests_counter", "instance_counter"]
    meta = over_grpc(served, "Model/Predict", REQUEST)["meta"]
    assert meta["tags"] == TAGS
    assert [metric["key"] for metric in meta["metrics"]] == ["requests_counter", "instance_counter"]
    counted = served.scrape()
    assert (counted["requests_counter_total"], counted["instance_counter_total"]) == (2, 2)


def test_health_status_is_what_the_page_shows(serve_here: Serving) -> None:
    served = serve_here(page("ModelWithHealthEndpoint"))
    expected = '{"data":{"names":[],"tensor":{"shape":[2],"values":[1,2]}},"meta":{}}\n'
    assert served.ask("GET", "/health/status").text == expected
    assert served.ask("GET", "/health/ping").text == "pong"
    assert served.post(NDARRAY).json() == ANSWER
    assert over_grpc(served, "Model/Predict", REQUEST) == FLOATS


METADATA = {
    "custom": {},
    "inputs": [{"datatype": "BYTES", "name": "input", "shape": [1]}],
    "name": "model-name",
    "outputs": [{"datatype": "BYTES", "name": "output", "shape": [1]}],
    "platform": "platform-name",
    "versions": ["model-version"],
}


@pytest.mark.parametrize("name", ["Model", "ByTheText"])
def test_metadata_is_told_under_either_of_the_pages_names(serve_here: Serving, name: str) -> None:
    served = serve_here(page(f"MetadataModel:{name}"))
    assert served.ask("GET", "/metadata").json() == METADATA
    for rpc in ("Model/Metadata", "Seldon/ModelMetadata"):
        told = over_grpc(served, rpc, None)
        assert told.pop("inputs") == [{"name": "input", "datatype": "BYTES", "shape": ["1"]}]
        assert told.pop("outputs") == [{"name": "output", "datatype": "BYTES", "shape": ["1"]}]
        assert told == {key: METADATA[key] for key in ("name", "platform", "versions")}


def test_load_runs_once_and_the_attribute_names_the_classes(
    serve_here: Serving, capsys: pytest.CaptureFixture[str]
) -> None:
    served = serve_here(page("deep_mnist/DeepMnist"))
    names = [f"class:{digit}" for digit in range(10)]
    expected = {"names": names, "ndarray": [[pytest.approx(0.1)] * 10]}
    assert served.post(NDARRAY).json()["data"] == expected
    assert over_grpc(served, "Model/Predict", REQUEST)["data"] == expected
    assert sys.modules["tensorflow"].sessions == 1
    assert capsys.readouterr().out.count("Loaded model") == 1


def test_a_model_without_its_library_says_which_one(tmp_path: Path) -> None:
    alone = tmp_path / "DeepMnist.py"
    alone.write_text((PAGE / "deep_mnist" / "DeepMnist.py").read_text(encoding="utf-8"), encoding="utf-8")
    with pytest.raises(LoadFailed, match="No module named 'tensorflow'"):
        start(str(alone))
