"""Every outcome of the contract's table of metadata, served for real, over REST and over both RPCs."""

import logging
from typing import Any

import grpc
import pytest
from components import BareComponent, Identity

from seldon_workbench import SeldonComponent, SeldonNotImplementedError, Session
from seldon_workbench.server.rpc import STATUS_KEY

from .serving import ANSWER, NDARRAY, Served, plain, status_of

PATHS = ("/metadata", "/api/v1.0/metadata")
RPCS = ("Model/Metadata", "Seldon/ModelMetadata")

DEFAULT = {"custom": {}, "inputs": [], "name": "", "outputs": [], "platform": "", "versions": [""]}
V1_ITEM = {"messagetype": "tensor", "schema": {"names": ["a"], "shape": [4]}}
V2 = {
    "name": "n",
    "versions": ["v"],
    "platform": "p",
    "inputs": [{"name": "i", "datatype": "BYTES", "shape": [1, 2]}],
    "outputs": [{"name": "o", "datatype": "FP32", "shape": [-1]}],
    "custom": {"a": "b"},
}
V2_PROTO = V2 | {
    "inputs": [{"name": "i", "datatype": "BYTES", "shape": ["1", "2"]}],
    "outputs": [{"name": "o", "datatype": "FP32", "shape": ["-1"]}],
}


class Saying(Identity):
    """Says of itself what it is told to say, or raises it."""

    def __init__(self, said: Any) -> None:
        self.said = said

    def init_metadata(self) -> Any:
        if isinstance(self.said, BaseException):
            raise self.said
        return self.said


class Silent(Identity):
    """Says nothing."""


class Alias(SeldonComponent):
    """Follows the documentation, which calls the method ``metadata``."""

    def metadata(self) -> Any:
        return {"name": "alias"}

    def predict(self, X: Any, names: Any) -> Any:
        return X


class Serving:
    """Serves a component in an environment, and asks for its metadata."""

    def __init__(self) -> None:
        self._servers: list[Served] = []

    def __call__(self, component: object, **env: str) -> Served:
        session = Session(env=env, http_port=0, grpc_port=0, metrics_port=0)
        session.load(component)
        self._servers.append(Served(session, session.start()))
        return self._servers[-1]

    def close(self) -> None:
        for server in self._servers:
            server.close()


@pytest.fixture
def serve_in() -> Any:
    serving = Serving()
    yield serving
    serving.close()


def told(served: Served) -> tuple[Any, Any]:
    """What both REST paths answer alike, and both RPCs."""
    over_rest = [served.ask("GET", path) for path in PATHS]
    over_grpc = [plain(served.call(rpc)) for rpc in RPCS]
    assert [response.status_code for response in over_rest] == [200, 200]
    assert over_rest[0].content == over_rest[1].content
    assert over_grpc[0] == over_grpc[1]
    return over_rest[0].json(), over_grpc[0]


def is_refused(served: Served) -> None:
    """Metadata is an error on both wires, under Seldon's words; predictions are not."""
    for path in PATHS:
        response = served.ask("GET", path)
        assert response.status_code == 500
        status = status_of(response)
        assert (status["info"], status["reason"]) == (
            "Model metadata unavailable",
            "MICROSERVICE_BAD_METADATA",
        )
    for rpc in RPCS:
        with pytest.raises(grpc.RpcError) as caught:
            served.call(rpc)
        assert caught.value.code() is grpc.StatusCode.FAILED_PRECONDITION
        assert caught.value.details() == "Model metadata unavailable"
        trailing: dict[str, bytes] = dict(caught.value.trailing_metadata())
        assert trailing[STATUS_KEY] == response.content
    assert served.post(NDARRAY).json() == ANSWER


@pytest.mark.parametrize("component", [Silent, BareComponent])
def test_nothing_defined(serve_in: Serving, component: type) -> None:
    assert told(serve_in(component)) == (DEFAULT, {"versions": [""]})


def test_nothing_defined_in_an_image(serve_in: Serving) -> None:
    known = {"name": "org/img", "versions": ["7"]}
    assert told(serve_in(Silent, PREDICTIVE_UNIT_IMAGE="org/img:7")) == (DEFAULT | known, known)


def test_the_second_form(serve_in: Serving) -> None:
    assert told(serve_in(Saying(V2))) == (V2, V2_PROTO)


def test_the_first_form(serve_in: Serving) -> None:
    first = {"name": "first", "inputs": [V1_ITEM, {"messagetype": "strData"}]}
    proto = {
        "name": "first",
        "versions": [""],
        "inputs": [
            {"messagetype": "tensor", "schema": {"names": ["a"], "shape": [4.0]}},
            {"messagetype": "strData"},
        ],
    }
    assert told(serve_in(Saying(first))) == (DEFAULT | first, proto)


def test_both_forms_beside_each_other(serve_in: Serving) -> None:
    rest, proto = told(serve_in(Saying({"inputs": [V1_ITEM, {}, V2["inputs"][0]]})))
    assert rest["inputs"] == [V1_ITEM, {}, V2["inputs"][0]]
    assert [item.get("messagetype", "") for item in proto["inputs"]] == ["tensor", "", ""]


def test_only_a_name(serve_in: Serving) -> None:
    only = {"name": "only"}
    assert told(serve_in(Saying(only))) == (DEFAULT | only, only | {"versions": [""]})


def test_yaml_of_the_environment_over_the_second_form(serve_in: Serving) -> None:
    over = {"name": "envname", "versions": ["e1"]}
    served = serve_in(Saying(V2), MODEL_METADATA="name: envname\nversions: [e1]\n")
    assert told(served) == (V2 | over, V2_PROTO | over)


def test_json_of_the_environment_replaces_custom_as_a_whole(serve_in: Serving) -> None:
    served = serve_in(Saying(V2), MODEL_METADATA='{"custom":{"z":"y"}}')
    assert told(served) == (V2 | {"custom": {"z": "y"}}, V2_PROTO | {"custom": {"z": "y"}})


@pytest.mark.parametrize(
    "said",
    [
        {"name": "n", "unknown": 1},
        {"versions": "v1"},
        {"name": 5},
        {"name": None},
        {"inputs": {}},
        {"custom": {"a": 1}},
        {"inputs": [{"name": "i", "datatype": "FLOAT"}]},
        {"inputs": [{"name": "i", "extra": 1}]},
        {"inputs": [V1_ITEM | {"name": "i"}]},
        {"inputs": [{"shape": (1, 4)}]},
    ],
    ids=str,
)
def test_what_breaks_the_schema(serve_in: Serving, said: Any, caplog: pytest.LogCaptureFixture) -> None:
    is_refused(serve_in(Saying(said)))
    (record,) = [each for each in caplog.records if "metadata is invalid" in each.getMessage()]
    assert record.levelno == logging.ERROR


def test_the_environment_can_break_the_schema_too(serve_in: Serving) -> None:
    is_refused(serve_in(Saying(V2), MODEL_METADATA="name: 2020"))


@pytest.mark.parametrize("said", [None, [], "text"])
def test_anything_but_a_dict_says_nothing(
    serve_in: Serving, said: Any, caplog: pytest.LogCaptureFixture
) -> None:
    assert told(serve_in(Saying(said))) == (DEFAULT, {"versions": [""]})
    assert f"init_metadata() returned {said!r}, which is no dict: it is ignored" in caplog.messages


def test_a_hook_that_is_not_implemented_says_nothing(serve_in: Serving) -> None:
    assert told(serve_in(Saying(SeldonNotImplementedError("no")))) == (DEFAULT, {"versions": [""]})


@pytest.mark.parametrize("error", [ValueError("broken"), KeyError("k"), SystemExit(3)], ids=repr)
def test_a_hook_that_raises_spoils_the_metadata_alone(
    serve_in: Serving, error: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    is_refused(serve_in(Saying(error)))
    (record,) = [each for each in caplog.records if each.exc_info]
    assert record.exc_info is not None
    assert record.exc_info[1] is error


@pytest.mark.parametrize("text", ["name: [", "", "# nothing", "[a, b]", "text", "5", "null"])
def test_an_environment_without_a_mapping_is_ignored(
    serve_in: Serving, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert told(serve_in(Saying(V2), MODEL_METADATA=text)) == (V2, V2_PROTO)
    assert [each for each in caplog.messages if each.startswith("MODEL_METADATA is ignored: it is ")]


def test_a_method_called_metadata_is_understood(serve_in: Serving) -> None:
    known = {"name": "alias"}
    assert told(serve_in(Alias)) == (DEFAULT | known, known | {"versions": [""]})


def test_metadata_is_asked_for_once_and_before_load(serve_in: Serving) -> None:
    asked = []

    class Ordered(Identity):
        def init_metadata(self) -> Any:
            asked.append("init_metadata")
            return {"name": "ordered"}

        def load(self) -> None:
            asked.append("load")

    served = serve_in(Ordered)
    for _ in range(2):
        assert told(served)[0]["name"] == "ordered"
    assert asked == ["init_metadata", "load"]


def test_whole_floats_are_integers(serve_in: Serving) -> None:
    rest, proto = told(serve_in(Saying({"inputs": [{"shape": [4.0]}]})))
    assert (rest["inputs"], proto["inputs"]) == ([{"shape": [4.0]}], [{"shape": ["4"]}])


def test_keys_that_are_no_text_are_text_on_both_wires(serve_in: Serving) -> None:
    rest, proto = told(serve_in(Silent, MODEL_METADATA="custom: {1: a}"))
    assert rest["custom"] == proto["custom"] == {"1": "a"}


def test_a_shape_beyond_64_bit_is_refused_where_it_cannot_be_sent(serve_in: Serving) -> None:
    served = serve_in(Saying({"inputs": [{"shape": [2**70]}]}))
    assert served.ask("GET", "/metadata").json()["inputs"] == [{"shape": [2**70]}]
    with pytest.raises(grpc.RpcError) as caught:
        served.call("Model/Metadata")
    assert caught.value.code() is grpc.StatusCode.FAILED_PRECONDITION
    assert caught.value.details().startswith("Model metadata unavailable over gRPC: ")
