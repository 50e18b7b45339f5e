"""One examination: the chosen rules over one component, without what its author has ruled out."""

import re
import tokenize
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path
from typing import Any

from seldon_workbench.doctor.catalogue import chosen
from seldon_workbench.doctor.findings import Finding, Rule, Severity, Spot
from seldon_workbench.doctor.observations import Observation, findings_of
from seldon_workbench.doctor.source import Found, Text, live, on_disk
from seldon_workbench.doctor.subject import Subject
from seldon_workbench.target import no_such_name

__all__ = ["Report", "examine", "with_trial"]

SCHEMA = 1
"""Version of the JSON that reports are told in. Keys may be added to it; none changes its meaning."""


@dataclass(frozen=True, slots=True)
class Report:
    """What an examination came to."""

    target: str
    component: str
    model_name: str
    """What MODEL_NAME has to be; empty where there is no file to name."""
    findings: tuple[Finding, ...]
    """In the order of the source; those of a trial last."""
    suppressed: int = 0
    """Findings that a comment rules out."""
    tried: tuple[str, ...] = ()
    """The stages a trial went through; empty without one."""

    def count(self, severity: Severity) -> int:
        """How many findings there are of a severity."""
        return sum(each.severity is severity for each in self.findings)

    @property
    def is_clean(self) -> bool:
        """Whether there is nothing but notes."""
        return all(each.severity is Severity.NOTE for each in self.findings)

    def to_dict(self) -> dict[str, Any]:
        """The stable JSON form."""
        return {
            "schema": SCHEMA,
            "target": self.target,
            "component": self.component,
            "model_name": self.model_name,
            "findings": [_finding_data(each) for each in self.findings],
            "summary": {f"{each}s": self.count(each) for each in Severity} | {"suppressed": self.suppressed},
            "tried": list(self.tried),
        }


def _finding_data(finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.rule.code,
        "rule": finding.rule.name,
        "severity": finding.severity.value,
        "message": finding.message,
        "file": finding.file,
        "line": finding.line,
        "column": finding.column,
        "where": finding.rule.where.value,
        "why": finding.rule.why,
        "fix": finding.rule.fix,
    }


def examine(
    target: str,
    namespace: Mapping[str, Any] | None = None,
    *,
    select: Iterable[str] = (),
    ignore: Iterable[str] = (),
) -> Report:
    """Read a TARGET and hold it to the rules; nothing of it is run.

    Raises TargetNotFound, TargetInvalid, LoadFailed for what does not parse, UsageProblem for an unknown
    code.
    """
    rules = chosen(tuple(select), tuple(ignore))
    found = find(target, namespace)
    findings, suppressed = _read(Subject(found), rules)
    return Report(target, found.name, _model_name(found), tuple(findings), suppressed)


def with_trial(
    report: Report,
    seen: Sequence[Observation],
    *,
    select: Iterable[str] = (),
    ignore: Iterable[str] = (),
) -> Report:
    """A report, and what a trial of the same component saw."""
    found = findings_of(seen, chosen(tuple(select), tuple(ignore)))
    stages = tuple(each.message for each in seen if not each.code)
    return replace(report, findings=(*report.findings, *found), tried=stages)


def find(target: str, namespace: Mapping[str, Any] | None) -> Found:
    """A name of the notebook, or else what a terminal would take it for."""
    if namespace is not None and target in namespace:
        return live(namespace[target], target, namespace)
    if namespace is not None and target.isidentifier() and not Path(f"{target}.py").exists():
        raise no_such_name(target, namespace)
    return on_disk(target)


def _model_name(found: Found) -> str:
    path = found.text.path
    if path is None or found.function:
        return ""
    return found.name if path.stem == found.name else f"{path.stem}.{found.name}"


def _read(subject: Subject, rules: list[Rule]) -> tuple[list[Finding], int]:
    findings: dict[tuple[object, ...], Finding] = {}
    suppressed, comments = 0, _Comments()
    for each in rules:
        for spot in each.check(subject) if each.check else ():
            finding = _finding(each, spot)
            key = (finding.file, finding.line, finding.column, each.code, finding.message)
            if key in findings:
                continue
            if comments.rule_out(spot.text, spot.line, each.code):
                suppressed += 1
            else:
                findings[key] = finding
    main = subject.text.name
    return sorted(findings.values(), key=lambda each: _order(each, main)), suppressed


def _order(finding: Finding, main: str) -> tuple[Any, ...]:
    """The component's own file first, then by place."""
    return finding.file != main, finding.file, finding.line, finding.column, finding.rule.code


def _finding(of: Rule, spot: Spot) -> Finding:
    line = spot.text.line(spot.line)
    return Finding(
        of, spot.severity or of.severity, spot.message, spot.text.name, spot.line, spot.column, line
    )


# ---- suppression ---------------------------------------------------------------------------------

_COMMENT = re.compile(r"#\s*seldon:\s*ignore(?:\[(?P<codes>[^\]]*)\])?")


class _Comments:
    """The comments of the texts of one component, each text taken apart once."""

    def __init__(self) -> None:
        self._of: dict[str, dict[int, str]] = {}

    def rule_out(self, text: Text, line: int, code: str) -> bool:
        """Whether a comment in the line, or alone in the one above, rules the code out."""
        if text.name not in self._of:
            self._of[text.name] = _comments(text)
        comments = self._of[text.name]
        above = text.line(line - 1).lstrip()
        places = [line, *([line - 1] if above.startswith("#") else [])]
        return any(_rules_out(comments.get(place, ""), code) for place in places)


def _rules_out(comment: str, code: str) -> bool:
    found = _COMMENT.search(comment)
    return found is not None and (found["codes"] is None or code in re.split(r"[\s,]+", found["codes"]))


def _comments(text: Text) -> dict[int, str]:
    """The comments of a text by line; strings that look like one are none."""
    if text.path is not None and text.path.suffix != ".py":
        return {number: line for number, line in enumerate(text.source.splitlines(), start=1) if "#" in line}
    try:
        tokens = list(tokenize.generate_tokens(StringIO(text.source).readline))
    except (tokenize.TokenError, SyntaxError):
        return {}
    return {token.start[0]: token.string for token in tokens if token.type == tokenize.COMMENT}
