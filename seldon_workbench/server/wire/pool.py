"""Puts the wire's files into protobuf's default pool; a file that is there already is used, never replaced.

The default pool, because a message of a private one is no instance of a well-known type. It holds one file
per name for the whole process, so whoever else brings this protocol (seldon_core, TensorFlow) shares ours or
we share theirs; protobuf refuses a second version of a file.
"""

import ast
import sys
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import Any, Protocol, TypeVar

# Dependencies of prediction.proto: importing them is what puts them into the pool.
from google.protobuf import any_pb2, descriptor_pool, empty_pb2, struct_pb2  # noqa: F401
from google.protobuf.descriptor import FileDescriptor
from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
    MethodDescriptorProto,
    ServiceDescriptorProto,
)
from google.protobuf.internal import builder
from google.protobuf.message import DecodeError

from seldon_workbench.errors import WireConflict

SHOWN_DIFFERENCES = 3


def register(name: str, serialized: bytes, namespace: dict[str, Any]) -> None:
    """Make `namespace` the pb2 module of the file `name`; raises WireConflict if the pool's file differs.

    `serialized` is the file's FileDescriptorProto. The files it imports must have been registered before.
    """
    ours = FileDescriptorProto.FromString(serialized)
    descriptor = _registered(name)
    if descriptor is None:
        descriptor = _add(ours, _installed(ours) or serialized)
    elif found := list(_differences(ours, _proto_of(descriptor))):
        raise WireConflict(_conflict_text(descriptor, found))
    namespace["DESCRIPTOR"] = descriptor
    builder.BuildMessageAndEnumDescriptors(descriptor, namespace)
    builder.BuildTopDescriptorsAndMessages(descriptor, namespace["__name__"], namespace)


def _registered(name: str) -> FileDescriptor | None:
    try:
        return descriptor_pool.Default().FindFileByName(name)
    except KeyError:
        return None


def _proto_of(descriptor: FileDescriptor) -> FileDescriptorProto:
    proto = FileDescriptorProto()
    descriptor.CopyToProto(proto)
    return proto


def _add(ours: FileDescriptorProto, serialized: bytes) -> FileDescriptor:
    # Asked first, because not every implementation of protobuf refuses a second definition of a name.
    for symbol in _top_level_names(ours):
        if (owner := _owner_of(symbol)) is not None:
            raise WireConflict(_conflict_text(owner, [f"{symbol} is defined there, not in {ours.name}"]))
    try:
        return descriptor_pool.Default().AddSerializedFile(serialized)
    except TypeError as refusal:
        why = " ".join(str(refusal).split()).rstrip(".")
        raise WireConflict(f"protobuf refuses {ours.name}: {why}. {_remedy(ours.name)}") from refusal


def _top_level_names(file: FileDescriptorProto) -> Iterator[str]:
    declarations: list[_Named] = [*file.message_type, *file.enum_type, *file.service]
    for declared in declarations:
        yield f"{file.package}.{declared.name}"


def _owner_of(symbol: str) -> FileDescriptor | None:
    try:
        return descriptor_pool.Default().FindFileContainingSymbol(symbol)
    except KeyError:
        return None


# ---- What an installed TensorFlow would register later


def _installed(ours: FileDescriptorProto) -> bytes | None:
    """The installed TensorFlow's own version of this file, if it is one of TensorFlow's and fits ours.

    TensorFlow releases add element types; with our file in the pool, a later `import tensorflow` would fail.
    """
    source = _installed_source(ours.name)
    serialized = None if source is None else _embedded_file(source)
    if serialized is None:
        return None
    try:
        theirs = FileDescriptorProto.FromString(serialized)
    except DecodeError:
        return None
    fits = theirs.name == ours.name and not any(_differences(ours, theirs))
    return serialized if fits else None


def _installed_source(name: str) -> str | None:
    """The text of TensorFlow's generated module for this file; importing TensorFlow would take seconds."""
    package, _, rest = name.partition("/")
    if package != "tensorflow":
        return None
    try:
        spec = find_spec(package)
    except ValueError:  # A stand-in module somebody put into sys.modules.
        return None
    if spec is None or spec.origin is None:
        return None
    try:
        return Path(spec.origin).parent.joinpath(rest.removesuffix(".proto") + "_pb2.py").read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return None


def _embedded_file(source: str) -> bytes | None:
    """The bytes a generated module gives to AddSerializedFile."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):  # ValueError: null bytes, on some Pythons.
        return None
    for node in ast.walk(tree):
        match node:
            case ast.Call(ast.Attribute(attr="AddSerializedFile"), [ast.Constant(bytes() as serialized)]):
                return serialized
    return None


# ---- Whether two versions of a file mean the same


class _Named(Protocol):
    @property
    def name(self) -> str: ...


_N = TypeVar("_N", bound=_Named)


def _differences(ours: FileDescriptorProto, theirs: FileDescriptorProto) -> Iterator[str]:
    """What of ours is missing or means something else in theirs; what only they have is no difference."""
    if theirs.package != ours.package:
        yield f"its package is {theirs.package!r}, ours is {ours.package!r}"
        return
    if ours.syntax == "proto3" and theirs.syntax in ("", "proto2"):
        yield "its syntax is proto2, ours is proto3"
    yield from _message_differences(ours.package, ours.message_type, theirs.message_type)
    yield from _enum_differences(ours.package, ours.enum_type, theirs.enum_type)
    yield from _service_differences(ours.package, ours.service, theirs.service)


def _message_differences(
    scope: str, ours: Iterable[DescriptorProto], theirs: Iterable[DescriptorProto]
) -> Iterator[str]:
    for name, mine, other in _pairs(scope, ours, theirs):
        if other is None:
            yield f"message {name} is missing"
            continue
        if mine.options.map_entry != other.options.map_entry:
            yield f"message {name} is an entry of a map on one side only"
        yield from _unlike(name, _fields(mine), _fields(other))
        yield from _message_differences(name, mine.nested_type, other.nested_type)
        yield from _enum_differences(name, mine.enum_type, other.enum_type)


def _enum_differences(
    scope: str, ours: Iterable[EnumDescriptorProto], theirs: Iterable[EnumDescriptorProto]
) -> Iterator[str]:
    for name, mine, other in _pairs(scope, ours, theirs):
        if other is None:
            yield f"enum {name} is missing"
            continue
        yield from _unlike(name, _values(mine), _values(other))


def _service_differences(
    scope: str, ours: Iterable[ServiceDescriptorProto], theirs: Iterable[ServiceDescriptorProto]
) -> Iterator[str]:
    for name, mine, other in _pairs(scope, ours, theirs):
        if other is None:
            yield f"service {name} is missing"
            continue
        yield from _unlike(name, _methods(mine), _methods(other))


def _pairs(scope: str, ours: Iterable[_N], theirs: Iterable[_N]) -> Iterator[tuple[str, _N, _N | None]]:
    there = {declared.name: declared for declared in theirs}
    for mine in ours:
        yield f"{scope}.{mine.name}", mine, there.get(mine.name)


def _unlike(scope: str, ours: dict[str, str], theirs: dict[str, str]) -> Iterator[str]:
    for name, meaning in ours.items():
        other = theirs.get(name)
        if other is None:
            yield f"{scope}.{name} is missing"
        elif other != meaning:
            yield f"{scope}.{name} is '{other}', ours is '{meaning}'"


def _fields(message: DescriptorProto) -> dict[str, str]:
    return {field.name: _field_meaning(field, message) for field in message.field}


def _field_meaning(field: FieldDescriptorProto, message: DescriptorProto) -> str:
    """All that readers and writers depend on. Not packing: every reader must accept both forms."""
    kind = FieldDescriptorProto.Type.Name(field.type).removeprefix("TYPE_").lower()
    label = FieldDescriptorProto.Label.Name(field.label).removeprefix("LABEL_").lower()
    oneof = f"in {message.oneof_decl[field.oneof_index].name}" if field.HasField("oneof_index") else ""
    return " ".join(filter(None, [label, kind, field.type_name.lstrip("."), f"= {field.number}", oneof]))


def _values(enum: EnumDescriptorProto) -> dict[str, str]:
    return {value.name: f"= {value.number}" for value in enum.value}


def _methods(service: ServiceDescriptorProto) -> dict[str, str]:
    return {method.name: _method_meaning(method) for method in service.method}


def _method_meaning(method: MethodDescriptorProto) -> str:
    taken = "stream " * method.client_streaming + method.input_type.lstrip(".")
    given = "stream " * method.server_streaming + method.output_type.lstrip(".")
    return f"{taken} -> {given}"


# ---- What to tell the person who meets a conflict


def _conflict_text(there: FileDescriptor, found: list[str]) -> str:
    bringer = _bringer_of(there)
    shown = "; ".join(islice(found, SHOWN_DIFFERENCES))
    more = f"; and {len(found) - SHOWN_DIFFERENCES} more" if len(found) > SHOWN_DIFFERENCES else ""
    by = f" by {bringer}" if bringer else ""
    met = f"{there.name} was put into this process{by} and differs from ours"
    return f"{met}: {shown}{more}. {_remedy(there.name)}"


def _bringer_of(there: FileDescriptor) -> str | None:
    """The imported generated module that holds this file."""
    for name, module in list(sys.modules.items()):
        # Only these: reading attributes of any other module may run its lazy imports.
        if name.endswith("_pb2") and getattr(module, "DESCRIPTOR", None) is there:
            return name
    return None


def _remedy(name: str) -> str:
    release = "a current TensorFlow" if name.startswith("tensorflow/") else "seldon-core 1.18"
    return (
        "A process can hold only one version of a protocol file: restart it (in a notebook, the kernel) and "
        f"leave out the import that brings the other one, or bring its package to the protocol of {release}."
    )
