"""Each rule finds fault with its own bad example, and with nothing of its good one."""

from pathlib import Path

import pytest
from doctoring import examined, place

from seldon_workbench.doctor.catalogue import every_rule
from seldon_workbench.doctor.findings import Example, Rule

WITH_EXAMPLE = [each for each in every_rule() if each.example is not None]


def code_of(each: Rule) -> str:
    return each.code


def example_of(each: Rule) -> Example:
    assert each.example is not None
    return each.example


@pytest.mark.parametrize("each", WITH_EXAMPLE, ids=code_of)
def test_a_rule_finds_fault_with_its_bad_example(each: Rule, tmp_path: Path) -> None:
    example = example_of(each)
    found = examined(place(tmp_path, example.bad, example.file))
    assert each.code in {finding.rule.code for finding in found.findings}


@pytest.mark.parametrize("each", WITH_EXAMPLE, ids=code_of)
def test_a_rule_leaves_its_good_example_alone(each: Rule, tmp_path: Path) -> None:
    example = example_of(each)
    file = "" if example.file.endswith(".py") else example.file
    found = examined(place(tmp_path, example.good, file))
    assert each.code not in {finding.rule.code for finding in found.findings}


@pytest.mark.parametrize("each", WITH_EXAMPLE, ids=code_of)
def test_a_good_example_is_good_all_over(each: Rule, tmp_path: Path) -> None:
    """Apart from names that a snippet leaves out, nothing else is wrong with it either."""
    example = example_of(each)
    file = "" if example.file.endswith(".py") else example.file
    found = examined(place(tmp_path, example.good, file))
    assert {finding.rule.code for finding in found.findings} <= LEFT_OUT, found.findings


LEFT_OUT = {"D905", "D903", "D214"}
