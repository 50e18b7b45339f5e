"""The targets, and what the figures say about each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rounds import Figures


@dataclass(frozen=True, slots=True)
class Target:
    """One server's rate over the best of others', per sample, and the least it should be."""

    title: str
    ours: str
    transport: str
    against: tuple[str, ...]
    """Server keys; the fastest of them counts, sample by sample."""
    least: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Ratio:
    """A target held against the figures of one sample."""

    title: str
    sample: str
    least: float
    figure: float | None
    """None: one side has no figure."""
    best: str
    """The server it was held against; empty without one."""
    missing: tuple[str, ...]
    """Servers it should also have been held against, which have no figure."""

    @property
    def verdict(self) -> str:
        """`met`, `MISSED` or `n/a`."""
        if self.figure is None:
            return "n/a"
        return "met" if self.figure >= self.least else "MISSED"


NEIGHBOURS = ("fastapi", "kserve", "mlserver")
TARGETS = (
    Target("REST vs seldon-core", "workbench", "REST", ("seldon",), {"S": 3.5, "M": 9.0, "L": 8.0}),
    Target("REST vs best neighbour", "workbench", "REST", NEIGHBOURS, {"S": 1.4, "M": 1.2, "L": 1.2}),
    Target("gRPC vs seldon-core", "workbench", "gRPC", ("seldon",), {"S": 2.5, "M": 50.0, "L": 60.0}),
    Target("gRPC vs raw-bytes echo", "workbench", "gRPC", ("echo",), {"S": 0.6, "M": 0.5, "L": 0.5}),
    Target("in-process vs gunicorn", "kernel", "REST", ("workbench",), {"S": 0.6, "M": 0.6, "L": 0.6}),
)


def ratios(figures: Figures, samples: Sequence[str]) -> list[Ratio]:
    """Every target for every sample that was measured."""
    return [_ratio(target, figures, sample) for target in TARGETS for sample in samples]


def _ratio(target: Target, figures: Figures, sample: str) -> Ratio:
    ours = figures.median(target.ours, target.transport, sample)
    rates = {key: figures.median(key, target.transport, sample) for key in target.against}
    found = {key: rate for key, rate in rates.items() if rate}
    best = max(found, key=lambda key: found[key], default="")
    figure = ours / found[best] if ours and best else None
    missing = tuple(key for key in target.against if key not in found)
    return Ratio(target.title, sample, target.least[sample], figure, best, missing)
