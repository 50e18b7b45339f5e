"""Every rule there is, and how it is explained."""

from seldon_workbench.doctor import (  # noqa: F401 - each registers its rules
    rules_failures,
    rules_files,
    rules_health,
    rules_hooks,
    rules_load,
    rules_names,
    rules_parameters,
    rules_place,
    rules_raw,
    rules_reports,
    rules_returns,
    rules_start,
    rules_state,
    rules_trial,
)
from seldon_workbench.doctor.findings import RULES, Rule, Where, chosen
from seldon_workbench.errors import UsageProblem

__all__ = ["THEMES", "chosen", "every_rule", "rule_called", "table"]

THEMES = {
    "D1": "The start: __init__, load(), parameters",
    "D2": "Hooks: names and signatures",
    "D3": "State: what one request leaves for another",
    "D4": "Returns: what can be sent",
    "D5": "Reports: tags and metrics",
    "D6": "Raw hooks",
    "D7": "Failures: exceptions",
    "D8": "Health",
    "D9": "Surroundings: names, paths, files",
    "R1": "A trial: the start",
    "R2": "A trial: requests",
    "R3": "A trial: reports and health",
}


def every_rule() -> list[Rule]:
    """All rules in the order of their codes."""
    return [RULES[code] for code in sorted(RULES)]


def rule_called(code: str) -> Rule:
    """A rule by its code or its name. Raises UsageProblem."""
    for each in every_rule():
        if code in (each.code, each.name):
            return each
    raise UsageProblem(f"there is no rule {code}", hint="seldon-workbench doctor --rules lists them")


def table() -> str:
    """The rules as Markdown, theme by theme."""
    parts = []
    for beginning, title in THEMES.items():
        rules = [each for each in every_rule() if each.code.startswith(beginning)]
        parts.append(f"### {beginning}: {title}\n\n{_rows(rules)}")
    return "\n\n".join(parts) + "\n"


def _rows(rules: list[Rule]) -> str:
    head = "| code | severity | what | fix |\n|---|---|---|---|"
    rows = (
        f"| {each.code} {each.name} | {each.severity}{_only(each)} | {_cell(each.title)} | "
        f"{_cell(each.fix)} |"
        for each in rules
    )
    return "\n".join((head, *rows))


def _only(each: Rule) -> str:
    return ", seldon-core" if each.where is Where.SELDON else ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("*", "\\*").replace("__", "\\_\\_").replace("<", "&lt;")
