"""The wire shares protobuf's pool with whoever else brings the protocol, or says why it cannot."""

from pathlib import Path

import pytest
from google.protobuf.descriptor_pb2 import (
    FieldDescriptorProto,
    FileDescriptorProto,
)

from seldon_workbench.server import wire
from seldon_workbench.server.wire import (
    pool,
    prediction_pb2,
    tensor_pb2,
    types_pb2,
)

from .wire_files import (
    IMPORT_BESIDE_TENSORFLOW,
    IMPORT_OURS,
    TENSORFLOW_MODULES,
    adding,
    conflict,
    file_of,
    generated_module,
    printed,
)

ROOT = Path(__file__).resolve().parents[2]


def test_registering_an_equal_file_again_yields_the_same_classes() -> None:
    namespace: dict[str, object] = {"__name__": "another_pb2"}
    pool.register("proto/prediction.proto", prediction_pb2.SERIALIZED, namespace)
    assert namespace["DESCRIPTOR"] is wire.FILE_DESCRIPTOR
    assert namespace["SeldonMessage"] is wire.SeldonMessage


def test_another_package_may_add_an_equal_file_after_ours() -> None:
    modules = (*TENSORFLOW_MODULES, prediction_pb2)
    assert printed(IMPORT_OURS + "".join(adding(module.SERIALIZED) for module in modules)) == ""


def test_an_equal_file_added_before_ours_is_used() -> None:
    code = f"{adding(types_pb2.SERIALIZED)}{IMPORT_OURS}print(wire.TensorProto(dtype='DT_INT4').dtype)"
    assert printed(code) == "29"


def test_a_file_that_holds_more_than_ours_is_used() -> None:
    more = file_of(types_pb2)
    more.enum_type[0].value.add(name="DT_NOVEL", number=99)
    more.message_type[0].field.add(name="novel", number=9, type=FieldDescriptorProto.TYPE_STRING, label=1)
    code = f"{adding(more.SerializeToString())}{IMPORT_OURS}print(wire.TensorProto(dtype='DT_NOVEL').dtype)"
    assert printed(code) == "99"


def test_a_differing_file_is_refused_with_the_difference_its_bringer_and_a_way_out(tmp_path: Path) -> None:
    other = file_of(types_pb2)
    other.enum_type[0].value[1].number = 77
    del other.enum_type[0].value[2]
    (tmp_path / "rival_pb2.py").write_text(generated_module(other.SerializeToString()))
    text = conflict(f"import rival_pb2\n{IMPORT_OURS}", tmp_path)
    assert "tensorflow/core/framework/types.proto was put into this process by rival_pb2" in text
    assert "tensorflow.DataType.DT_FLOAT is '= 77', ours is '= 1'" in text
    assert "tensorflow.DataType.DT_DOUBLE is missing" in text
    assert "restart it (in a notebook, the kernel)" in text
    assert "a current TensorFlow" in text


def change_package(file: FileDescriptorProto) -> None:
    file.Clear()
    file.MergeFrom(FileDescriptorProto(name="proto/prediction.proto", package="else", syntax="proto3"))


def change_syntax(file: FileDescriptorProto) -> None:
    file.syntax = "proto2"


def change_type(file: FileDescriptorProto) -> None:
    next(m for m in file.message_type if m.name == "Metric").field[2].type = FieldDescriptorProto.TYPE_DOUBLE


def change_oneof(file: FileDescriptorProto) -> None:
    message = next(m for m in file.message_type if m.name == "SeldonMessage")
    message.field[4].ClearField("oneof_index")


def change_label(file: FileDescriptorProto) -> None:
    tensor = next(m for m in file.message_type if m.name == "Tensor")
    tensor.field[0].ClearField("options")
    tensor.field[0].label = FieldDescriptorProto.LABEL_OPTIONAL


def change_map(file: FileDescriptorProto) -> None:
    next(m for m in file.message_type if m.name == "Meta").nested_type[0].ClearField("options")


def drop_message(file: FileDescriptorProto) -> None:
    file.message_type.remove(next(m for m in file.message_type if m.name == "RequestResponse"))


def drop_service(file: FileDescriptorProto) -> None:
    file.service.remove(next(s for s in file.service if s.name == "Combiner"))


def change_method(file: FileDescriptorProto) -> None:
    next(s for s in file.service if s.name == "Combiner").method[0].server_streaming = True


DIFFERENCES = [
    (change_package, "its package is 'else', ours is 'seldon.protos'"),
    (change_syntax, "its syntax is proto2, ours is proto3"),
    (change_type, "Metric.value is 'optional double = 3', ours is 'optional float = 3'"),
    (change_oneof, "strData is 'optional string = 5', ours is 'optional string = 5 in data_oneof'"),
    (change_label, "Tensor.shape is 'optional int32 = 1', ours is 'repeated int32 = 1'"),
    (change_map, "seldon.protos.Meta.TagsEntry is an entry of a map on one side only"),
    (drop_message, "message seldon.protos.RequestResponse is missing"),
    (drop_service, "service seldon.protos.Combiner is missing"),
    (change_method, "SeldonMessageList -> stream seldon.protos.SeldonMessage', ours is"),
]


@pytest.mark.parametrize(("change", "text"), DIFFERENCES, ids=[change.__name__ for change, _ in DIFFERENCES])
def test_every_kind_of_difference_is_named(change: object, text: str) -> None:
    assert callable(change)
    other = file_of(prediction_pb2)
    change(other)
    # Its dependencies first, as the import of another package's module would.
    before = "from google.protobuf import any_pb2, struct_pb2, empty_pb2\n"
    before += "".join(adding(module.SERIALIZED) for module in TENSORFLOW_MODULES)
    refused = conflict(before + adding(other.SerializeToString()) + IMPORT_OURS)
    assert text in refused
    assert "seldon-core 1.18" in refused


def test_more_than_three_differences_are_counted() -> None:
    other = file_of(types_pb2)
    del other.enum_type[0].value[1:6]
    text = conflict(adding(other.SerializeToString()) + IMPORT_OURS)
    assert "DT_INT32 is missing; and 2 more. " in text


def test_the_protocol_under_another_file_name_is_refused() -> None:
    other = file_of(types_pb2)
    other.name = "types.proto"
    text = conflict(adding(other.SerializeToString()) + IMPORT_OURS)
    assert "types.proto was put into this process and differs from ours" in text
    assert "is defined there, not in tensorflow/core/framework/types.proto" in text


def test_what_protobuf_itself_refuses_is_a_conflict_too() -> None:
    other = FileDescriptorProto(name="other.proto", package="tensorflow", syntax="proto3")
    other.enum_type.add(name="Other").value.add(name="DT_INVALID", number=0)
    text = conflict(adding(other.SerializeToString()) + IMPORT_OURS)
    assert "protobuf refuses tensorflow/core/framework/types.proto" in text
    assert "restart it" in text


# ---- A TensorFlow that is installed and may be imported later


def install_tensorflow(folder: Path, types: str) -> None:
    """A stand-in for an installed TensorFlow whose import is an error, with this text of types_pb2."""
    framework = folder / "tensorflow" / "core" / "framework"
    framework.mkdir(parents=True)
    (folder / "tensorflow" / "__init__.py").write_text("raise RuntimeError('tensorflow was imported')\n")
    (framework / "types_pb2.py").write_text(types)


def test_an_installed_tensorflows_newer_file_is_registered_so_that_its_import_works_later(
    tmp_path: Path,
) -> None:
    newer = file_of(types_pb2)
    newer.enum_type[0].value.add(name="DT_NOVEL", number=99)
    install_tensorflow(tmp_path, generated_module(newer.SerializeToString()))
    code = f"{IMPORT_BESIDE_TENSORFLOW}{adding(newer.SerializeToString())}"
    assert printed(f"{code}print(wire.TensorProto(dtype='DT_NOVEL').dtype)", tmp_path) == "99"


def older() -> str:
    file = file_of(types_pb2)
    del file.enum_type[0].value[1]
    return generated_module(file.SerializeToString())


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(older(), id="lacks a value"),
        pytest.param(generated_module(tensor_pb2.SERIALIZED), id="another file"),
        pytest.param(generated_module(b"\xff\xff"), id="no descriptor"),
        pytest.param("DESCRIPTOR = None\n", id="other code"),
        pytest.param("def", id="no Python"),
    ],
)
def test_an_installed_tensorflow_that_does_not_fit_is_left_aside(tmp_path: Path, text: str) -> None:
    install_tensorflow(tmp_path, text)
    code = f"{IMPORT_BESIDE_TENSORFLOW}print(wire.TensorProto(dtype='DT_FLOAT').dtype)"
    assert printed(code, tmp_path) == "1"


def test_a_stand_in_module_named_tensorflow_does_no_harm() -> None:
    code = "import sys, types\nsys.modules['tensorflow'] = types.ModuleType('tensorflow')\n"
    code += f"{IMPORT_BESIDE_TENSORFLOW}print(wire.TensorProto(dtype='DT_FLOAT').dtype)"
    assert printed(code) == "1"


# ---- The generated files
