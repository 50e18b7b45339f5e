"""Writes the generated modules of seldon_workbench/server/wire from its .proto files; --check only compares.

protoc's own Python output insists on a protobuf runtime as new as protoc. Ours is the serialized descriptor
and one call, so that any protobuf this package allows can load it.
"""

import argparse
import difflib
import importlib.metadata
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    FileDescriptorProto,
    FileDescriptorSet,
)

WIRE = Path(__file__).resolve().parent.parent / "seldon_workbench" / "server" / "wire"
PROTOS = WIRE / "protos"
PACKAGE = "seldon_workbench.server.wire"
COMMAND = "python scripts/generate_wire.py"
LINE = 100


def main(arguments: Sequence[str] | None = None) -> int:
    """Generate, or compare; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="exit 1 with a diff if a file is stale")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        fresh = generate(Path(folder))
    if options.check:
        return check(fresh)
    for name, text in fresh.items():
        (WIRE / name).write_text(text, encoding="utf-8", newline="\n")
    return 0


def generate(folder: Path) -> dict[str, str]:
    """The generated files as name and text; protoc works in `folder`."""
    fresh: dict[str, str] = {}
    for file in run_protoc(folder).file:
        fresh[f"{module_of(file.name)}.py"] = module_text(file)
        stub = folder / file.name.replace(".proto", "_pb2.pyi")
        fresh[f"{module_of(file.name)}.pyi"] = stub_text(stub.read_text(encoding="utf-8"))
    return fresh


def check(fresh: dict[str, str]) -> int:
    """Print what a generation would change, leftovers of removed protos included; 1 if anything."""
    names = sorted(fresh.keys() | {path.name for path in WIRE.glob("*_pb2.py*")})
    changes = [line for name in names for line in difference(name, fresh.get(name, ""))]
    sys.stdout.writelines(changes)
    return 1 if changes else 0


def difference(name: str, text: str) -> Iterator[str]:
    """The committed file against a fresh one, as a diff."""
    path = WIRE / name
    committed = path.read_text(encoding="utf-8") if path.exists() else ""
    if name.endswith(".pyi") and committed and not same_tool(committed):
        print(f"{name}: not compared, another grpcio-tools wrote it", file=sys.stderr)
        return iter(())
    return difflib.unified_diff(
        committed.splitlines(keepends=True), text.splitlines(keepends=True), name, f"{name} (fresh)"
    )


def same_tool(stub: str) -> bool:
    """Whether the installed protoc wrote this stub; the wording of stubs changes between its releases."""
    return stub.startswith(stub_head())


def run_protoc(folder: Path) -> FileDescriptorSet:
    """Compile every .proto of ours; the stubs land in `folder`."""
    names = sorted(path.relative_to(PROTOS).as_posix() for path in PROTOS.rglob("*.proto"))
    described = folder / "descriptors.bin"
    # As a command: protoc ends its process on an error. grpc_tools adds the folder of the well-known types.
    command = [sys.executable, "-m", "grpc_tools.protoc", f"--proto_path={PROTOS}"]
    command += [f"--descriptor_set_out={described}", f"--pyi_out={folder}", *names]
    subprocess.run(command, check=True)
    return FileDescriptorSet.FromString(described.read_bytes())


def module_of(proto: str) -> str:
    """The generated module of a file: ``prediction_pb2`` of ``proto/prediction.proto``."""
    return f"{Path(proto).stem}_pb2"


def module_text(file: FileDescriptorProto) -> str:
    """A module of ours: docstring, imports of what must be registered before, descriptor, call."""
    for message in file.message_type:
        drop_json_names(message)
    return (
        f'"""{COMMAND} writes this from {file.name}."""\n\n'
        f"{imports_text(file)}from {PACKAGE}.pool import register\n\n"
        f"SERIALIZED = (\n{literal(file.SerializeToString(deterministic=True))})\n\n"
        f'register("{file.name}", SERIALIZED, globals())\n'
    )


def imports_text(file: FileDescriptorProto) -> str:
    """The import of our modules that put this file's dependencies into the pool."""
    ours = sorted(module_of(name) for name in file.dependency if not name.startswith("google/protobuf/"))
    if len(ours) == 1:
        return f"from {PACKAGE} import {ours[0]}  # noqa: F401\n"
    names = "".join(f"    {name},  # noqa: F401\n" for name in ours)
    return f"from {PACKAGE} import (\n{names})\n" if names else ""


def drop_json_names(message: DescriptorProto) -> None:
    """Remove each json_name that follows from the field's name, as protoc does in Python modules."""
    for field in message.field:
        if field.json_name == re.sub(r"_([a-z0-9])", lambda found: found[1].upper(), field.name):
            field.ClearField("json_name")
    for nested in message.nested_type:
        drop_json_names(nested)


def literal(content: bytes) -> str:
    """Bytes as lines of Python literals."""
    lines = [""]
    for piece in map(escaped, content):
        if len(lines[-1]) + len(piece) > LINE:
            lines.append("")
        lines[-1] += piece
    return "".join(f'    b"{line}"\n' for line in lines)


def escaped(byte: int) -> str:
    """One byte as it stands between double quotes; hexadecimal has two digits, so any byte may follow."""
    character = chr(byte)
    return character if 32 <= byte < 127 and character not in '"\\' else f"\\x{byte:02x}"


def stub_text(stub: str) -> str:
    """Protoc's stub, importing our modules and complete enough for a strict type checker."""
    stub = re.sub(r"(?m)^from tensorflow[\w.]* import (\w+_pb2)", rf"from {PACKAGE} import \1", stub)
    stub, parameterised = re.subn(r"(?<!as )\b_Mapping\b(?!\[)", "_Mapping[str, _Any]", stub)
    if parameterised:
        stub = stub.replace("from typing import ", "from typing import Any as _Any, ", 1)
    return stub_head() + stub.replace("\nDESCRIPTOR:", "\nSERIALIZED: bytes\nDESCRIPTOR:", 1)


def stub_head() -> str:
    """The first lines of a stub."""
    version = importlib.metadata.version("grpcio-tools")
    return f"# {COMMAND} writes this with grpcio-tools {version}.\n# ruff: noqa\n# fmt: off\n"


if __name__ == "__main__":
    sys.exit(main())
