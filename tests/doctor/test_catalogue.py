"""The catalogue: codes that stay, texts that say something, a page that is up to date."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from seldon_workbench.doctor.catalogue import THEMES, every_rule, rule_called
from seldon_workbench.doctor.findings import Rule, Severity
from seldon_workbench.errors import UsageProblem

ROOT = Path(__file__).resolve().parents[2]


def test_the_page_of_rules_is_up_to_date() -> None:
    done = subprocess.run(
        [sys.executable, "scripts/doctor_rules.py", "--check"],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("each", every_rule(), ids=lambda each: each.code)
def test_a_rule_says_what_why_and_what_to_do(each: Rule) -> None:
    assert re.fullmatch(r"[DR]\d{3}", each.code)
    assert each.code[:2] in THEMES
    assert len(each.title) <= 72
    assert each.why.endswith((".", ".)"))
    assert each.fix
    assert (each.example is None) == (each.check is None) == each.code.startswith("R")


def test_names_are_unique_and_as_good_as_codes() -> None:
    names = [each.name for each in every_rule()]
    assert len(set(names)) == len(names)
    assert rule_called("model-in-constructor") is rule_called("D101")
    with pytest.raises(UsageProblem, match="there is no rule D999"):
        rule_called("D999")


def test_there_are_rules_of_every_severity_and_theme() -> None:
    assert {each.severity for each in every_rule()} == set(Severity)
    assert {each.code[:2] for each in every_rule()} == set(THEMES)
