"""All methods of Seldon's seven services, and the services beside them."""

from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from components import Everything, Identity, ModelWithMetadata
from google.protobuf import descriptor_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from seldon_workbench.server import wire

from .serving import Served, Serving, eventually, message, plain, serving

NDARRAY = message(data={"names": ["a", "b"], "ndarray": [[1, 2]]}, meta={"puid": "p"})
TENSOR = message(data={"tensor": {"shape": [1, 2], "values": [1, 2]}})
LIST = wire.SeldonMessageList(seldonMessages=[NDARRAY, TENSOR])
FEEDBACK = wire.Feedback(request=NDARRAY, reward=0.5)
NAMES = ["t:0", "t:1"]


def array(values: Any, names: list[str] = NAMES) -> dict[str, Any]:
    return {"data": {"names": names, "ndarray": values}, "meta": {"puid": "p"}}


NO_DATA = {"data": {"ndarray": []}, "meta": {"puid": "p"}}
IDENTITY, UP, DOWN, BRANCH = (
    array([[1.0, 2.0]]),
    array([[2.0, 3.0]]),
    array([[0.0, 1.0]]),
    array([[1.0]], ["t:0"]),
)

RPCS = {
    "Generic/TransformInput": (NDARRAY, UP),
    "Generic/TransformOutput": (NDARRAY, DOWN),
    "Generic/Route": (NDARRAY, BRANCH),
    "Generic/Aggregate": (LIST, IDENTITY),
    "Generic/SendFeedback": (FEEDBACK, NO_DATA),
    "Model/Predict": (NDARRAY, IDENTITY),
    "Model/SendFeedback": (FEEDBACK, NO_DATA),
    "Model/Metadata": (None, {"versions": [""]}),
    "Router/Route": (NDARRAY, BRANCH),
    "Router/SendFeedback": (FEEDBACK, NO_DATA),
    "Transformer/TransformInput": (NDARRAY, UP),
    "OutputTransformer/TransformOutput": (NDARRAY, DOWN),
    "Combiner/Aggregate": (LIST, IDENTITY),
    "Seldon/Predict": (NDARRAY, IDENTITY),
    "Seldon/SendFeedback": (FEEDBACK, NO_DATA),
    "Seldon/ModelMetadata": (wire.SeldonModelMetadataRequest(name="ignored"), {"versions": [""]}),
}
"""RPC -> a request and what is answered to it."""

SERVICES = ("Combiner", "Generic", "Model", "OutputTransformer", "Router", "Seldon", "Transformer")


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving(Everything) as running:
        yield running


@pytest.mark.parametrize("rpc", RPCS)
def test_an_rpc_answers(served: Served, rpc: str) -> None:
    request, expected = RPCS[rpc]
    assert plain(served.call(rpc, request)) == expected


def test_these_and_graph_metadata_are_all_seldon_has() -> None:
    services = wire.FILE_DESCRIPTOR.services_by_name
    declared = {f"{name}/{rpc.name}" for name, service in services.items() for rpc in service.methods}
    assert declared == {*RPCS, "Seldon/GraphMetadata"}
    assert len(declared) == 17


def test_graph_metadata_is_not_a_models_to_tell(served: Served) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        served.call("Seldon/GraphMetadata")
    assert refused.value.code() is grpc.StatusCode.UNIMPLEMENTED
    assert "GraphMetadata not available on the Model level." in refused.value.details()


@pytest.mark.parametrize("rpc", ["Generic/Predict", "Model/Nothing", "Nobody/Predict"])
def test_an_unknown_rpc_is_unimplemented(served: Served, rpc: str) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        served.call(rpc, NDARRAY)
    assert (refused.value.code(), refused.value.details()) == (
        grpc.StatusCode.UNIMPLEMENTED,
        "Method not found!",
    )


def test_a_tensor_is_answered_with_a_tensor(served: Served) -> None:
    reply = plain(served.call("Model/Predict", TENSOR))
    assert reply == {"data": {"names": NAMES, "tensor": {"shape": [1, 2], "values": [1.0, 2.0]}}, "meta": {}}


def test_metadata_is_told_in_full(serve_here: Serving) -> None:
    served = serve_here(ModelWithMetadata)
    for rpc in ("Model/Metadata", "Seldon/ModelMetadata"):
        metadata = served.call(rpc)
        assert (metadata.name, list(metadata.versions), metadata.platform) == (
            "model-name",
            ["model-version"],
            "platform-name",
        )
        assert [(item.name, item.datatype, list(item.shape)) for item in metadata.inputs] == [
            ("input", "BYTES", [1])
        ]


# ---- reflection ----------------------------------------------------------------------------------


def reflected(served: Served, **question: Any) -> Any:
    stub = reflection_pb2_grpc.ServerReflectionStub(served.channel)
    (reply,) = stub.ServerReflectionInfo(
        iter([reflection_pb2.ServerReflectionRequest(**question)]), timeout=10
    )
    return reply


def test_reflection_lists_the_eight_names_and_health(served: Served) -> None:
    listed = reflected(served, list_services="").list_services_response.service
    assert sorted(service.name for service in listed) == [
        "grpc.health.v1.Health",
        "grpc.reflection.v1alpha.ServerReflection",
        *(f"seldon.protos.{name}" for name in SERVICES),
    ]


@pytest.mark.parametrize(
    "symbol", ["seldon.protos.Seldon", "seldon.protos.SeldonMessage", "seldon.protos.Metric"]
)
def test_reflection_finds_the_file_of_a_symbol(served: Served, symbol: str) -> None:
    reply = reflected(served, file_containing_symbol=symbol).file_descriptor_response
    files = [descriptor_pb2.FileDescriptorProto.FromString(raw) for raw in reply.file_descriptor_proto]
    assert "proto/prediction.proto" in [file.name for file in files]


def test_reflection_knows_the_file_by_seldons_name_only(served: Served) -> None:
    assert reflected(served, file_by_filename="proto/prediction.proto").HasField("file_descriptor_response")
    assert reflected(served, file_by_filename="prediction.proto").HasField("error_response")


# ---- health --------------------------------------------------------------------------------------


@pytest.mark.parametrize("service", ["", *(f"seldon.protos.{name}" for name in SERVICES)])
def test_health_says_that_every_service_serves(served: Served, service: str) -> None:
    reply = health_pb2_grpc.HealthStub(served.channel).Check(
        health_pb2.HealthCheckRequest(service=service), timeout=10
    )
    assert reply.status == health_pb2.HealthCheckResponse.SERVING


def test_the_health_of_an_unknown_service_is_not_found(served: Served) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        health_pb2_grpc.HealthStub(served.channel).Check(
            health_pb2.HealthCheckRequest(service="x"), timeout=10
        )
    assert refused.value.code() is grpc.StatusCode.NOT_FOUND


def test_who_watches_health_is_told_when_the_server_stops(serve_here: Serving) -> None:
    served = serve_here(Identity)
    watch = health_pb2_grpc.HealthStub(served.channel).Watch(health_pb2.HealthCheckRequest(), timeout=10)
    assert next(watch).status == health_pb2.HealthCheckResponse.SERVING
    served.session.stop(0.5)
    assert next(watch).status == health_pb2.HealthCheckResponse.NOT_SERVING


# ---- limits --------------------------------------------------------------------------------------


def test_more_than_four_mebibytes_are_too_much(served: Served) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        served.call("Model/Predict", wire.SeldonMessage(binData=b"x" * 4_194_304))
    assert refused.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert "larger than max" in refused.value.details()
    assert served.call("Model/Predict", wire.SeldonMessage(binData=b"x" * 4_000_000)).binData[:1] == b"x"


def test_open_reflection_streams_delay_no_health_check(serve_here: Serving) -> None:
    served = serve_here(Identity)
    stub = reflection_pb2_grpc.ServerReflectionStub(served.channel)
    questions = [_Endless() for _ in range(5)]
    streams = [stub.ServerReflectionInfo(question) for question in questions]
    try:
        for stream in streams:
            next(stream)
        health = health_pb2_grpc.HealthStub(served.channel)
        assert health.Check(health_pb2.HealthCheckRequest(), timeout=5).status
        assert served.call("Model/Metadata", timeout=5)
    finally:
        for question, stream in zip(questions, streams, strict=True):
            question.close()
            stream.cancel()
    assert eventually(lambda: served.call("Model/Predict", NDARRAY))


class _Endless:
    """One question, and then a stream that stays open."""

    def __init__(self) -> None:
        import queue

        self._next: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._next.put(reflection_pb2.ServerReflectionRequest(list_services=""))

    def __iter__(self) -> "_Endless":
        return self

    def __next__(self) -> Any:
        question = self._next.get()
        if question is None:
            raise StopIteration
        return question

    def close(self) -> None:
        self._next.put(None)
