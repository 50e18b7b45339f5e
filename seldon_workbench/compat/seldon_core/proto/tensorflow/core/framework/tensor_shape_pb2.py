"""``tensorflow/core/framework/tensor_shape.proto``."""

from seldon_workbench.server.wire.tensor_shape_pb2 import DESCRIPTOR, TensorShapeProto

__all__ = ["DESCRIPTOR", "TensorShapeProto"]
