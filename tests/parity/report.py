"""The summary of a run, as text and as JSON."""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

from .compare import differences
from .deviations import Deviation
from .exchange import MALFORMED, ODD, WELL, compact, packed_answer, packed_request
from .run import EQUAL, UNEXPLAINED, Verdict

MOST_SHOWN = 20
LONGEST_LINE = 600
EQUAL_SHARE = 0.995
"""What has to be equal among the well-formed requests that touch no known weakness."""


def share_equal(verdicts: Sequence[Verdict]) -> float:
    """The share of equal pairs; 1.0 of none."""
    return sum(each.finding == EQUAL for each in verdicts) / len(verdicts) if verdicts else 1.0


def of_form(verdicts: Iterable[Verdict], form: str) -> list[Verdict]:
    """Those whose request has this form."""
    return [each for each in verdicts if each.pair.request.form == form]


def passes(verdicts: Sequence[Verdict]) -> bool:
    """Whether nothing is unexplained and enough is equal."""
    unexplained = any(each.finding == UNEXPLAINED for each in verdicts)
    return not unexplained and share_equal(of_form(verdicts, WELL)) >= EQUAL_SHARE


def summary(verdicts: Sequence[Verdict], deviations: Iterable[Deviation]) -> str:
    """Shares by form, the table of deviations, and the first unexplained differences in full."""
    lines = [share_line(form, of_form(verdicts, form)) for form in (WELL, ODD, MALFORMED)]
    reworded = sum(each.is_reworded for each in verdicts)
    lines.append(f"equal failures in other words: {reworded}")
    counts = Counter(each.finding for each in verdicts if each.finding != EQUAL)
    titles = {each.id: each.title for each in deviations}
    lines += [
        f"{number:6}  {finding:12}  {titles.get(finding, '')}" for finding, number in counts.most_common()
    ]
    unexplained = [each for each in verdicts if each.finding == UNEXPLAINED]
    for each in unexplained[:MOST_SHOWN]:
        lines += ["", *shown(each)]
    return "\n".join(lines)


def share_line(form: str, verdicts: Sequence[Verdict]) -> str:
    """How many of a form were sent and how many were answered alike."""
    equal = sum(each.finding == EQUAL for each in verdicts)
    unexplained = sum(each.finding == UNEXPLAINED for each in verdicts)
    share = f"{share_equal(verdicts):7.2%}"
    return f"{form:9}  {len(verdicts):5} sent  {equal:5} equal ({share})  {unexplained} unexplained"


def shown(verdict: Verdict) -> list[str]:
    """A request and both answers, each on a line, and where two bodies first differ."""
    pair = verdict.pair
    lines = [
        clipped(f"request   {compact(packed_request(pair.request))}"),
        clipped(f"original  {compact(packed_answer(pair.theirs))}"),
        clipped(f"ours      {compact(packed_answer(pair.ours))}"),
    ]
    if pair.theirs.ok and pair.ours.ok:
        for path, left, right in islice(differences(pair.theirs.body, pair.ours.body), 3):
            lines.append(clipped(f"at        {path}: {compact(left)} / {compact(right)}"))
    return lines


def clipped(line: str) -> str:
    """The line, cut where it gets too long to read."""
    return line if len(line) <= LONGEST_LINE else f"{line[:LONGEST_LINE]}... ({len(line)} characters)"


def as_json(verdicts: Sequence[Verdict], seed: int) -> dict[str, Any]:
    """Everything a script may want to know about a run."""
    forms = {form: of_form(verdicts, form) for form in (WELL, ODD, MALFORMED)}
    return {
        "seed": seed,
        "passes": passes(verdicts),
        "forms": {
            form: {"sent": len(each), "equal_share": share_equal(each)} for form, each in forms.items()
        },
        "findings": Counter(each.finding for each in verdicts),
        "different": [
            {
                "finding": each.finding,
                "request": packed_request(each.pair.request),
                "original": packed_answer(each.pair.theirs),
                "ours": packed_answer(each.pair.ours),
            }
            for each in verdicts
            if each.finding != EQUAL
        ],
    }
