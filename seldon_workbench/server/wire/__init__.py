"""The messages that travel between Seldon's processes; nothing but the wire's own types."""

from google.protobuf.any_pb2 import Any
from google.protobuf.descriptor import FileDescriptor
from google.protobuf.empty_pb2 import Empty
from google.protobuf.struct_pb2 import ListValue, Struct, Value

from seldon_workbench.server.wire.prediction_pb2 import (
    DESCRIPTOR,
    DefaultData,
    Feedback,
    Meta,
    Metric,
    RequestResponse,
    SeldonGraphMetadata,
    SeldonMessage,
    SeldonMessageList,
    SeldonMessageMetadata,
    SeldonModelMetadata,
    SeldonModelMetadataRequest,
    Status,
    Tensor,
)
from seldon_workbench.server.wire.tensor_pb2 import TensorProto

FILE_DESCRIPTOR: FileDescriptor = DESCRIPTOR

__all__ = [
    "FILE_DESCRIPTOR",
    "Any",
    "DefaultData",
    "Empty",
    "Feedback",
    "ListValue",
    "Meta",
    "Metric",
    "RequestResponse",
    "SeldonGraphMetadata",
    "SeldonMessage",
    "SeldonMessageList",
    "SeldonMessageMetadata",
    "SeldonModelMetadata",
    "SeldonModelMetadataRequest",
    "Status",
    "Struct",
    "Tensor",
    "TensorProto",
    "Value",
]
