"""Who may import whom, as pyproject.toml says it; and the sizes the house style sets."""

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "seldon_workbench"
SOURCES = sorted(path for path in PACKAGE.rglob("*.py") if not path.name.endswith("_pb2.py"))

LONGEST_MODULE = 400
LONGEST_FUNCTION = 60
FORBIDDEN_NAMES = {"utils", "helpers", "common", "base", "manager", "misc"}


def test_every_import_goes_down(tmp_path: Path) -> None:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--cache-dir", str(tmp_path)]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout


def relative(path: Path) -> str:
    return str(path.relative_to(PACKAGE))


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_a_module_is_short_and_opens_with_its_purpose(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= LONGEST_MODULE
    purpose = ast.get_docstring(ast.parse(text))
    assert purpose
    assert purpose.partition("\n")[0].rstrip().endswith((".", ":", "?"))


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_no_function_is_long(path: Path) -> None:
    lengths = {function.name: length(function) for function in functions(path)}
    assert not {name: lines for name, lines in lengths.items() if lines > LONGEST_FUNCTION}


def test_half_of_all_functions_fit_a_glance() -> None:
    lengths = sorted(length(function) for path in SOURCES for function in functions(path))
    assert lengths[len(lengths) // 2] <= 9


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def test_no_module_is_a_drawer() -> None:
    # What stands under seldon_core/ has Seldon's names, not ours.
    assert not {path.stem for path in SOURCES if "seldon_core" not in path.parts} & FORBIDDEN_NAMES


def test_the_environment_is_handed_on_whole_by_these_and_read_by_nobody_else() -> None:
    readers = {
        relative(path)
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv", "putenv")
        if isinstance(node.value, ast.Name) and node.value.id == "os"
    }
    assert readers == {"cli.py", "compat/process.py", "microservice.py", "notebook/magic.py", "session.py"}


def test_only_faces_print() -> None:
    printing = {
        relative(path)
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    }
    assert printing <= {"cli.py", "notebook/magic.py"}
