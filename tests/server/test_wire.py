"""The wire is Seldon's, field by field, and shares protobuf's pool with whoever else brings it."""

import importlib.util
import json
import pickle
import struct
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import ModuleType

import pytest
from google.protobuf import any_pb2, empty_pb2, struct_pb2
from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    FieldDescriptorProto,
)
from google.protobuf.message import Message

from seldon_workbench.server import wire
from seldon_workbench.server.wire import (
    types_pb2,
)

from .wire_contract import (
    DATA_TYPES,
    METHODS,
    SELDON_MESSAGES,
    TENSORFLOW_MESSAGES,
    Field,
)
from .wire_files import IMPORT_OURS, PREDICTION, TENSORFLOW_MODULES, file_of, printed

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "scripts" / "generate_wire.py"


def flattened(messages: Iterable[DescriptorProto], scope: str = "") -> dict[str, DescriptorProto]:
    found = {}
    for message in messages:
        if not message.options.map_entry:
            found[scope + message.name] = message
            found |= flattened(message.nested_type, f"{scope}{message.name}.")
    return found


def type_text(field: FieldDescriptorProto, message: DescriptorProto) -> str:
    for nested in message.nested_type:
        if nested.options.map_entry and field.type_name.endswith(f".{message.name}.{nested.name}"):
            key, value = (type_text(entry, nested) for entry in nested.field)
            return f"map<{key}, {value}>"
    return field.type_name[1:] or FieldDescriptorProto.Type.Name(field.type).removeprefix("TYPE_").lower()


def described(message: DescriptorProto) -> list[Field]:
    rows = []
    for field in message.field:
        oneof = message.oneof_decl[field.oneof_index].name if field.HasField("oneof_index") else ""
        label = "repeated" if field.label == FieldDescriptorProto.LABEL_REPEATED else oneof
        rows.append((field.number, field.name, type_text(field, message), label))
    return sorted(rows)


SELDON = flattened(PREDICTION.message_type)
TENSORFLOW = {
    name: message
    for module in TENSORFLOW_MODULES
    for name, message in flattened(file_of(module).message_type).items()
}


# ---- The protocol


@pytest.mark.parametrize("name", SELDON_MESSAGES)
def test_a_seldon_message_has_exactly_the_contracts_fields(name: str) -> None:
    assert described(SELDON[name]) == SELDON_MESSAGES[name]


def test_there_is_no_other_seldon_message() -> None:
    assert set(SELDON) == set(SELDON_MESSAGES)


@pytest.mark.parametrize("name", TENSORFLOW_MESSAGES)
def test_a_tensorflow_message_has_exactly_the_contracts_fields(name: str) -> None:
    assert described(TENSORFLOW[name]) == TENSORFLOW_MESSAGES[name]


def test_there_is_no_other_tensorflow_message() -> None:
    assert set(TENSORFLOW) == set(TENSORFLOW_MESSAGES)


def test_data_types_have_tensorflows_numbers_and_references_are_a_hundred_more() -> None:
    (enum,) = file_of(types_pb2).enum_type
    references = {f"{name}_REF": number + 100 for name, number in DATA_TYPES.items()}
    assert {value.name: value.number for value in enum.value} == {"DT_INVALID": 0} | DATA_TYPES | references


def test_enums_have_seldons_numbers() -> None:
    assert wire.Metric.MetricType.items() == [("COUNTER", 0), ("GAUGE", 1), ("TIMER", 2)]
    assert wire.Status.StatusFlag.items() == [("SUCCESS", 0), ("FAILURE", 1)]
    assert (wire.Metric.TIMER, wire.Status.FAILURE, types_pb2.DT_UINT64) == (2, 1, 23)


def test_services_have_the_contracts_methods_all_unary() -> None:
    methods = {
        f"/{PREDICTION.package}.{service.name}/{method.name}": (method.input_type, method.output_type)
        for service in PREDICTION.service
        for method in service.method
        if not (method.client_streaming or method.server_streaming)
    }
    full = {"google.protobuf.Empty": ".google.protobuf.Empty"}
    assert methods == {
        name: tuple(full.get(type_, f".seldon.protos.{type_}") for type_ in types)
        for name, types in METHODS.items()
    }
    assert sum(len(service.method) for service in PREDICTION.service) == len(METHODS)


def test_the_file_is_called_and_optioned_as_seldons() -> None:
    options = PREDICTION.options
    assert (PREDICTION.name, PREDICTION.package, PREDICTION.syntax) == (
        "proto/prediction.proto",
        "seldon.protos",
        "proto3",
    )
    assert options.java_package == "io.seldon.protos"
    assert options.java_outer_classname == "PredictionProtos"
    assert options.go_package == "github.com/seldonio/seldon-core/incubating/wrappers/s2i/go/pkg/api"
    assert list(PREDICTION.dependency) == [
        "google/protobuf/any.proto",
        "google/protobuf/struct.proto",
        "google/protobuf/empty.proto",
        "tensorflow/core/framework/tensor.proto",
    ]


def test_json_names_are_the_field_names_and_nothing_else_is_stored() -> None:
    fields = [field for message in SELDON.values() for field in message.field]
    assert not any(field.HasField("json_name") for field in fields)
    message = wire.SeldonMessage.DESCRIPTOR.fields_by_name
    assert all(field.json_name == name for name, field in message.items())


def test_tensor_values_travel_as_one_length_delimited_field() -> None:
    shape, values = b"\x0a\x02\x01\x03", b"\x12\x18" + struct.pack("<3d", 1, 2, 3)
    assert wire.Tensor(shape=[1, 3], values=[1, 2, 3]).SerializeToString() == shape + values


def test_a_tensorflow_tensors_numbers_are_packed() -> None:
    tensor = wire.TensorProto(dtype=types_pb2.DT_INT64, int64_val=[1, 2, 300])
    assert tensor.SerializeToString() == b"\x08\x09" + b"\x52\x04\x01\x02\xac\x02"


# ---- The Python side


def test_well_known_types_of_the_wire_are_protobufs_own() -> None:
    message = wire.SeldonMessage(jsonData=struct_pb2.Value(string_value="x"))
    message.meta.tags["a"].CopyFrom(struct_pb2.Value(number_value=1))
    assert isinstance(message.jsonData, struct_pb2.Value)
    assert isinstance(wire.DefaultData().ndarray, struct_pb2.ListValue)
    names = [wire.Any, wire.Empty, wire.ListValue, wire.Struct, wire.Value]
    theirs = [any_pb2.Any, empty_pb2.Empty, struct_pb2.ListValue, struct_pb2.Struct, struct_pb2.Value]
    assert names == theirs


def test_the_package_offers_nothing_but_message_types_and_the_file() -> None:
    offered = {name: getattr(wire, name) for name in wire.__all__}
    assert offered.pop("FILE_DESCRIPTOR").name == "proto/prediction.proto"
    assert all(issubclass(type_, Message) for type_ in offered.values())
    assert set(SELDON_MESSAGES) <= set(offered)


def test_messages_can_be_pickled() -> None:
    message = wire.SeldonMessage(strData="x")
    assert pickle.loads(pickle.dumps(message)) == message


# ---- The shared pool


def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate_wire", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


needs_protoc = pytest.mark.skipif(
    importlib.util.find_spec("grpc_tools") is None,
    reason="grpcio-tools is not installed: generated wire modules are not compared with a fresh generation",
)


def generate(*arguments: str) -> Sequence[object]:
    command = [sys.executable, str(SCRIPT), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout


@needs_protoc
def test_generated_code_equals_a_fresh_generation() -> None:
    assert generate("--check") == (0, "")


@needs_protoc
def test_a_stale_a_missing_and_a_left_over_file_are_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    module = generator()
    monkeypatch.setattr(module, "WIRE", tmp_path)
    assert module.main([]) == 0
    assert module.main(["--check"]) == 0
    (tmp_path / "tensor_pb2.py").write_text("stale = True\n")
    (tmp_path / "types_pb2.py").unlink()
    (tmp_path / "gone_pb2.py").write_text("left_over = True\n")
    assert module.main(["--check"]) == 1
    shown = capsys.readouterr().out
    assert {"-stale = True\n", "+++ types_pb2.py (fresh)\n", "-left_over = True\n"} <= set(
        shown.splitlines(keepends=True)
    )


@needs_protoc
def test_a_stub_of_another_protoc_is_not_compared_and_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    module = generator()
    monkeypatch.setattr(module, "WIRE", tmp_path)
    module.main([])
    (tmp_path / "types_pb2.pyi").write_text("# written with grpcio-tools 0.1\n")
    assert module.main(["--check"]) == 0
    assert "types_pb2.pyi: not compared" in capsys.readouterr().err


def test_generated_modules_need_no_protobuf_of_a_certain_release() -> None:
    folder = ROOT / "seldon_workbench" / "server" / "wire"
    texts = [path.read_text(encoding="utf-8") for path in folder.glob("*_pb2.py")]
    assert len(texts) == len(TENSORFLOW_MODULES) + 1
    assert not any("runtime_version" in text for text in texts)


def test_importing_the_wire_brings_neither_grpc_nor_protoc() -> None:
    code = (
        f"{IMPORT_OURS}import sys, json\nprint(json.dumps([n for n in sys.modules if n.startswith('grpc')]))"
    )
    assert json.loads(printed(code)) == []
