"""The terminal's face: its words, its exit codes, and where each line goes."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from seldon_workbench import __version__, cli
from seldon_workbench.commands import COMMANDS, Face

KERNEL_ONLY = ("logs", "stop")


class Said(NamedTuple):
    code: int
    out: str
    err: str


Run = Callable[..., Said]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command line in this process, whose logging it leaves alone."""
    monkeypatch.setattr(cli, "log_to_terminal", lambda settings: None)

    def run_one(*words: str) -> Said:
        code = cli.main(list(words))
        return Said(code, *capsys.readouterr())

    return run_one


# ---- help ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", [[], ["--help"], ["-h"]])
def test_help_lists_what_a_terminal_can_do(run: Run, words: list[str]) -> None:
    said = run(*words)
    assert (said.code, said.err) == (0, "")
    for command in COMMANDS.values():
        assert (f"    {command.name} " in said.out) == (Face.TERMINAL in command.faces), command.name
    assert "file.py:Class" in said.out


@pytest.mark.parametrize("command", ["serve", "status", "send"])
def test_every_flag_has_a_line_of_help(run: Run, command: str) -> None:
    said = run(command, "--help")
    assert (said.code, said.err) == (0, "")
    assert COMMANDS[command].help in said.out
    assert "--json" in said.out
    flags = [line.split()[0].rstrip(",") for line in said.out.splitlines() if line.startswith("  -")]
    assert len(flags) >= 3
    assert "==SUPPRESS==" not in said.out


def test_help_of_serve_names_every_flag_of_seldons_own(run: Run) -> None:
    said = run("serve", "--help").out
    for flag in (
        *("service-type", "persistence", "parameters", "log-level", "debug", "tracing", "workers", "threads"),
        *("max-requests", "max-requests-jitter", "keepalive", "single-threaded", "http-port", "grpc-port"),
        *("metrics-port", "pidfile", "access-log", "grpc-threads", "grpc-workers"),
    ):
        assert f"--{flag}" in said


def test_the_version_is_told(run: Run) -> None:
    assert run("--version") == (0, f"{__version__}\n", "")


# ---- what is not understood ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["nonsense"], "invalid choice: 'nonsense'"),
        (["serve"], "TARGET"),
        (["serve", "a.py:A", "--nonsense"], "serve does not take --nonsense"),
        (["serve", "a.py:A", "MyModel", "REST"], "serve does not take MyModel REST"),
        (["serve", "a.py:A", "--http-port", "x"], "--http-port"),
        (["serve", "a.py:A", "--access-log", "perhaps"], "neither true nor false"),
        (["serve", "a.py:A", "--name", "x"], "serve does not take --name x"),
        (["send", "dance"], "invalid choice: 'dance'"),
        (["send", "--via", "pigeon"], "--via"),
        (["send", "--via", "direct"], "--via"),
        (["send"], "no payload"),
        (["status", "extra"], "status does not take extra"),
        *((([command], f"invalid choice: '{command}'")) for command in KERNEL_ONLY),
    ],
)
def test_words_that_are_not_understood_are_exit_code_2(run: Run, words: list[str], problem: str) -> None:
    said = run(*words)
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("seldon-workbench: ")
    assert problem in said.err
    first, hint = said.err.splitlines()
    assert first
    assert hint.startswith("  ")


@pytest.mark.parametrize(
    ("words", "code", "problem"),
    [
        (["serve", "no_such.py:Model"], 3, "there is no file no_such.py"),
        (["serve", "NoSuchModel"], 3, "no module 'NoSuchModel'"),
        (["serve", "a.py:A", "--param", "x"], 3, "NAME=VALUE"),
        (["serve", "a.py:A", "--workers", "0"], 3, "workers is 0"),
        (["send", "-d", "{bad"], 1, "the payload is not JSON"),
        (["send", "-d", "@no/such/file"], 1, "no/such/file cannot be read"),
        (["status", "--url", "http://127.0.0.1:1"], 4, "no answer from http://127.0.0.1:1"),
        (["send", "-d", "{}", "--url", "http://127.0.0.1:1"], 4, "no answer"),
        (["send", "-d", "{}", "--via", "grpc", "--grpc", "127.0.0.1:1"], 4, "no answer from 127.0.0.1:1"),
        (["send", "-d", "{}", "--via", "grpc", "--grpc", "no.such.host.invalid:1"], 4, "no answer"),
        (["send", "-d", "{}", "--url", "localhost:9000"], 3, "is no URL"),
        (["send", "-d", '{"dta": 1}', "--via", "grpc"], 1, "no SeldonMessage"),
        (["send", "health-status", "--via", "grpc"], 1, "no gRPC form"),
    ],
)
def test_each_kind_of_failure_has_its_exit_code(run: Run, words: list[str], code: int, problem: str) -> None:
    said = run(*words)
    assert (said.code, said.out) == (code, ""), said.err
    assert problem in said.err
    assert "Traceback" not in said.err


@pytest.mark.parametrize(
    "words", [["nonsense"], ["status", "--url", "http://127.0.0.1:1"], ["serve", "no_such.py:Model"]]
)
def test_with_json_a_failure_is_json_too(run: Run, words: list[str]) -> None:
    said = run(*words, "--json")
    told = json.loads(said.out)
    assert told.keys() == {"error", "hint", "reason"}
    assert told["error"] in said.err
    assert said.code in (2, 3, 4)


# ---- as a process --------------------------------------------------------------------------------


def process(*words: str, **options: Any) -> Said:
    done = subprocess.run(
        [sys.executable, "-m", "seldon_workbench", *words],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
        **options,
    )
    return Said(done.returncode, done.stdout, done.stderr)


def test_the_module_and_the_script_are_the_same_command() -> None:
    script = Path(sys.executable).parent / "seldon-workbench"
    done = subprocess.run([str(script), "--version"], capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout == process("--version").out == f"{__version__}\n"


def test_exit_codes_leave_the_process() -> None:
    assert process("--help").code == 0
    assert process("nonsense").code == 2
    assert process("serve", "no_such.py:Model").code == 3
    assert process("status", "--url", "http://127.0.0.1:1").code == 4


def test_a_syntax_error_in_the_target_is_shown_as_python_shows_it(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text(
        "class Model:\n    def predict(self X):\n        return X\n", encoding="utf-8"
    )
    said = process("serve", "broken.py:Model", cwd=tmp_path)
    assert said.code == 3
    assert "SyntaxError" in said.err
    assert "def predict(self X)" in said.err


def test_a_bad_variable_of_the_environment_is_named(tmp_path: Path) -> None:
    (tmp_path / "Model.py").write_text(
        "class Model:\n    def predict(self, X):\n        return X\n", encoding="utf-8"
    )
    said = process("serve", "Model", cwd=tmp_path, env=os.environ | {"GUNICORN_WORKERS": "many"})
    assert said.code == 3
    assert "GUNICORN_WORKERS is 'many', which is no integer" in said.err
