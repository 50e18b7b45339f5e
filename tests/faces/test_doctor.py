"""The doctor in a terminal and in a notebook."""

import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from IPython.core.completer import provisionalcompleter

from seldon_workbench import cli
from seldon_workbench.doctor.examine import examine, with_trial
from seldon_workbench.doctor.observations import Observation
from seldon_workbench.outcome_doctor import examined, explained, listed

from .shell import Shell, open_shell
from .test_outcome import Visible

BAD = """class MyModel:
    def predict(self, X):
        print("<script>")
        return X

    def tags(self, X):
        return {}
"""
GOOD = "class MyModel:\n    def predict(self, X, names):\n        return X\n"
CELL = "x = 1\nclass Mine:\n    def predict(self, X):\n        return X\n"


class Said(NamedTuple):
    code: int
    out: str
    err: str


Run = Callable[..., Said]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command line in a folder with a bad.py and a good.py."""
    monkeypatch.setattr(cli, "log_to_terminal", lambda settings: None)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.py").write_text(BAD, encoding="utf-8")
    (tmp_path / "good.py").write_text(GOOD, encoding="utf-8")

    def run_one(*words: str) -> Said:
        code = cli.main(["doctor", *words])
        return Said(code, *capsys.readouterr())

    return run_one


# ---- terminal ------------------------------------------------------------------------------------


def test_findings_are_shown_with_place_reason_and_fix(run: Run) -> None:
    said = run("bad.py:MyModel")
    assert (said.code, said.err) == (1, "")
    lines = said.out.splitlines()
    assert lines[:5] == [
        "MyModel (bad.py:MyModel) was read",
        "",
        "bad.py:2:5  error    D201  predict takes X; Seldon gives it the payload and the names "
        " (seldon-core only)",
        "     2 | def predict(self, X):",
        "         ^",
    ]
    assert lines[5].startswith("    why  predict, transform_input")
    assert "    fix  write def predict(self, X, names, meta=None)" in said.out
    assert lines[-3:] == [
        "2 errors, 1 note",
        "seldon-workbench doctor --explain D201 shows an example",
        "MODEL_NAME=bad.MyModel",
    ]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["good.py"], 0),
        (["bad.py"], 1),
        (["bad.py", "--select", "D306"], 0),
        (["bad.py", "--ignore", "d201,d203", "--ignore", "D306"], 0),
        (["--rules"], 0),
        (["--explain", "D201"], 0),
        ([], 2),
        (["--explain", "D999"], 2),
        (["good.py", "--select", "Q1"], 2),
        (["good.py", "--nonsense"], 2),
        (["missing.py"], 3),
        (["good.py:Other"], 3),
    ],
)
def test_the_exit_code_says_how_it_went(run: Run, words: list[str], code: int) -> None:
    assert run(*words).code == code


def test_what_does_not_parse_is_said_with_its_line(run: Run) -> None:
    Path("bad.py").write_text("class A:\n  def f(\n", encoding="utf-8")
    said = run("bad.py")
    assert said.code == 3
    assert "reading bad.py failed: SyntaxError" in said.err
    assert "line 2" in said.err


def test_json_is_the_report_itself(run: Run) -> None:
    said = run("bad.py", "--json")
    data = json.loads(said.out)
    assert said.code == 1
    assert data["summary"] == {"errors": 2, "warnings": 0, "notes": 1, "suppressed": 0}
    assert [each["code"] for each in data["findings"]] == ["D201", "D306", "D203"]


def test_the_rules_are_told_as_json_too(run: Run) -> None:
    rules = {each["code"]: each for each in json.loads(run("--rules", "--json").out)}
    assert rules["D101"]["example"]["bad"]
    assert json.loads(run("--explain", "D101", "--json").out) == rules["D101"]


def test_a_rule_is_explained_with_both_examples(run: Run) -> None:
    said = run("--explain", "D203").out
    assert "D203 value-hook-with-argument" in said
    assert "    def tags(self, X):" in said
    assert "    def tags(self):" in said
    assert "# seldon: ignore[D203]" in said


def test_colours_are_for_terminals_that_want_them(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert "\x1b[" not in run("bad.py").out
    monkeypatch.setattr(type(sys.stdout), "isatty", lambda self: True)
    coloured = run("bad.py").out
    assert "\x1b[1;31merror" in coloured
    monkeypatch.setenv("NO_COLOR", "1")
    plain = run("bad.py").out
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == plain
    assert "\x1b[" not in run("bad.py", "--json").out


def test_a_trial_is_told_with_the_rest(run: Run) -> None:
    Path("good.py").write_text(GOOD.replace("return X", "return [[1, 2]]"), encoding="utf-8")
    said = run("good.py", "--run", "--json")
    data = json.loads(said.out)
    assert said.code == 0
    assert [(each["code"], each["file"]) for each in data["findings"]] == [("R204", "")]
    assert data["tried"] == ["import and __init__", "load()", "predict"]


def test_a_trial_takes_parameters_and_a_payload(run: Run) -> None:
    source = "class M:\n    def __init__(self, n=0):\n        self.n = n\n    def predict(self, X, names):\n"
    Path("m.py").write_text(
        f"{source}        return X / self.n if X.shape == (1, 1) else None\n", encoding="utf-8"
    )
    payload = '{"data": {"ndarray": [[3.0]]}}'
    assert run("m.py", "--run", "--param", "n=2", "--data", payload).out.startswith(
        "M (m.py) was read and tried"
    )
    assert "returned a NoneType" in run("m.py", "--run", "--param", "n=2").out


# ---- forms ---------------------------------------------------------------------------------------


def test_no_source_smuggles_in_html_and_no_colour_breaks_a_theme(run: Run) -> None:
    report = with_trial(examine("bad.py"), [Observation("R201", "<script>"), Observation("", "predict")])
    for outcome in (examined(report, "explain"), examined(examine("good.py"), "explain"), listed([])):
        seen = Visible(outcome.html)
        assert "<script" not in outcome.html
        assert "color:" not in outcome.html
        assert not outcome.text or seen.text
    assert "print(&quot;&lt;script&gt;&quot;)" in examined(report, "explain").html


def test_an_explanation_has_all_forms(run: Run) -> None:
    outcome = explained(examine("bad.py").findings[0].rule)
    assert "not like this" in Visible(outcome.html).text
    assert outcome.exit_code == 0


# ---- notebook ------------------------------------------------------------------------------------


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shell]:
    monkeypatch.chdir(tmp_path)
    with open_shell(tmp_path) as opened:
        yield opened


def found(outcome: Any) -> list[tuple[str, str, int]]:
    return [(each["code"], each["file"], each["line"]) for each in outcome.data["findings"]]


def test_a_class_of_a_cell_has_the_lines_of_its_cell(shell: Shell) -> None:
    shell.run(CELL)
    outcome = shell.run("%seldon doctor Mine")
    assert found(outcome) == [("D201", "cell", 3)]
    assert "cell, line 3  error    D201" in outcome.text
    assert "%seldon doctor --explain D201" in outcome.text


def test_the_class_as_it_was_run_last_is_read(shell: Shell) -> None:
    shell.run(CELL)
    shell.run("class Mine:\n    def predict(self, X, names):\n        return X")
    assert found(shell.run("%seldon doctor Mine")) == []


def test_a_base_in_another_cell_is_read_with_it(shell: Shell) -> None:
    shell.run(CELL)
    shell.run("class Derived(Mine):\n    def tags(self, X):\n        return {}")
    assert found(shell.run("%seldon doctor Derived")) == [("D203", "cell", 2), ("D201", "cell of Mine", 3)]


def test_names_of_other_cells_are_known(shell: Shell) -> None:
    shell.run("import numpy as np\nLABELS = ['a']")
    shell.run(
        "class R:\n    def route(self, X, names):\n        return np.argmax(X) if LABELS else undefined_name"
    )
    assert [code for code, _, _ in found(shell.run("%seldon doctor R"))] == ["D404", "D905"]


@pytest.mark.parametrize(
    ("cell", "target", "code"),
    [
        ("def double(X, names):\n    return X", "double", "D215"),
        ("class Value:\n    predict = 5", "Value", "D209"),
        (f"{CELL}mine = Mine()", "mine", "D201"),
    ],
)
def test_functions_values_and_instances_are_read_too(shell: Shell, cell: str, target: str, code: str) -> None:
    shell.run(cell)
    assert [each for each, _, _ in found(shell.run(f"%seldon doctor {target}"))] == [code]


def test_without_a_target_the_served_component_is_examined(shell: Shell) -> None:
    assert "nothing to examine" in shell.complaint("%seldon doctor")
    shell.run(CELL)
    shell.run("%seldon serve Mine --http-port 0 --grpc-port 0 --metrics-port 0")
    assert found(shell.run("%seldon doctor")) == [("D201", "cell", 3)]


def test_a_name_that_is_nothing_is_told_so(shell: Shell) -> None:
    shell.run(CELL)
    assert "did you mean Mine" in shell.complaint("%seldon doctor Mien")
    shell.run("import json")
    assert "the source of json is not at hand" in shell.complaint("%seldon doctor json")


def test_a_file_is_read_from_a_notebook_as_from_a_terminal(shell: Shell) -> None:
    Path("bad.py").write_text(BAD, encoding="utf-8")
    assert [code for code, _, _ in found(shell.run("%seldon doctor bad.py"))] == ["D201", "D306", "D203"]


def test_a_class_of_a_cell_is_tried_in_the_kernel(shell: Shell) -> None:
    shell.run("class N:\n    def predict(self, X, names):\n        raise LookupError('no')")
    outcome = shell.run("%seldon doctor N --run")
    assert found(outcome) == [("R201", "cell", 3)]
    assert "LookupError: no" in outcome.text


def test_codes_and_targets_are_completed(shell: Shell) -> None:
    shell.run(CELL)

    def offered(line: str) -> list[str]:
        with provisionalcompleter():
            return [each.text for each in shell.ip.Completer.completions(line, len(line))]

    assert "Mine" in offered("%seldon doctor M")
    assert "D101" in offered("%seldon doctor --explain D1")
    assert "--run" in offered("%seldon doctor Mine --")
