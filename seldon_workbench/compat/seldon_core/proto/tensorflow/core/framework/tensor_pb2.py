"""``tensorflow/core/framework/tensor.proto``."""

from seldon_workbench.server.wire.tensor_pb2 import DESCRIPTOR, TensorProto, VariantTensorDataProto

__all__ = ["DESCRIPTOR", "TensorProto", "VariantTensorDataProto"]
