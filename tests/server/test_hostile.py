"""A short attack; the long one is a step of ``make soak``."""

from pathlib import Path

import pytest
from soak.hostile import COMPONENT, Findings, report, run

from .workers import Service


@pytest.mark.timeout(120)
def test_hostile_requests_are_refused_in_time_and_end_no_worker(tmp_path: Path) -> None:
    target = tmp_path / "Steady.py"
    target.write_text(COMPONENT)
    service = Service(str(target), folder=tmp_path).ready()
    try:
        findings = run(service, 800, 17, ())
    finally:
        service.end()
    assert not findings.problems, report(findings)
    assert len(findings.sent) == 11, "every kind was sent"
    assert sum(findings.refused.values()) > 400


def test_an_answer_that_comes_late_is_a_finding() -> None:
    findings = Findings()
    findings.note("kind", 6.0, True, "", b"body")
    assert findings.problems == ["kind: took 6.0 s: b'body'"]
