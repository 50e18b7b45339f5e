"""What importing costs: nothing heavy before it is needed, and nothing that a process has no use for."""

import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

HEAVY = (
    *("numpy", "flask", "werkzeug", "waitress", "gunicorn", "grpc", "google.protobuf", "orjson", "simdjson"),
    *("prometheus_client", "IPython", "ipywidgets", "sklearn", "requests", "textual"),
)
FRAMEWORKS = ("flask", "werkzeug", "waitress", "gunicorn", "grpc", "IPython", "ipywidgets", "textual")

CORE = (
    *(
        "errors",
        "methods",
        "settings",
        "message",
        "metadata",
        "addresses",
        "component",
        "metrics",
        "estimator",
    ),
    *(
        "threads",
        "dispatch",
        "target",
        "logs",
        "example",
        "server.json_text",
        "server.json_codec",
        "server.proto_codec",
    ),
)


def loaded_by(*statements: str) -> set[str]:
    """The modules a fresh interpreter has loaded after these statements."""
    program = "\n".join((*statements, "import json, sys", "print(json.dumps(sorted(sys.modules)))"))
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=Path("/"),
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


def among(modules: Iterable[str], heavy: Iterable[str]) -> list[str]:
    found = set(modules)
    return [name for name in heavy if name in found]


def test_importing_the_package_loads_nothing_but_itself_and_the_standard_library() -> None:
    found = loaded_by("import seldon_workbench") - loaded_by("pass")
    foreign = {name for name in found if name.partition(".")[0] not in sys.stdlib_module_names}
    assert foreign == {"seldon_workbench"}


def test_looking_at_the_package_loads_nothing_either() -> None:
    assert (
        among(
            loaded_by("import seldon_workbench", "dir(seldon_workbench)", "seldon_workbench.__version__"),
            HEAVY,
        )
        == []
    )


@pytest.mark.parametrize("name", ["Settings", "WorkbenchError", "SeldonMicroserviceException"])
def test_a_light_name_loads_nothing_heavy(name: str) -> None:
    assert among(loaded_by(f"from seldon_workbench import {name}"), HEAVY) == []


def test_a_component_needs_no_server() -> None:
    found = loaded_by("from seldon_workbench import SeldonComponent, SeldonResponse")
    assert among(found, FRAMEWORKS) == []


def test_the_core_loads_no_framework_and_no_face() -> None:
    found = loaded_by(*(f"import seldon_workbench.{module}" for module in CORE))
    assert "seldon_workbench.dispatch" in found
    assert among(found, FRAMEWORKS) == []


def test_the_parent_of_workers_loads_nothing_that_serves() -> None:
    found = loaded_by(
        "import seldon_workbench.__main__, seldon_workbench.cli, seldon_workbench.server.gunicorn"
    )
    assert "gunicorn.arbiter" in found
    assert (
        among(
            found, ("numpy", "grpc", "google.protobuf", "orjson", "simdjson", "flask", "werkzeug", "waitress")
        )
        == []
    )


@pytest.mark.parametrize("words", [["--help"], ["serve", "--help"], ["--version"], ["nonsense"]])
def test_a_command_that_serves_nothing_loads_nothing_heavy(words: list[str]) -> None:
    found = loaded_by(
        "import contextlib, os",
        "from seldon_workbench.cli import main",
        f"with contextlib.redirect_stdout(open(os.devnull, 'w')): main({words!r})",
    )
    assert among(found, HEAVY) == []


@pytest.mark.parametrize(
    "words", [["status", "--url", "http://127.0.0.1:1"], ["send", "-d", "{}", "--url", "http://127.0.0.1:1"]]
)
def test_asking_over_rest_loads_no_grpc(words: list[str]) -> None:
    found = loaded_by("from seldon_workbench.cli import main", f"assert main({words!r}) == 4")
    assert among(found, ("numpy", "grpc", "google.protobuf", "flask", "gunicorn", "IPython")) == []


def test_a_session_loads_no_face_and_no_workers() -> None:
    found = loaded_by("from seldon_workbench import Session")
    assert among(found, ("gunicorn", "IPython", "ipywidgets", "sklearn", "requests", "textual")) == []


def test_seldon_core_resolves_here_once_somebody_serves() -> None:
    names = "SeldonComponent, SeldonResponse, SeldonNotImplementedError"
    found = loaded_by("from seldon_workbench import Session", f"from seldon_core.user_model import {names}")
    assert "seldon_core.user_model" in found
    done = subprocess.run(
        [sys.executable, "-c", "import seldon_workbench, seldon_core"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "No module named 'seldon_core'" in done.stderr


def test_a_real_seldon_core_wins(tmp_path: Path) -> None:
    package = tmp_path / "seldon_core"
    package.mkdir()
    (package / "__init__.py").write_text("real = True\n", encoding="utf-8")
    loaded_by(
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})",
        "from seldon_workbench import Session",
        "import seldon_core; assert seldon_core.real",
    )


def test_every_module_can_be_the_first_to_be_imported() -> None:
    program = (
        "import importlib, pkgutil, sys, seldon_workbench",
        "found = pkgutil.walk_packages(seldon_workbench.__path__, 'seldon_workbench.')",
        "names = [each.name for each in found]",
        "ours = lambda: [name for name in sys.modules if name.partition('.')[0] == 'seldon_workbench']",
        "for name in names:",
        "    if '_pb2' in name or '.compat.seldon_core' in name: continue",
        "    for each in ours(): del sys.modules[each]",
        "    importlib.import_module(name)",
    )
    assert "seldon_workbench" in loaded_by(*program)
