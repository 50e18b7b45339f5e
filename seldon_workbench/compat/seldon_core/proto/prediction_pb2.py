"""Seldon's messages."""

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

__all__ = [
    "DESCRIPTOR",
    "DefaultData",
    "Feedback",
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
    "Tensor",
]
