"""python scripts/generate_wire.py writes this from tensorflow/core/framework/resource_handle.proto."""

from seldon_workbench.server.wire import (
    tensor_shape_pb2,  # noqa: F401
    types_pb2,  # noqa: F401
)
from seldon_workbench.server.wire.pool import register

SERIALIZED = (
    b"\x0a/tensorflow/core/framework/resource_handle.proto\x12\x0atensorflow\x1a,tensorflow/core/framework"
    b"/tensor_shape.proto\x1a%tensorflow/core/framework/types.proto\x22\xa5\x02\x0a\x13ResourceHandleProto"
    b"\x12\x0e\x0a\x06device\x18\x01 \x01(\x09\x12\x11\x0a\x09container\x18\x02 \x01(\x09\x12\x0c\x0a\x04n"
    b"ame\x18\x03 \x01(\x09\x12\x11\x0a\x09hash_code\x18\x04 \x01(\x04\x12\x17\x0a\x0fmaybe_type_name\x18"
    b"\x05 \x01(\x09\x12H\x0a\x11dtypes_and_shapes\x18\x06 \x03(\x0b2-.tensorflow.ResourceHandleProto.Dtyp"
    b"eAndShape\x1aa\x0a\x0dDtypeAndShape\x12#\x0a\x05dtype\x18\x01 \x01(\x0e2\x14.tensorflow.DataType\x12"
    b"+\x0a\x05shape\x18\x02 \x01(\x0b2\x1c.tensorflow.TensorShapeProtoJ\x04\x08\x07\x10\x08B\x87\x01\x0a"
    b"\x18org.tensorflow.frameworkB\x0eResourceHandleP\x01ZVgithub.com/tensorflow/tensorflow/tensorflow/go"
    b"/core/framework/resource_handle_go_proto\xf8\x01\x01b\x06proto3"
)

register("tensorflow/core/framework/resource_handle.proto", SERIALIZED, globals())
