"""SeldonMessage on the gRPC wire, from descriptors of its own so that no server's code checks itself."""

import struct
from functools import cache

import numpy as np
from google.protobuf import descriptor_pool, message_factory, struct_pb2
from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto
from google.protobuf.message import Message
from samples import Array, Sample

PREDICT = "/seldon.protos.Model/Predict"

_SINGLE = FieldDescriptorProto.LABEL_OPTIONAL
_REPEATED = FieldDescriptorProto.LABEL_REPEATED
_MESSAGE = FieldDescriptorProto.TYPE_MESSAGE
_FIELDS = {
    "Tensor": [
        ("shape", 1, _REPEATED, FieldDescriptorProto.TYPE_INT32, ""),
        ("values", 2, _REPEATED, FieldDescriptorProto.TYPE_DOUBLE, ""),
    ],
    "DefaultData": [
        ("names", 1, _REPEATED, FieldDescriptorProto.TYPE_STRING, ""),
        ("tensor", 2, _SINGLE, _MESSAGE, ".seldon.protos.Tensor"),
        ("ndarray", 3, _SINGLE, _MESSAGE, ".google.protobuf.ListValue"),
    ],
    "SeldonMessage": [("data", 3, _SINGLE, _MESSAGE, ".seldon.protos.DefaultData")],
}


@cache
def _message_class() -> type[Message]:
    """SeldonMessage with the fields the benchmark sends, in a descriptor pool of its own."""
    file = FileDescriptorProto(
        name="bench.proto",
        package="seldon.protos",
        syntax="proto3",
        dependency=["google/protobuf/struct.proto"],
    )
    for message, fields in _FIELDS.items():
        described = file.message_type.add(name=message)
        for name, number, label, kind, type_name in fields:
            described.field.add(name=name, number=number, label=label, type=kind, type_name=type_name or None)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(FileDescriptorProto.FromString(struct_pb2.DESCRIPTOR.serialized_pb))
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("seldon.protos.SeldonMessage"))


def message_from(sample: Sample) -> bytes:
    """The sample as a serialized SeldonMessage, in its payload kind."""
    message = _message_class()()
    data = getattr(message, "data")  # noqa: B009 - the class is made at run time
    if sample.kind == "tensor":
        data.tensor.shape.extend(sample.array.shape)
        data.tensor.values.extend(sample.array.ravel().tolist())
    else:
        for row in sample.array.tolist():
            cells = data.ndarray.values.add().list_value.values
            for value in row:
                cells.add().number_value = value
    return message.SerializeToString()


def array_of(reply: bytes) -> Array:
    """The array a serialized SeldonMessage carries."""
    data = getattr(_message_class().FromString(reply), "data")  # noqa: B009
    if data.HasField("tensor"):
        return np.array(data.tensor.values, dtype=np.float64).reshape(tuple(data.tensor.shape))
    rows = [[cell.number_value for cell in row.list_value.values] for row in data.ndarray.values]
    return np.array(rows, dtype=np.float64)


def framed(message: bytes) -> bytes:
    """One gRPC frame: uncompressed flag, big-endian length, message."""
    return struct.pack(">BI", 0, len(message)) + message
