"""The figures as tables for people and as JSON for programs."""

import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import startup
from memory import EARLY, LATE, LIMIT, Growth
from rounds import Figures, Plan
from targets import Ratio, ratios

QUIET = 0.05
"""Share of the cores others may use before the report calls the machine busy."""


@dataclass(slots=True)
class Results:
    """All that one run found out."""

    plan: Plan
    figures: Figures
    startup: dict[str, float | None] = field(default_factory=dict)
    """Seconds; None: not measurable."""
    memory: Growth | None = None
    versions: dict[str, Mapping[str, str]] = field(default_factory=dict)
    """Per server key: package to version."""


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table, columns aligned."""
    lines = [list(header), *(list(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]

    def drawn(line: Sequence[str]) -> str:
        first = line[0].ljust(widths[0])
        rest = [cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True)]
        return "| " + " | ".join([first, *rest]) + " |"

    ruler = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join([drawn(lines[0]), ruler, *map(drawn, lines[1:])])


def text(results: Results) -> str:
    """The whole report."""
    parts = [
        *(_rate_table(results, transport) for transport in ("REST", "gRPC") if results.figures.busy),
        _target_table(results) if results.figures.busy else "",
        _start_table(results),
        _memory_line(results.memory),
        _version_lines(results),
        _busy_line(results.figures.busy),
        _problem_lines(results.figures.problems),
    ]
    return "\n\n".join(part for part in parts if part)


def document(results: Results) -> dict[str, Any]:
    """Every figure, for `--json`."""
    plan = results.plan
    return {
        "machine": {"processor": _processor(), "system": platform.platform()},
        "seconds": plan.seconds,
        "rounds": plan.rounds,
        "busy_before_rounds": results.figures.busy,
        "versions": results.versions,
        "rates": [
            {"server": key, "transport": transport, "sample": sample, "rounds": rates}
            | {"median": results.figures.median(key, transport, sample)}
            for (key, transport, sample), rates in results.figures.rates.items()
        ],
        "ratios": [_ratio_entry(ratio) for ratio in _all_ratios(results)],
        "startup_seconds": results.startup,
        "memory": _memory_entry(results.memory),
        "problems": results.figures.problems,
    }


def _all_ratios(results: Results) -> list[Ratio]:
    return ratios(results.figures, [sample.name for sample in results.plan.samples])


def _rate_table(results: Results, transport: str) -> str:
    samples = [sample.name for sample in results.plan.samples]
    rows = [
        [server.title, *(_rate(results.figures.median(server.key, transport, name)) for name in samples)]
        for server in results.plan.servers
        if transport in server.transports
    ]
    return table([f"{transport}, requests/s", *samples], rows) if rows else ""


def _rate(rate: float | None) -> str:
    if rate is None:
        return "n/a"
    return f"{rate:,.0f}" if rate >= 200 else f"{rate:.1f}"


def _target_table(results: Results) -> str:
    rows = [
        [
            f"{ratio.title}, {ratio.sample}",
            f">= {ratio.least:g}",
            "n/a" if ratio.figure is None else f"{ratio.figure:.2f}",
            ratio.verdict,
            ratio.best + (f" (no figure: {', '.join(ratio.missing)})" if ratio.missing else ""),
        ]
        for ratio in _all_ratios(results)
    ]
    return table(["ratio", "target", "figure", "verdict", "held against"], rows) if rows else ""


def _start_table(results: Results) -> str:
    rows = []
    for title, seconds in results.startup.items():
        limit = startup.LIMITS[title]
        verdict = "n/a" if seconds is None else "met" if seconds <= limit else "MISSED"
        figure = "n/a" if seconds is None else f"{seconds * 1e3:.0f} ms"
        rows.append([title, f"<= {limit * 1e3:.0f} ms", figure, verdict])
    return table(["start", "target", "figure", "verdict"], rows) if rows else ""


def _memory_line(memory: Growth | None) -> str:
    if memory is None:
        return ""
    verdict = "met" if memory.ratio <= LIMIT else "MISSED"
    sizes = [f"{size / 2**20:.1f} MiB" for size in (memory.early, memory.late)]
    figure = f"{memory.ratio:.3f}"
    header = [
        "resident size of the serving worker",
        f"{EARLY:,} S",
        f"{LATE:,} S",
        "ratio",
        "target",
        "verdict",
    ]
    return table(header, [["seldon-workbench, gunicorn worker", *sizes, figure, f"<= {LIMIT:g}", verdict]])


def _memory_entry(memory: Growth | None) -> dict[str, float] | None:
    if memory is None:
        return None
    return {"early_bytes": memory.early, "late_bytes": memory.late, "ratio": memory.ratio}


def _ratio_entry(ratio: Ratio) -> dict[str, Any]:
    return {
        "title": ratio.title,
        "sample": ratio.sample,
        "target": ratio.least,
        "figure": ratio.figure,
        "verdict": ratio.verdict,
        "against": ratio.best,
        "missing": list(ratio.missing),
    }


def _version_lines(results: Results) -> str:
    titles = {server.key: server.title for server in results.plan.servers}
    lines = [
        f"{titles.get(key, key)}: " + ", ".join(f"{name} {version}" for name, version in found.items())
        for key, found in results.versions.items()
    ]
    return "\n".join(["Versions", *lines]) if lines else ""


def _busy_line(busy: Sequence[float]) -> str:
    if not busy:
        return ""
    shares = ", ".join(f"{share:.0%}" for share in busy)
    line = f"Other work on the machine just before each round: {shares} of its cores."
    return f"!! {line} Figures of a busy machine say little." if max(busy) > QUIET else line


def _problem_lines(problems: Sequence[str]) -> str:
    if not problems:
        return "All that was asked for was measured, every checked answer was right and no request failed."
    return "\n".join(
        [f"!! NOT measured, or not without errors ({len(problems)}):", *map("!! {}".format, problems)]
    )


def _processor() -> str:
    """The processor's name as the kernel gives it."""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
