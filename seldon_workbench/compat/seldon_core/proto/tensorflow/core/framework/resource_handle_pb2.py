"""``tensorflow/core/framework/resource_handle.proto``."""

from seldon_workbench.server.wire.resource_handle_pb2 import DESCRIPTOR, ResourceHandleProto

__all__ = ["DESCRIPTOR", "ResourceHandleProto"]
