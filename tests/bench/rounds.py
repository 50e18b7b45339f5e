"""Requests per second of every server, in rounds over all of them: drift of the machine hits all alike."""

import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import messages
from door import Running, check, running
from load import Load, grpc_load, rest_load
from processes import Unmeasured, busy_share
from samples import Sample
from servers import STATE, Server

Place = tuple[str, str, str]
"""Server key, transport, sample name."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is measured, and for how long."""

    servers: Sequence[Server]
    samples: Sequence[Sample]
    seconds: int
    rounds: int

    @property
    def warm_up(self) -> int:
        """Seconds of unmeasured load before each measurement."""
        return max(1, self.seconds // 4)

    @property
    def places(self) -> list[Place]:
        """Every figure of one round."""
        return [
            (server.key, transport, sample.name)
            for server in self.servers
            for transport in server.transports
            for sample in self.samples
        ]


@dataclass(slots=True)
class Figures:
    """The figures as they come in."""

    rates: dict[Place, list[float]] = field(default_factory=dict)
    """Requests per second, one per round."""
    busy: list[float] = field(default_factory=list)
    """The share of the machine others used just before each round, 0 to 1."""
    problems: list[str] = field(default_factory=list)
    """What could not be measured, or not without errors."""

    def median(self, server: str, transport: str, sample: str) -> float | None:
        """Over the rounds; None when no round gave a figure."""
        rates = self.rates.get((server, transport, sample))
        return statistics.median(rates) if rates else None

    def problem(self, text: str) -> None:
        """Say it now, and again in the report."""
        print(f"!! {text}", flush=True)
        self.problems.append(text)


class Progress:
    """Where the run is, and about how long it still takes."""

    def __init__(self, total: int, guess: float) -> None:
        self.total = total
        self.guess = guess
        """Seconds one measurement takes, until the first is done."""
        self.done = 0
        self.begun = time.monotonic()

    def step(self, text: str, *, dropped: int = 0) -> None:
        """One more measurement is behind us, or so many fall away."""
        self.total -= dropped
        self.done += not dropped
        each = (time.monotonic() - self.begun) / self.done if self.done else self.guess
        left = each * (self.total - self.done)
        minutes = f"{left / 60:.0f} min" if left >= 90 else f"{left:.0f} s"
        print(f"[{self.done:>3}/{self.total}, about {minutes} left] {text}", flush=True)


def write_bodies(servers: Sequence[Server], samples: Sequence[Sample]) -> Mapping[Place, Path]:
    """A file per server, transport and sample holding what the load generator posts."""
    folder = STATE / "bodies"
    folder.mkdir(parents=True, exist_ok=True)
    bodies: dict[Place, Path] = {}
    for server in servers:
        for sample in samples:
            if server.form is not None:
                path = folder / f"{server.key}-{sample.name}.json"
                path.write_text(server.form.body(sample))
                bodies[server.key, "REST", sample.name] = path
            if server.rpc is not None:
                path = folder / f"{server.key}-{sample.name}.grpc"
                path.write_bytes(messages.framed(messages.message_from(sample)))
                bodies[server.key, "gRPC", sample.name] = path
    return bodies


def measure(plan: Plan, figures: Figures) -> None:
    """All rounds. A server that fails is reported, left out of the later rounds, and stops nothing."""
    bodies = write_bodies(plan.servers, plan.samples)
    progress = Progress(len(plan.places) * plan.rounds, plan.seconds + plan.warm_up + 1.0)
    failed: set[str] = set()
    for number in range(1, plan.rounds + 1):
        figures.busy.append(busy_share())
        for server in plan.servers:
            count = len(server.transports) * len(plan.samples)
            before = progress.done
            where = f"round {number}/{plan.rounds} · {server.title}"
            if server.key not in failed:
                try:
                    _measure_server(server, plan, bodies, figures, progress, where)
                except Unmeasured as failure:
                    failed.add(server.key)
                    figures.problem(f"{server.title}: {failure}")
            if skipped := before + count - progress.done:
                progress.step(f"{where}: {skipped} not measured", dropped=skipped)


def _measure_server(
    server: Server,
    plan: Plan,
    bodies: Mapping[Place, Path],
    figures: Figures,
    progress: Progress,
    where: str,
) -> None:
    with running(server, plan.samples[0]) as here:
        for transport in server.transports:
            for sample in plan.samples:
                place = (server.key, transport, sample.name)
                load = _measure_place(here, transport, sample, bodies[place], plan)
                label = f"{where} · {transport} {sample.name}"
                if load.problem:
                    figures.problem(f"{label}: {load.problem}; this figure does not count")
                else:
                    figures.rates.setdefault(place, []).append(load.rate)
                progress.step(f"{label}: {load.rate:,.1f} requests/s")


def _measure_place(here: Running, transport: str, sample: Sample, body: Path, plan: Plan) -> Load:
    """Check, warm up, check, measure, check.

    The middle check also waits for the requests the warm-up left behind: a slow server still works on them
    although their clients are gone.
    """
    url = here.url(transport)
    size = check(here, transport, sample)
    loads = []
    for seconds in (plan.warm_up, plan.seconds):
        if transport == "REST":
            loads.append(rest_load(url, body, seconds))
        else:
            loads.append(grpc_load(url, body, seconds, size))
        check(here, transport, sample)
    return loads[-1]
