"""TensorProto and arrays: one table for both directions, TensorFlow's rules, and what is refused."""

import importlib.util
import math
from typing import Any

import numpy as np
import pytest
from google.protobuf import json_format
from hypothesis import given
from hypothesis import strategies as st
from messages import FLOATS, INTEGERS, arrays, shown

from seldon_workbench.errors import PayloadError, ReplyError
from seldon_workbench.message import Array
from seldon_workbench.server import wire
from seldon_workbench.server.tf_tensor import MOST_REPEATED, Room, array_of, write_tensor

HAS_EXTENSION = importlib.util.find_spec("ml_dtypes") is not None


def tensor(dtype: str, *shape: int, **fields: Any) -> Any:
    """A TensorProto; the fields are those of its message."""
    made = wire.TensorProto(dtype=dtype, **fields)
    made.tensor_shape.SetInParent()
    for size in shape:
        made.tensor_shape.dim.add(size=size)
    return made


def written(array: Array) -> Any:
    made = wire.TensorProto()
    write_tensor(made, array)
    return made


# ---- both directions -----------------------------------------------------------------------------

# As TensorFlow writes them, which was observed over the wire.
CASES: list[tuple[Any, Array]] = [
    (tensor("DT_FLOAT", 2, tensor_content=b"\0\0\x80?\0\0\0@"), np.array([1, 2], "f4")),
    (tensor("DT_FLOAT", 1, float_val=[0.1]), np.array([0.1], "f4")),
    (tensor("DT_DOUBLE", 1, 2, tensor_content=b"\0" * 14 + b"\xf0?"), np.array([[0, 1.0]])),
    (tensor("DT_DOUBLE", double_val=[1.5]), np.array(1.5)),
    (tensor("DT_INT32", 2, tensor_content=b"\1\0\0\0\xff\xff\xff\xff"), np.array([1, -1], "i4")),
    (tensor("DT_INT32", 1, int_val=[-5]), np.array([-5], "i4")),
    (tensor("DT_INT16", 2, tensor_content=b"\1\0\2\0"), np.array([1, 2], "i2")),
    (tensor("DT_INT8", 1, 2, tensor_content=b"\1\xff"), np.array([[1, -1]], "i1")),
    (tensor("DT_INT64", int64_val=[7]), np.array(7)),
    (tensor("DT_INT64", 2, tensor_content=b"\1" + b"\0" * 7 + b"\xff" * 8), np.array([1, -1])),
    (tensor("DT_UINT8", 3, tensor_content=b"\1\2\xff"), np.array([1, 2, 255], "u1")),
    (tensor("DT_UINT16", 2, int_val=[1, 65535]), np.array([1, 65535], "u2")),
    (tensor("DT_UINT32", 1, uint32_val=[4294967295]), np.array([4294967295], "u4")),
    (tensor("DT_UINT32", 2, tensor_content=b"\1\0\0\0\2\0\0\0"), np.array([1, 2], "u4")),
    (tensor("DT_UINT64", 1, uint64_val=[2**64 - 1]), np.array([2**64 - 1], "u8")),
    (tensor("DT_HALF", 2, tensor_content=b"\0<\0@"), np.array([1, 2], "f2")),
    (tensor("DT_HALF", half_val=[15360]), np.array(1, "f2")),
    (tensor("DT_COMPLEX64", 2, scomplex_val=[1, 2, 3, 4]), np.array([1 + 2j, 3 + 4j], "c8")),
    (tensor("DT_COMPLEX128", 1, dcomplex_val=[1, -2]), np.array([1 - 2j])),
    (tensor("DT_DOUBLE", 0, 3), np.zeros((0, 3))),
    (tensor("DT_FLOAT", 0), np.zeros(0, "f4")),
]
IDS = [f"{json_format.MessageToDict(proto)}" for proto, _ in CASES]


@pytest.mark.parametrize(("proto", "expected"), CASES, ids=IDS)
def test_a_tensor_is_read(proto: Any, expected: Array) -> None:
    assert shown(array_of(proto)) == shown(expected)


@pytest.mark.parametrize(("proto", "array"), CASES, ids=IDS)
def test_an_array_is_written_as_tensorflow_writes_it(proto: Any, array: Array) -> None:
    assert written(array) == proto
    assert written(array).HasField("tensor_shape")


@given(arrays([*INTEGERS, *FLOATS, "u8", "c8", "c16", ">c8"]))
def test_what_is_written_is_read_back(array: Array) -> None:
    expected = np.ascontiguousarray(array).reshape(array.shape)
    expected = expected.astype(array.dtype.newbyteorder("<"))
    assert shown(array_of(written(array))) == shown(expected)


@pytest.mark.parametrize(
    "array", [np.array([[1, 2]]).view(np.matrix), np.ma.masked_array([[1, 2]], [[0, 1]])]
)
def test_a_dressed_array_is_sent_plain(array: Array) -> None:
    assert written(array) == written(np.array([[1, 2]]))


@pytest.mark.parametrize(
    "array", [np.array([1], "m8[s]"), np.array([1], "O"), np.array(["a"]), np.array([True])]
)
def test_an_array_that_is_none_of_tensorflows_numbers_is_a_reply_error(array: Array) -> None:
    with pytest.raises(ReplyError, match="a tftensor cannot hold ") as caught:
        written(array)
    assert caught.value.hint


# ---- reading -------------------------------------------------------------------------------------

READ: list[tuple[Any, Array]] = [
    (tensor("DT_BOOL", 2, bool_val=[True, False]), np.array([True, False])),
    (tensor("DT_BOOL", 3, tensor_content=b"\0\1\2"), np.array([False, True, True])),
    (tensor("DT_INT8", 2, int_val=[-128, 127]), np.array([-128, 127], "i1")),
    (tensor("DT_UINT8", 2, int_val=[0, 255]), np.array([0, 255], "u1")),
    (tensor("DT_UINT16", 1, tensor_content=b"\1\2"), np.array([513], "u2")),
    (tensor("DT_HALF", 2, half_val=[15360, 0xC000]), np.array([1, -2], "f2")),
    (tensor("DT_COMPLEX64", 1, tensor_content=b"\0\0\x80?\0\0\0@"), np.array([1 + 2j], "c8")),
    (tensor("DT_QINT8", 2, int_val=[1, -2]), np.array([1, -2], "i1")),
    (tensor("DT_QUINT8", 2, tensor_content=b"\1\xff"), np.array([1, 255], "u1")),
    (tensor("DT_QINT16", 1, int_val=[-3]), np.array([-3], "i2")),
    (tensor("DT_QUINT16", 1, int_val=[3]), np.array([3], "u2")),
    (tensor("DT_QINT32", 1, tensor_content=b"\1\0\0\0"), np.array([1], "i4")),
    (tensor("DT_STRING", 2, string_val=[b"a", b"\xff"]), np.array([b"a", b"\xff"], object)),
    (tensor("DT_STRING", string_val=[b"abc"]), np.array(b"abc", object)),
    (tensor("DT_STRING", 0), np.zeros(0, object)),
    (tensor("DT_FLOAT", 2, float_val=[math.nan, -math.inf]), np.array([math.nan, -math.inf], "f4")),
    # Fewer values than the shape has: the last is repeated.
    (tensor("DT_INT32", 2, 2, int_val=[1, 2]), np.array([[1, 2], [2, 2]], "i4")),
    (tensor("DT_DOUBLE", 3, double_val=[0.5]), np.array([0.5, 0.5, 0.5])),
    (tensor("DT_COMPLEX64", 2, scomplex_val=[1, 2]), np.array([1 + 2j, 1 + 2j], "c8")),
    (tensor("DT_BOOL", 2, bool_val=[True]), np.array([True, True])),
    (tensor("DT_STRING", 2, string_val=[b"x"]), np.array([b"x", b"x"], object)),
    # None at all: zeros.
    (tensor("DT_INT64", 2), np.array([0, 0])),
    (tensor("DT_INT64"), np.array(0)),
    (tensor("DT_BOOL", 1), np.array([False])),
    (tensor("DT_STRING", 2), np.array([b"", b""], object)),
    # The content wins, a version and an unknown rank are passed over.
    (tensor("DT_INT8", 1, int_val=[5], tensor_content=b"\6"), np.array([6], "i1")),
    (tensor("DT_INT32", 1, int_val=[5], version_number=3), np.array([5], "i4")),
    (
        wire.TensorProto(dtype="DT_INT32", int_val=[5], tensor_shape={"unknown_rank": True}),
        np.array(5, "i4"),
    ),
]


@pytest.mark.parametrize(("proto", "expected"), READ, ids=[f"{each}"[:50] for each, _ in READ])
def test_a_tensor_is_read_by_tensorflows_rules(proto: Any, expected: Array) -> None:
    assert shown(array_of(proto)) == shown(expected)


@pytest.mark.parametrize("proto", [proto for proto, _ in [*CASES, *READ]])
def test_what_is_read_may_be_written_into(proto: Any) -> None:
    array = array_of(proto)
    assert array.flags.writeable
    array[...] = array
    assert array.dtype.isnative


BFLOATS = (
    tensor("DT_BFLOAT16", 2, half_val=[0x3F80, 0xC000]),
    tensor("DT_BFLOAT16", 2, tensor_content=b"\x80\x3f\0\xc0"),
)


@pytest.mark.parametrize("proto", BFLOATS)
def test_bfloat16_is_float32_unless_ml_dtypes_is_there(proto: Any) -> None:
    array = array_of(proto)
    assert array.dtype.name == ("bfloat16" if HAS_EXTENSION else "float32")
    assert array.astype("f4").tolist() == [1.0, -2.0]


RARE = [
    (tensor("DT_FLOAT8_E5M2", 2, float8_val=b"\x3c\x40"), "float8_e5m2", [1.0, 2.0]),
    (tensor("DT_FLOAT8_E4M3FN", 2, tensor_content=b"\x38\x40"), "float8_e4m3fn", [1.0, 2.0]),
    (tensor("DT_INT4", 2, int_val=[1, -2]), "int4", [1.0, -2.0]),
    (tensor("DT_UINT4", 2, tensor_content=b"\1\x0f"), "uint4", [1.0, 15.0]),
]


@pytest.mark.parametrize(("proto", "name", "values"), RARE)
def test_a_type_that_numpy_lacks_needs_ml_dtypes(proto: Any, name: str, values: list[float]) -> None:
    if HAS_EXTENSION:
        array = array_of(proto)
        assert (array.dtype.name, array.astype("f4").tolist()) == (name, values)
        return
    with pytest.raises(PayloadError, match=f"tftensor holds {name}, which numpy alone") as caught:
        array_of(proto)
    assert "install ml_dtypes" in caught.value.hint


# ---- refused -------------------------------------------------------------------------------------

REFUSED: list[tuple[Any, str]] = [
    (wire.TensorProto(), "has the dtype DT_INVALID, which is no type of numbers or strings"),
    (tensor("DT_INT32_REF", 1, int_val=[1]), "has the dtype DT_INT32_REF"),
    (tensor("DT_RESOURCE", resource_handle_val=[{"device": "x"}]), "has the dtype DT_RESOURCE"),
    (tensor("DT_VARIANT", variant_val=[{"type_name": "x"}]), "has the dtype DT_VARIANT"),
    (wire.TensorProto(dtype=999), "has the dtype 999"),
    (wire.TensorProto(dtype=-1), "has the dtype -1"),
    (tensor("DT_INT32", 2, int_val=[1, 2, 3]), "the shape [2] of tftensor does not fit 3 values"),
    (tensor("DT_INT32", 0, int_val=[1]), "the shape [0] of tftensor does not fit 1 values"),
    (tensor("DT_INT32", int_val=[1, 2]), "the shape [] of tftensor does not fit 2 values"),
    (tensor("DT_STRING", 1, string_val=[b"a", b"b"]), "does not fit 2 values"),
    (tensor("DT_UINT8", 3, tensor_content=b"ab"), "does not fit 2 values"),
    (tensor("DT_UINT8", 1, tensor_content=b"ab"), "does not fit 2 values"),
    (tensor("DT_INT32", 1, tensor_content=b"abc"), "is 3 bytes, which are no 4-byte elements"),
    (tensor("DT_COMPLEX64", 1, tensor_content=b"abcd"), "is 4 bytes, which are no 8-byte elements"),
    (tensor("DT_COMPLEX64", 1, scomplex_val=[1, 2, 3]), "half a complex number"),
    (tensor("DT_STRING", 1, tensor_content=b"\1a"), "strings in its content"),
    (tensor("DT_INT32", -1, int_val=[1]), "the shape [-1] of tftensor has a negative size"),
    (tensor("DT_INT32", -1, -2, int_val=[1, 2]), "has a negative size"),
    (tensor("DT_INT32", *[1] * 65, int_val=[1]), "has 65 dimensions, the maximum is 64"),
    (tensor("DT_INT32", *[2**62] * 100_000), "has 100000 dimensions"),
    (tensor("DT_UINT8", 2, int_val=[0, 300]), "holds 300, which is no uint8"),
    (tensor("DT_INT8", 1, int_val=[-129]), "holds -129, which is no int8"),
    (tensor("DT_UINT16", 1, int_val=[-1]), "holds -1, which is no uint16"),
    (tensor("DT_HALF", 1, half_val=[65536]), "holds 65536, which is no uint16"),
    (tensor("DT_INT32", 1, float_val=[1.5]), "has the dtype DT_INT32, whose values do not stand in floatVal"),
    (tensor("DT_STRING", 1, int_val=[1]), "whose values do not stand in intVal"),
    # A claim, and nothing behind it.
    (tensor("DT_INT64", 2**40, int64_val=[1]), "claims 8796093022200 bytes"),
    (tensor("DT_INT8", 2**62, 2**62), "claims 21267647932558653966460912964485513216 bytes"),
    (tensor("DT_BOOL", MOST_REPEATED + 2, bool_val=[True]), f"claims {MOST_REPEATED + 1} bytes"),
    (tensor("DT_STRING", MOST_REPEATED // 8 + 1), "claims"),
]


@pytest.mark.parametrize(("proto", "why"), REFUSED, ids=[why for _, why in REFUSED])
def test_what_is_no_tensor_is_refused_and_told_why(proto: Any, why: str) -> None:
    with pytest.raises(PayloadError) as caught:
        array_of(proto)
    assert why in caught.value.text
    assert len(caught.value.text) < 500


def test_repeated_values_of_one_request_share_what_they_may_take() -> None:
    room = Room(24)
    claim = tensor("DT_INT64", 3, int64_val=[1])
    assert array_of(claim, room).size == 3
    with pytest.raises(PayloadError, match="claims 16 bytes"):
        array_of(claim, room)
    assert array_of(tensor("DT_INT64", 3, int64_val=[1, 2, 3]), room).size == 3


def test_as_much_as_is_allowed_is_repeated() -> None:
    assert array_of(tensor("DT_BOOL", MOST_REPEATED + 1, bool_val=[True])).all()


NUMBERS = sorted(
    {0, 999, -1, *wire.TensorProto.DESCRIPTOR.fields_by_name["dtype"].enum_type.values_by_number}
)


@given(
    st.sampled_from(NUMBERS),
    st.lists(st.integers(-2, 5) | st.sampled_from([2**31, 2**62, 2**63 - 1]), max_size=4),
    st.binary(max_size=24),
    st.lists(st.integers(-(2**31), 2**31 - 1), max_size=4),
    st.lists(st.floats(width=32), max_size=4),
)
def test_any_tensor_is_read_or_refused(
    dtype: int, shape: list[int], content: bytes, ints: list[int], floats: list[float]
) -> None:
    proto = wire.TensorProto(
        dtype=dtype,
        tensor_content=content,
        int_val=ints,
        half_val=ints,
        float_val=floats,
        scomplex_val=floats,
    )
    for size in shape:
        proto.tensor_shape.dim.add(size=size)
    try:
        array = array_of(proto)
    except PayloadError:
        return
    assert list(array.shape) == shape
    assert array.nbytes <= MOST_REPEATED + 1024
