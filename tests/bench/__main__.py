"""`make bench`: ours beside seldon-core and its neighbours on this machine; reports ratios, gates nothing."""

import argparse
import json
import os
import shutil
import signal
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from types import FrameType
from typing import TypeVar

import memory
import report
import startup
from load import TOOLS
from processes import LOAD_CORE, SERVER_CORE, Unmeasured
from rounds import Figures, Plan, measure
from samples import all_samples
from servers import PEERS, STATE, Server, echo, kernel, workbench
from venvs import ensure, peer_interpreter, versions

Value = TypeVar("Value")


def main(arguments: Sequence[str] | None = None) -> int:
    """0: all was measured; 1: something was not; 2: wrong usage, or a tool is missing."""
    options = _parser().parse_args(arguments)
    if lack := _missing_tools():
        print(lack, file=sys.stderr)
        return 2
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _end)
    STATE.mkdir(exist_ok=True)
    figures = Figures()
    results = report.Results(_plan(options, figures), figures)
    os.sched_setaffinity(0, {LOAD_CORE})
    _measure(options, results)
    print("\n" + report.text(results), flush=True)
    if options.json:
        options.json.write_text(json.dumps(report.document(results), indent=2) + "\n")
    return 1 if figures.problems else 0


def _measure(options: argparse.Namespace, results: report.Results) -> None:
    plan, figures = results.plan, results.figures
    for server in plan.servers:
        found = _tried(figures, server.title, partial(versions, server.python, server.packages))
        results.versions[server.key] = found or {}
    if options.rates:
        measure(plan, figures)
        for title, timed in startup.FIGURES.items():
            print(f"start: {title}", flush=True)
            results.startup[title] = _tried(figures, title, timed)
    if options.memory:
        print(f"memory: {memory.LATE:,} requests to ours", flush=True)
        sample = all_samples()["S"]
        results.memory = _tried(figures, "memory", partial(memory.growth, workbench(), sample))


def _tried(figures: Figures, title: str, measured: Callable[[], Value]) -> Value | None:
    """The value, or None and a problem noted."""
    try:
        return measured()
    except Unmeasured as failure:
        figures.problem(f"{title}: {failure}")
        return None


def _plan(options: argparse.Namespace, figures: Figures) -> Plan:
    samples = all_samples()
    peers = _peers(options.peers, figures) if options.rates else []
    servers = [workbench(), kernel(), *peers, echo()]
    return Plan(servers, [samples[name] for name in options.payloads], options.seconds, options.rounds)


def _peers(keys: Sequence[str], figures: Figures) -> list[Server]:
    """The chosen peers, each installed in its own environment; one that cannot be is a problem noted."""
    chosen = [peer for peer in PEERS if peer.key in keys]
    if not chosen:
        return []
    interpreter = _tried(figures, "peers", peer_interpreter)
    if interpreter is None:
        return []
    servers = []
    for peer in chosen:
        folder = STATE / f"{peer.key}-{interpreter.series}"
        print(f"environment of {peer.key}, Python {interpreter.version}: .bench/{folder.name}", flush=True)
        install = partial(ensure, folder, peer.requirements, interpreter)
        bin_folder = _tried(figures, peer.key, install)
        if bin_folder is not None:
            servers.append(peer.server(bin_folder))
    return servers


def _missing_tools() -> str:
    """What this machine lacks, or an empty text."""
    lacking = [
        f"{program} is missing: install the Debian package {package} (apt-get install {package})"
        for program, package in TOOLS.items()
        if shutil.which(program) is None
    ]
    if not lacking and not {SERVER_CORE, LOAD_CORE} <= os.sched_getaffinity(0):
        lacking.append(f"cores {SERVER_CORE} (servers) and {LOAD_CORE} (load) must both be usable")
    return "\n".join(lacking)


def _end(number: int, frame: FrameType | None) -> None:
    """SIGTERM and SIGHUP end the run the way Ctrl-C does: through the blocks that end what was started."""
    raise SystemExit(128 + number)


def _at_least_one(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


def _some_of(names: Sequence[str]) -> Callable[[str], list[str]]:
    """A comma-separated choice, in the order of `names`; `none`, where it is a name, chooses nothing."""

    def chosen(text: str) -> list[str]:
        given = text.split(",")
        if unknown := [name for name in given if name not in names]:
            raise argparse.ArgumentTypeError(f"{', '.join(unknown)}: choose from {', '.join(names)}")
        return [name for name in names if name in given and name != "none"]

    return chosen


def _parser() -> argparse.ArgumentParser:
    peers = [peer.key for peer in PEERS]
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    add = parser.add_argument
    add(
        "--peers",
        type=_some_of([*peers, "none"]),
        default=peers,
        help=f"of {','.join(peers)}, or none (default: all)",
    )
    add("--payloads", type=_some_of(["S", "M", "L"]), default=["S", "M", "L"], help="default: S,M,L")
    add("--seconds", type=_at_least_one, default=6, help="per measurement (default: %(default)s)")
    add("--rounds", type=_at_least_one, default=3, help="the median counts (default: %(default)s)")
    add("--memory", action="store_true", help="also send 200,000 requests to ours and compare its size")
    add("--no-rates", dest="rates", action="store_false", help="leave out requests/s and start-up")
    add("--json", type=Path, metavar="FILE", help="write every figure there")
    return parser


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
