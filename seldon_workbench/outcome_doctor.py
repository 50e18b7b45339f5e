"""What the doctor has to say, as words, as HTML and as data.

Rule: why and what to do are told once per rule, at its first finding.
"""

import textwrap
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict

from seldon_workbench.doctor.catalogue import THEMES
from seldon_workbench.doctor.examine import Report
from seldon_workbench.doctor.findings import Finding, Rule, Severity, Where
from seldon_workbench.markup import TABLE, bold, cell, code, escaped, muted, pre, row, table, table_html
from seldon_workbench.outcome import Outcome

__all__ = ["examined", "explained", "listed"]

Paint = Callable[[str, str], str]
"""A text in the manner of a word: a severity, ``bold``, ``dim``."""

_STYLES = {"error": "1;31", "warning": "1;33", "note": "1;36", "bold": "1", "dim": "2"}
_WIDTH = 100


def _plain(text: str, style: str) -> str:
    return text


def _ansi(text: str, style: str) -> str:
    return f"\x1b[{_STYLES[style]}m{text}\x1b[0m"


# ---- one report ----------------------------------------------------------------------------------


def examined(report: Report, explain: str) -> Outcome:
    """The findings about one component; ``explain`` is the command that explains a code."""
    return Outcome(
        text=_report(report, explain, _plain),
        html=_report_html(report, explain),
        data=report.to_dict(),
        exit_code=0 if report.is_clean else 1,
        coloured=_report(report, explain, _ansi),
    )


def _report(report: Report, explain: str, paint: Paint) -> str:
    blocks = [paint(_headline(report), "bold")]
    told: set[str] = set()
    for finding in report.findings:
        lines = [_line(finding, report.findings, paint), *_excerpt(finding, paint)]
        if finding.rule.code not in told:
            lines += _advice(finding.rule, paint)
        told.add(finding.rule.code)
        blocks.append("\n".join(lines))
    blocks.append("\n".join(_footer(report, explain)))
    return "\n\n".join(blocks)


def _headline(report: Report) -> str:
    what = "" if report.component == report.target else f" ({report.target})"
    return f"{report.component}{what} was read{' and tried' if report.tried else ''}"


def _line(finding: Finding, among: Sequence[Finding], paint: Paint) -> str:
    width = max(len(each.location) for each in among)
    severity = paint(f"{finding.severity:<7}", finding.severity.value)
    only = paint(f"  ({_ONLY})", "dim") if finding.rule.where is Where.SELDON else ""
    place = finding.location.ljust(width)
    return f"{place}  {severity}  {paint(finding.rule.code, 'bold')}  {finding.message}{only}"


_ONLY = "seldon-core only"


def _excerpt(finding: Finding, paint: Paint) -> Iterator[str]:
    """The line of source, and a mark below it."""
    if not finding.code.strip():
        return
    indent = len(finding.code) - len(finding.code.lstrip())
    number = f"{finding.line:>6} | "
    shown = finding.code.strip()
    yield paint(number, "dim") + (shown if len(shown) <= _WIDTH else f"{shown[: _WIDTH - 3]}...")
    if finding.column > indent:
        before = len(number) + finding.column - 1 - indent
        yield f"{' ' * before}{paint('^', finding.severity.value)}"


def _advice(rule: Rule, paint: Paint) -> Iterator[str]:
    for word, text in (("why", rule.why), ("fix", rule.fix)):
        lines = textwrap.wrap(text, _WIDTH - 9, break_long_words=False, break_on_hyphens=False)
        yield f"    {paint(word, 'dim')}  {lines[0]}"
        yield from (f"         {line}" for line in lines[1:])


def _footer(report: Report, explain: str) -> Iterator[str]:
    yield _summary(report)
    if report.findings:
        yield f"{explain} {report.findings[0].rule.code} shows an example"
    if report.tried:
        yield f"tried: {', '.join(report.tried)}"
    if report.model_name:
        yield f"MODEL_NAME={report.model_name}"


def _summary(report: Report) -> str:
    counts = [_counted(report.count(each), each.value) for each in Severity if report.count(each)]
    text = ", ".join(counts) or "nothing was found"
    return f"{text}; {report.suppressed} suppressed" if report.suppressed else text


def _counted(number: int, word: str) -> str:
    return f"{number} {word}{'s' * (number != 1)}"


# ---- in a notebook -------------------------------------------------------------------------------

_BADGE = "display:inline-block;min-width:5em;font-weight:600"
_MARKS = {"error": "&#10007;", "warning": "&#9888;&#xFE0E;", "note": "&#8505;&#xFE0E;"}
"""A cross, a triangle, an i: severities differ by more than a word, and by no colour."""


def _report_html(report: Report, explain: str) -> str:
    head, *rest = _headline(report).partition(" ")
    parts = [f"<div>{bold(head)} {muted(escaped(''.join(rest)))}</div>"]
    told: set[str] = set()
    rows = []
    for finding in report.findings:
        is_first = finding.rule.code not in told
        told.add(finding.rule.code)
        rows.append(_row_html(finding, is_first=is_first))
    if rows:
        parts.append(f'<div style="overflow-x:auto"><table style="{TABLE}">{"".join(rows)}</table></div>')
    parts.append(
        f'<div style="margin-top:4px">{"<br>".join(map(_footer_html, _footer(report, explain)))}</div>'
    )
    return "".join(parts)


def _footer_html(line: str) -> str:
    return bold(line) if line[:1].isdigit() or line.startswith("nothing") else muted(escaped(line))


def _row_html(finding: Finding, *, is_first: bool) -> str:
    rule = finding.rule
    only = f" {muted(f'({_ONLY})')}" if rule.where is Where.SELDON else ""
    said = [f"{escaped(finding.message)}{only}"]
    if finding.code.strip():
        said.append(code(finding.code.strip()))
    if is_first:
        said.append(muted(f"why: {escaped(rule.why)}"))
        said.append(f"fix: {escaped(rule.fix)}")
    badge = f'<span style="{_BADGE}">{_MARKS[finding.severity]} {finding.severity}</span>'
    return row(
        cell("td", badge, ";white-space:nowrap"),
        cell("td", f'<span title="{escaped(rule.name)}">{bold(rule.code)}</span>'),
        cell("td", escaped(finding.location), ";white-space:nowrap"),
        cell("td", "<br>".join(said), ";padding-bottom:8px"),
    )


# ---- rules ---------------------------------------------------------------------------------------


def explained(rule: Rule) -> Outcome:
    """All that is known of one rule."""
    text = "\n\n".join(_explanation(rule))
    return Outcome(text, pre(text), rule_data(rule))


def _explanation(rule: Rule) -> Iterator[str]:
    whose = "seldon-core 1.18.2; the workbench forgives it" if rule.where is Where.SELDON else "both servers"
    yield f"{rule.code} {rule.name}: {rule.title}\n{rule.severity}, {whose}"
    yield _paragraph("why  ", rule.why)
    yield _paragraph("fix  ", rule.fix)
    if rule.example is None:
        yield "seen only in a trial: doctor --run"
        return
    if rule.example.file:
        yield f"in {rule.example.file}:"
    yield f"not like this:\n\n{textwrap.indent(rule.example.bad.rstrip(), '    ')}"
    if rule.example.good != rule.example.bad:
        yield f"but like this:\n\n{textwrap.indent(rule.example.good.rstrip(), '    ')}"
    yield f"to rule it out in one line:  # seldon: ignore[{rule.code}]"


def _paragraph(label: str, text: str) -> str:
    return textwrap.fill(text, _WIDTH, initial_indent=label, subsequent_indent=" " * len(label))


def listed(rules: Iterable[Rule]) -> Outcome:
    """Every rule in a line."""
    head = ("code", "severity", "where", "what")
    rows = [(each.code, each.severity.value, each.where.value, each.title) for each in rules]
    blocks = []
    for beginning, title in THEMES.items():
        chosen = [cells for cells in rows if cells[0].startswith(beginning)]
        if chosen:
            blocks.append(f"{title}\n\n{table(head, chosen)}")
    shown = table_html(head, [[escaped(each) for each in cells] for cells in rows])
    return Outcome("\n\n".join(blocks), shown, [rule_data(each) for each in rules])


def rule_data(rule: Rule) -> dict[str, object]:
    """A rule in JSON types."""
    return {
        "code": rule.code,
        "rule": rule.name,
        "severity": rule.severity.value,
        "where": rule.where.value,
        "title": rule.title,
        "why": rule.why,
        "fix": rule.fix,
        "example": asdict(rule.example) if rule.example else None,
    }
