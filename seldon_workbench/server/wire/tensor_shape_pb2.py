"""python scripts/generate_wire.py writes this from tensorflow/core/framework/tensor_shape.proto."""

from seldon_workbench.server.wire.pool import register

SERIALIZED = (
    b"\x0a,tensorflow/core/framework/tensor_shape.proto\x12\x0atensorflow\x22z\x0a\x10TensorShapeProto\x12"
    b"-\x0a\x03dim\x18\x02 \x03(\x0b2 .tensorflow.TensorShapeProto.Dim\x12\x14\x0a\x0cunknown_rank\x18\x03"
    b" \x01(\x08\x1a!\x0a\x03Dim\x12\x0c\x0a\x04size\x18\x01 \x01(\x03\x12\x0c\x0a\x04name\x18\x02 \x01("
    b"\x09B\x87\x01\x0a\x18org.tensorflow.frameworkB\x11TensorShapeProtosP\x01ZSgithub.com/tensorflow/tens"
    b"orflow/tensorflow/go/core/framework/tensor_shape_go_proto\xf8\x01\x01b\x06proto3"
)

register("tensorflow/core/framework/tensor_shape.proto", SERIALIZED, globals())
