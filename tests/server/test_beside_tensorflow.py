"""With the real TensorFlow in the process, imported before us or after, tensors are TensorFlow's own."""

import importlib.util

import pytest

from .wire_files import IMPORT_BESIDE_TENSORFLOW, printed

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("tensorflow") is None, reason="TensorFlow is not installed"
)

IMPORT_TENSORFLOW = "import tensorflow as tf\nfrom tensorflow.core.framework import tensor_pb2\n"

COMPARE = """
import ml_dtypes
import numpy as np
from seldon_workbench.message import PayloadKind, payload_of
from seldon_workbench.server.json_codec import JSON
from seldon_workbench.server.proto_codec import PROTO
from seldon_workbench.server.tf_tensor import array_of, write_tensor

assert tensor_pb2.TensorProto is wire.TensorProto
arrays = [
    array.astype(dtype)
    for dtype in "f2 f4 f8 i1 i2 i4 i8 u1 u2 u4 u8 c8 c16".split()
    for array in (np.arange(4).reshape(2, 2), np.array([1]), np.array(1), np.zeros((0, 2)))
]
for array in arrays:
    theirs, ours = tf.make_tensor_proto(array), wire.TensorProto()
    write_tensor(ours, array)
    assert ours.SerializeToString() == theirs.SerializeToString(), (ours, theirs)
    sent = wire.SeldonMessage(data=wire.DefaultData(tftensor=theirs)).SerializeToString()
    over_grpc = PROTO.decode(sent)
    over_rest = JSON.decode(JSON.encode(over_grpc))
    for message in (over_grpc, over_rest, PROTO.decode(PROTO.encode(over_grpc))):
        assert (message.value.dtype, message.value.shape) == (array.dtype, array.shape)
        assert (message.value == array).all()
for name in "bool bfloat16 float8_e5m2 float8_e4m3fn int4 uint4".split():
    dtype = bool if name == "bool" else getattr(ml_dtypes, name)
    theirs = tf.make_tensor_proto(np.array([1, 0]).astype(dtype))
    array, expected = array_of(theirs), tf.make_ndarray(theirs)
    assert array.dtype == expected.dtype and (array == expected).all(), name
    kind, value, _ = payload_of(array, PayloadKind.TFTENSOR)
    print(kind, value.tolist())
print(*payload_of(array_of(tf.make_tensor_proto(["a", "b"])), PayloadKind.TFTENSOR)[:2])
"""

SHOWN = """ndarray [True, False]
ndarray [1.0, 0.0]
ndarray [1.0, 0.0]
ndarray [1.0, 0.0]
ndarray [1, 0]
ndarray [1, 0]
ndarray ['a' 'b']"""


@pytest.mark.parametrize(
    "imports",
    [IMPORT_TENSORFLOW + IMPORT_BESIDE_TENSORFLOW, IMPORT_BESIDE_TENSORFLOW + IMPORT_TENSORFLOW],
    ids=["before us", "after us"],
)
def test_tensors_are_tensorflows(imports: str) -> None:
    assert printed(imports + COMPARE) == SHOWN
