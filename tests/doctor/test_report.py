"""Reports: chosen rules, suppressed findings, order, and the JSON that tools read."""

import json
from pathlib import Path

import pytest
from doctoring import codes, examined, place

from seldon_workbench.errors import UsageProblem

TWO = "def predict(self, X):\n    return X\n\ndef tags(self, X):\n    return {}"


@pytest.mark.parametrize(
    ("select", "ignore", "left"),
    [
        ((), (), ["D201", "D203"]),
        (("D201",), (), ["D201"]),
        (("D2",), ("D201",), ["D203"]),
        (("D1",), (), []),
        ((), ("D",), []),
    ],
)
def test_rules_are_chosen_by_their_code_or_its_beginning(
    select: tuple[str, ...], ignore: tuple[str, ...], left: list[str], tmp_path: Path
) -> None:
    report = examined(place(tmp_path, TWO), select=select, ignore=ignore)
    assert [each.rule.code for each in report.findings] == left


@pytest.mark.parametrize("options", [{"select": ("D999",)}, {"ignore": ("X",)}])
def test_a_code_that_no_rule_has_is_refused(options: dict[str, tuple[str, ...]], tmp_path: Path) -> None:
    with pytest.raises(UsageProblem, match="no rule begins with"):
        examined(place(tmp_path, TWO), **options)


@pytest.mark.parametrize(
    "line",
    [
        "def predict(self, X):  # seldon: ignore[D201]",
        "def predict(self, X):  # noqa # seldon: ignore[D999, D201]",
        "def predict(self, X):  # seldon: ignore",
        "# seldon: ignore[D201]\ndef predict(self, X):",
    ],
)
def test_a_comment_rules_a_finding_out(line: str, tmp_path: Path) -> None:
    report = examined(place(tmp_path, f"{line}\n    return X"))
    assert (report.findings, report.suppressed) == ((), 1)


@pytest.mark.parametrize(
    "line",
    [
        "def predict(self, X):  # seldon: ignore[D202]",
        "def predict(self, X, /, *, s='# seldon: ignore[D201]'):",
        "x = 1  # seldon: ignore[D201]\ndef predict(self, X):",
    ],
)
def test_another_comment_or_text_rules_nothing_out(line: str, tmp_path: Path) -> None:
    assert codes(f"{line}\n    return X", tmp_path) == ["D201"]


def test_a_comment_in_another_file_counts_there(tmp_path: Path) -> None:
    pin = "seldon-core\nnumpy==2.0  # seldon: ignore[D915]\n"
    assert codes(pin, tmp_path, "requirements.txt") == []


def test_findings_stand_in_the_order_of_the_source(tmp_path: Path) -> None:
    place(tmp_path, "numpy==2.0\nseldon-core\n", "requirements.txt")
    report = examined(place(tmp_path, f"{TWO}\n\ndef route(self, X, n):\n    return 1.0"))
    assert [(Path(each.file).name, each.line) for each in report.findings] == [
        *(("model.py", 2), ("model.py", 5), ("model.py", 9)),
        ("requirements.txt", 1),
    ]


def test_a_report_in_json_is_stable(tmp_path: Path) -> None:
    target = place(tmp_path, "def predict(self, X):\n    print(1)\n    return X")
    data = json.loads(json.dumps(examined(target).to_dict()))
    first = data["findings"][0]
    assert {key: value for key, value in first.items() if key not in ("why", "fix")} == {
        "code": "D201",
        "rule": "hook-cannot-be-called",
        "severity": "error",
        "message": "predict takes X; Seldon gives it the payload and the names",
        "file": str(tmp_path / "model.py"),
        "line": 2,
        "column": 5,
        "where": "seldon-core",
    }
    assert first["why"]
    assert first["fix"]
    del data["findings"]
    assert data == {
        "schema": 1,
        "target": target,
        "component": "MyModel",
        "model_name": "model.MyModel",
        "summary": {"errors": 1, "warnings": 0, "notes": 1, "suppressed": 0},
        "tried": [],
    }


def test_notes_alone_are_clean(tmp_path: Path) -> None:
    assert examined(place(tmp_path, "def predict(self, X, n):\n    print(1)\n    return X")).is_clean
    assert not examined(place(tmp_path, TWO)).is_clean
