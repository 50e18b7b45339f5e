"""Metrics of several worker processes: one file each, put together at the scrape.

Rule: the sum over all workers never falls. When a worker is gone, its counters are folded into the
samples of the constant worker id ``exited``, in one rename, together with a note of its file; a scrape
that sees the note passes the file over.
"""

import json
import struct
import time
from collections.abc import Callable, Iterator
from pathlib import Path

# The file format behind prometheus-client's multiprocess mode. Its metric objects are no use here
# (one name with two label sets is refused), the memory-mapped dict under them is.
from prometheus_client.mmap_dict import MmapedDict

from seldon_workbench.metrics import Sample

__all__ = ["EXITED", "MetricFiles"]

EXITED = "exited"
"""The worker id of all workers that are gone."""

_FOLDED = "folded"
"""Type of the entries in the file of exited workers that name the files folded into it."""

_NOTES = 100
"""How many of those are kept."""


class MetricFiles:
    """The metric files of one service, in a folder of their own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._exited = folder / EXITED

    def mirror(self, pid: int) -> Callable[[Sample, float], None]:
        """What a new worker hands to its MetricStore: it writes every sample to the worker's file."""
        # The time keeps a pid that comes round again apart from its first holder.
        values = MmapedDict(str(self._folder / f"{pid}-{time.time_ns()}.db"))

        def write(sample: Sample, value: float) -> None:
            values.write_value(_key(sample), value, 0.0)

        return write

    def samples(self) -> dict[Sample, float]:
        """The samples of all workers, past and present."""
        # The files first: one that is gone by now is in the exited ones, which are read afterwards.
        workers = {path.name: list(_read(path)) for path in sorted(self._folder.glob("*.db"))}
        samples: dict[Sample, float] = {}
        for sample, value in _read(self._exited):
            if sample.type == _FOLDED:
                workers.pop(sample.key, None)
            else:
                samples[sample] = value
        for entries in workers.values():
            samples.update(entries)
        return samples

    def fold(self, pid: int) -> None:
        """Add the counters of a worker that is gone to those of the exited ones; drop its gauges."""
        for path in self._folder.glob(f"{pid}-*.db"):
            exited = dict(_read(self._exited))
            for sample, value in _read(path):
                if sample.type != "GAUGE":
                    sum_of = _of_exited(sample)
                    exited[sum_of] = exited.get(sum_of, 0.0) + value
            exited[Sample(_FOLDED, path.name, ())] = 1.0
            self._write_exited(_without_old_notes(exited))
            path.unlink()

    def _write_exited(self, samples: dict[Sample, float]) -> None:
        fresh = self._exited.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        values = MmapedDict(str(fresh))
        for sample, value in samples.items():
            values.write_value(_key(sample), value, 0.0)
        values.close()
        fresh.replace(self._exited)


def _without_old_notes(samples: dict[Sample, float]) -> dict[Sample, float]:
    """The samples with no more notes than a scrape under way can ask for: workers come and go for years."""
    notes = [sample for sample in samples if sample.type == _FOLDED]
    old = frozenset(notes[:-_NOTES])
    return {sample: value for sample, value in samples.items() if sample not in old}


def _key(sample: Sample) -> str:
    return json.dumps(sample)


def _read(path: Path) -> Iterator[tuple[Sample, float]]:
    try:
        entries = list(MmapedDict.read_all_values_from_file(str(path)))
    except (FileNotFoundError, struct.error):  # gone already, or made just now and still empty
        return
    for key, value, _, _ in entries:
        kind, name, labels, part = json.loads(key)
        yield Sample(kind, name, tuple((label, text) for label, text in labels), part), value


def _of_exited(sample: Sample) -> Sample:
    labels = dict(sample.labels) | {"worker_id": EXITED}
    return sample._replace(labels=tuple(sorted(labels.items())))
