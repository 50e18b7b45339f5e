"""What a trial saw, and the findings it comes to."""

import linecache
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from seldon_workbench.doctor.findings import Finding, Rule

__all__ = ["Observation", "Tell", "findings_of"]


@dataclass(frozen=True, slots=True)
class Observation:
    """Something a trial saw; without a code it is the stage that begins."""

    code: str
    message: str
    file: str = ""
    line: int = 0


Tell = Callable[[Observation], None]
"""Takes an observation while the trial goes on."""


def findings_of(observations: Iterable[Observation], rules: Iterable[Rule]) -> list[Finding]:
    """One finding per observation of a rule that is wanted, in the order they were made."""
    wanted = {each.code: each for each in rules}
    seen = dict.fromkeys(each for each in observations if each.code in wanted)
    return [_finding(wanted[each.code], each) for each in seen]


def _finding(of: Rule, seen: Observation) -> Finding:
    code = linecache.getline(seen.file, seen.line).rstrip("\n") if seen.file else ""
    column = len(code) - len(code.lstrip()) + 1
    return Finding(of, of.severity, seen.message, _shown(seen.file), seen.line, column, code)


def _shown(file: str) -> str:
    if not file:
        return ""
    path = Path(file)
    if not path.exists():
        return "cell"
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else file
