"""The wire's files as committed, and fresh interpreters to import them in."""

import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

from google.protobuf.descriptor_pb2 import (
    FileDescriptorProto,
)

from seldon_workbench.server.wire import (
    prediction_pb2,
    resource_handle_pb2,
    tensor_pb2,
    tensor_shape_pb2,
    types_pb2,
)

ROOT = Path(__file__).resolve().parents[2]


def file_of(module: ModuleType) -> FileDescriptorProto:
    """The file as committed; the pool may hold an installed TensorFlow's instead."""
    return FileDescriptorProto.FromString(module.SERIALIZED)


PREDICTION = file_of(prediction_pb2)
TENSORFLOW_MODULES = (types_pb2, tensor_shape_pb2, resource_handle_pb2, tensor_pb2)


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
