"""Calls every RPC with the stubs of an installed seldon-core: `stub_client.py HOST:PORT`, in its venv."""

import sys

import grpc
from google.protobuf.empty_pb2 import Empty
from seldon_core.proto import prediction_pb2 as pb
from seldon_core.proto import prediction_pb2_grpc as stubs


def main(target: str) -> int:
    """Print one line per RPC; 1 if any of them fails."""
    message = pb.SeldonMessage(data=pb.DefaultData(tensor=pb.Tensor(shape=[1, 2], values=[1, 2])))
    messages = pb.SeldonMessageList(seldonMessages=[message, message])
    feedback = pb.Feedback(request=message, response=message, reward=1.0)
    asked = pb.SeldonModelMetadataRequest(name="any")
    with grpc.insecure_channel(target) as channel:
        calls = [
            (stubs.ModelStub(channel), "Predict", message),
            (stubs.ModelStub(channel), "SendFeedback", feedback),
            (stubs.ModelStub(channel), "Metadata", Empty()),
            (stubs.SeldonStub(channel), "Predict", message),
            (stubs.SeldonStub(channel), "SendFeedback", feedback),
            (stubs.SeldonStub(channel), "ModelMetadata", asked),
            (stubs.RouterStub(channel), "Route", message),
            (stubs.RouterStub(channel), "SendFeedback", feedback),
            (stubs.TransformerStub(channel), "TransformInput", message),
            (stubs.OutputTransformerStub(channel), "TransformOutput", message),
            (stubs.CombinerStub(channel), "Aggregate", messages),
            (stubs.GenericStub(channel), "TransformInput", message),
            (stubs.GenericStub(channel), "TransformOutput", message),
            (stubs.GenericStub(channel), "Route", message),
            (stubs.GenericStub(channel), "Aggregate", messages),
            (stubs.GenericStub(channel), "SendFeedback", feedback),
        ]
        failed = sum(not _call(stub, rpc, request) for stub, rpc, request in calls)
        failed += not _refused(stubs.SeldonStub(channel), Empty())
    return 1 if failed else 0


def _call(stub: object, rpc: str, request: object) -> bool:
    name = f"{type(stub).__name__.removesuffix('Stub')}/{rpc}"
    try:
        reply = getattr(stub, rpc)(request, timeout=10)
    except grpc.RpcError as error:
        print(f"{name}: {error.code().name} {error.details()}")
        return False
    print(f"{name}: {' '.join(str(reply).split())}")
    return True


def _refused(stub: object, request: Empty) -> bool:
    """GraphMetadata is no model's to answer."""
    try:
        stub.GraphMetadata(request, timeout=10)
    except grpc.RpcError as error:
        print(f"Seldon/GraphMetadata: {error.code().name} {error.details()}")
        return True
    print("Seldon/GraphMetadata: answered, which no model can")
    return False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
