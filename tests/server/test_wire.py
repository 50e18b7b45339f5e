"""The wire is Seldon's, field by field, and shares protobuf's pool with whoever else brings it."""

import importlib.util
import json
import os
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
    FileDescriptorProto,
)
from google.protobuf.message import Message

from seldon_workbench.server import wire
from seldon_workbench.server.wire import (
    pool,
    prediction_pb2,
    resource_handle_pb2,
    tensor_pb2,
    tensor_shape_pb2,
    types_pb2,
)

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "scripts" / "generate_wire.py"

# Message -> its fields as (number, name, type, "repeated" or the name of its oneof).
SELDON_MESSAGES = {
    "SeldonMessage": [
        (1, "status", "seldon.protos.Status", ""),
        (2, "meta", "seldon.protos.Meta", ""),
        (3, "data", "seldon.protos.DefaultData", "data_oneof"),
        (4, "binData", "bytes", "data_oneof"),
        (5, "strData", "string", "data_oneof"),
        (6, "jsonData", "google.protobuf.Value", "data_oneof"),
        (7, "customData", "google.protobuf.Any", "data_oneof"),
    ],
    "DefaultData": [
        (1, "names", "string", "repeated"),
        (2, "tensor", "seldon.protos.Tensor", "data_oneof"),
        (3, "ndarray", "google.protobuf.ListValue", "data_oneof"),
        (4, "tftensor", "tensorflow.TensorProto", "data_oneof"),
    ],
    "Tensor": [(1, "shape", "int32", "repeated"), (2, "values", "double", "repeated")],
    "Meta": [
        (1, "puid", "string", ""),
        (2, "tags", "map<string, google.protobuf.Value>", "repeated"),
        (3, "routing", "map<string, int32>", "repeated"),
        (4, "requestPath", "map<string, string>", "repeated"),
        (5, "metrics", "seldon.protos.Metric", "repeated"),
    ],
    "Metric": [
        (1, "key", "string", ""),
        (2, "type", "seldon.protos.Metric.MetricType", ""),
        (3, "value", "float", ""),
        (4, "tags", "map<string, string>", "repeated"),
    ],
    "SeldonMessageList": [(1, "seldonMessages", "seldon.protos.SeldonMessage", "repeated")],
    "Status": [
        (1, "code", "int32", ""),
        (2, "info", "string", ""),
        (3, "reason", "string", ""),
        (4, "status", "seldon.protos.Status.StatusFlag", ""),
    ],
    "Feedback": [
        (1, "request", "seldon.protos.SeldonMessage", ""),
        (2, "response", "seldon.protos.SeldonMessage", ""),
        (3, "reward", "float", ""),
        (4, "truth", "seldon.protos.SeldonMessage", ""),
    ],
    "RequestResponse": [
        (1, "request", "seldon.protos.SeldonMessage", ""),
        (2, "response", "seldon.protos.SeldonMessage", ""),
    ],
    "SeldonModelMetadataRequest": [(1, "name", "string", "")],
    "SeldonMessageMetadata": [
        (1, "messagetype", "string", ""),
        (2, "schema", "google.protobuf.Value", ""),
        (3, "name", "string", ""),
        (4, "datatype", "string", ""),
        (5, "shape", "int64", "repeated"),
    ],
    "SeldonModelMetadata": [
        (1, "name", "string", ""),
        (2, "versions", "string", "repeated"),
        (3, "platform", "string", ""),
        (4, "inputs", "seldon.protos.SeldonMessageMetadata", "repeated"),
        (5, "outputs", "seldon.protos.SeldonMessageMetadata", "repeated"),
        (6, "custom", "map<string, string>", "repeated"),
    ],
    "SeldonGraphMetadata": [
        (1, "name", "string", ""),
        (2, "models", "map<string, seldon.protos.SeldonModelMetadata>", "repeated"),
        (3, "inputs", "seldon.protos.SeldonMessageMetadata", "repeated"),
        (4, "outputs", "seldon.protos.SeldonMessageMetadata", "repeated"),
    ],
}

TENSORFLOW_MESSAGES = {
    "TensorProto": [
        (1, "dtype", "tensorflow.DataType", ""),
        (2, "tensor_shape", "tensorflow.TensorShapeProto", ""),
        (3, "version_number", "int32", ""),
        (4, "tensor_content", "bytes", ""),
        (5, "float_val", "float", "repeated"),
        (6, "double_val", "double", "repeated"),
        (7, "int_val", "int32", "repeated"),
        (8, "string_val", "bytes", "repeated"),
        (9, "scomplex_val", "float", "repeated"),
        (10, "int64_val", "int64", "repeated"),
        (11, "bool_val", "bool", "repeated"),
        (12, "dcomplex_val", "double", "repeated"),
        (13, "half_val", "int32", "repeated"),
        (14, "resource_handle_val", "tensorflow.ResourceHandleProto", "repeated"),
        (15, "variant_val", "tensorflow.VariantTensorDataProto", "repeated"),
        (16, "uint32_val", "uint32", "repeated"),
        (17, "uint64_val", "uint64", "repeated"),
        (18, "float8_val", "bytes", ""),
    ],
    "VariantTensorDataProto": [
        (1, "type_name", "string", ""),
        (2, "metadata", "bytes", ""),
        (3, "tensors", "tensorflow.TensorProto", "repeated"),
    ],
    "TensorShapeProto": [
        (2, "dim", "tensorflow.TensorShapeProto.Dim", "repeated"),
        (3, "unknown_rank", "bool", ""),
    ],
    "TensorShapeProto.Dim": [(1, "size", "int64", ""), (2, "name", "string", "")],
    "ResourceHandleProto": [
        (1, "device", "string", ""),
        (2, "container", "string", ""),
        (3, "name", "string", ""),
        (4, "hash_code", "uint64", ""),
        (5, "maybe_type_name", "string", ""),
        (6, "dtypes_and_shapes", "tensorflow.ResourceHandleProto.DtypeAndShape", "repeated"),
    ],
    "ResourceHandleProto.DtypeAndShape": [
        (1, "dtype", "tensorflow.DataType", ""),
        (2, "shape", "tensorflow.TensorShapeProto", ""),
    ],
    "SerializedDType": [(1, "datatype", "tensorflow.DataType", "")],
}

DATA_TYPES = {
    "DT_FLOAT": 1,
    "DT_DOUBLE": 2,
    "DT_INT32": 3,
    "DT_UINT8": 4,
    "DT_INT16": 5,
    "DT_INT8": 6,
    "DT_STRING": 7,
    "DT_COMPLEX64": 8,
    "DT_INT64": 9,
    "DT_BOOL": 10,
    "DT_QINT8": 11,
    "DT_QUINT8": 12,
    "DT_QINT32": 13,
    "DT_BFLOAT16": 14,
    "DT_QINT16": 15,
    "DT_QUINT16": 16,
    "DT_UINT16": 17,
    "DT_COMPLEX128": 18,
    "DT_HALF": 19,
    "DT_RESOURCE": 20,
    "DT_VARIANT": 21,
    "DT_UINT32": 22,
    "DT_UINT64": 23,
    "DT_FLOAT8_E5M2": 24,
    "DT_FLOAT8_E4M3FN": 25,
    "DT_INT4": 29,
    "DT_UINT4": 30,
}

MESSAGE, MESSAGES, FEEDBACK = "SeldonMessage", "SeldonMessageList", "Feedback"
EMPTY, MODEL, GRAPH = "google.protobuf.Empty", "SeldonModelMetadata", "SeldonGraphMetadata"
METHODS = {
    "/seldon.protos.Generic/TransformInput": (MESSAGE, MESSAGE),
    "/seldon.protos.Generic/TransformOutput": (MESSAGE, MESSAGE),
    "/seldon.protos.Generic/Route": (MESSAGE, MESSAGE),
    "/seldon.protos.Generic/Aggregate": (MESSAGES, MESSAGE),
    "/seldon.protos.Generic/SendFeedback": (FEEDBACK, MESSAGE),
    "/seldon.protos.Model/Predict": (MESSAGE, MESSAGE),
    "/seldon.protos.Model/SendFeedback": (FEEDBACK, MESSAGE),
    "/seldon.protos.Model/Metadata": (EMPTY, MODEL),
    "/seldon.protos.Router/Route": (MESSAGE, MESSAGE),
    "/seldon.protos.Router/SendFeedback": (FEEDBACK, MESSAGE),
    "/seldon.protos.Transformer/TransformInput": (MESSAGE, MESSAGE),
    "/seldon.protos.OutputTransformer/TransformOutput": (MESSAGE, MESSAGE),
    "/seldon.protos.Combiner/Aggregate": (MESSAGES, MESSAGE),
    "/seldon.protos.Seldon/Predict": (MESSAGE, MESSAGE),
    "/seldon.protos.Seldon/SendFeedback": (FEEDBACK, MESSAGE),
    "/seldon.protos.Seldon/ModelMetadata": ("SeldonModelMetadataRequest", MODEL),
    "/seldon.protos.Seldon/GraphMetadata": (EMPTY, GRAPH),
}

Field = tuple[int, str, str, str]


def file_of(module: ModuleType) -> FileDescriptorProto:
    """The file as committed; the pool may hold an installed TensorFlow's instead."""
    return FileDescriptorProto.FromString(module.SERIALIZED)


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


PREDICTION = file_of(prediction_pb2)
SELDON = flattened(PREDICTION.message_type)
TENSORFLOW_MODULES = (types_pb2, tensor_shape_pb2, resource_handle_pb2, tensor_pb2)
TENSORFLOW = {
    name: message
    for module in TENSORFLOW_MODULES
    for name, message in flattened(file_of(module).message_type).items()
}


def run(code: str, *paths: Path) -> subprocess.CompletedProcess[str]:
    """Run code in a fresh process, which has a fresh pool."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, [*paths, ROOT]))}
    command = [sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment, check=False)


def printed(code: str, *paths: Path) -> str:
    done = run(code, *paths)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def conflict(code: str, *paths: Path) -> str:
    """The text of the WireConflict that ends this code."""
    done = run(code, *paths)
    last = done.stderr.strip().splitlines()[-1]
    assert "WireConflict: " in last, done.stderr
    return last


def adding(serialized: bytes) -> str:
    return (
        f"from google.protobuf import descriptor_pool as p\np.Default().AddSerializedFile({serialized!r})\n"
    )


def generated_module(serialized: bytes) -> str:
    """What protoc writes of a file, as far as loading it goes."""
    return f"{adding(serialized)}DESCRIPTOR = p.Default().AddSerializedFile({serialized!r})\n"


IMPORT_BESIDE_TENSORFLOW = "from seldon_workbench.server import wire\n"
IMPORT_OURS = f"import sys\nsys.modules['tensorflow'] = None\n{IMPORT_BESIDE_TENSORFLOW}"


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
