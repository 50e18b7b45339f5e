"""``tensorflow/core/framework/types.proto``: the types of a tensor's elements."""

from seldon_workbench.server.wire.types_pb2 import DESCRIPTOR, DataType

__all__ = ["DESCRIPTOR", "DataType", *DataType.keys()]

globals().update(DataType.items())  # DT_FLOAT and its like, as a generated module has them
