"""Rules and what they find.

Rule: one rule is one function. Its decorator carries everything people are told about it, and an example
of what it finds and of what it does not, which a test runs.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from seldon_workbench.errors import UsageProblem

if TYPE_CHECKING:
    from seldon_workbench.doctor.source import Text
    from seldon_workbench.doctor.subject import Member, Subject

__all__ = [
    "RULES",
    "Check",
    "Example",
    "Finding",
    "Rule",
    "Severity",
    "Spot",
    "Where",
    "at",
    "rule",
    "rules_of",
]


class Severity(StrEnum):
    """How much a finding matters."""

    ERROR = "error"
    """Requests, or the start, fail."""
    WARNING = "warning"
    """It fails, or answers wrongly, under conditions that do occur."""
    NOTE = "note"
    """It works; somebody may be surprised. Notes alone leave the exit code at 0."""


class Where(StrEnum):
    """Whose server a finding is true of."""

    BOTH = "both"
    """seldon-core 1.18.2 and this workbench."""
    SELDON = "seldon-core"
    """seldon-core 1.18.2 alone: the workbench forgives it, so trying it here shows nothing."""


@dataclass(frozen=True, slots=True)
class Example:
    """A text that a rule finds fault with, and the same put right."""

    bad: str
    good: str
    file: str = ""
    """The file beside the component it belongs to; empty for the component itself."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in a text, and what is wrong there."""

    text: Text
    line: int
    column: int
    """From 1; 1 where a line as a whole is meant."""
    message: str
    severity: Severity | None = None
    """Where it is another than the rule's."""


Check = Callable[["Subject"], Iterator[Spot]]


@dataclass(frozen=True, slots=True)
class Rule:
    """Something that is known to go wrong."""

    code: str
    """Stable. D: read from the source; R: seen in a trial. The first digit is the theme."""
    name: str
    """A few words with hyphens."""
    severity: Severity
    where: Where
    title: str
    why: str
    fix: str
    example: Example | None
    check: Check | None
    """None for a rule that only a trial can see."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One place where a rule applies."""

    rule: Rule
    severity: Severity
    message: str
    file: str
    """A path, or ``cell``; empty where a trial has no line to show."""
    line: int
    column: int
    code: str
    """The line of source, as it stands."""

    @property
    def location(self) -> str:
        """``model.py:12:5``, or ``cell, line 12``."""
        if not self.file:
            return "trial"
        if self.file.startswith("cell"):
            return f"{self.file}, line {self.line}"
        return f"{self.file}:{self.line}:{self.column}"


RULES: dict[str, Rule] = {}
"""Every rule by its code; filled by the modules of rules, which ``catalogue`` imports."""


def rule(
    code: str,
    severity: Severity,
    *,
    title: str,
    why: str,
    fix: str,
    bad: str,
    good: str,
    where: Where = Where.BOTH,
    file: str = "",
) -> Callable[[Check], Check]:
    """Register the function below as the check of a rule; its name is the rule's."""

    def register(check: Check) -> Check:
        name = check.__name__.replace("_", "-")
        _add(Rule(code, name, severity, where, title, why, fix, Example(bad, good, file), check))
        return check

    return register


def rules_of(*, trial: tuple[Rule, ...]) -> None:
    """Register rules that only a trial can see."""
    for each in trial:
        _add(each)


def _add(new: Rule) -> None:
    assert new.code not in RULES, f"{new.code} is taken by {RULES[new.code].name}"
    RULES[new.code] = new


def at(place: Text | Member, node: ast.AST, message: str, severity: Severity | None = None) -> Spot:
    """A spot where a node begins."""
    text = place.text if hasattr(place, "text") else place
    line, column = getattr(node, "lineno", 1), getattr(node, "col_offset", 0)
    return Spot(text, line, column + 1, message, severity)


def chosen(select: tuple[str, ...], ignore: tuple[str, ...]) -> list[Rule]:
    """The rules with a code, or the beginning of one, in ``select`` and none in ``ignore``.

    Raises UsageProblem for a beginning that no code has.
    """
    for beginning in (*select, *ignore):
        if not any(code.startswith(beginning) for code in RULES):
            raise UsageProblem(
                f"no rule begins with {beginning!r}", hint="rules are D101, D2 for all of theme 2"
            )
    wanted = [RULES[code] for code in sorted(RULES) if code.startswith(select or ("",))]
    return [each for each in wanted if not (ignore and each.code.startswith(ignore))]
