"""Resident size of our serving worker after many requests."""

import os
from dataclasses import dataclass
from pathlib import Path

from door import Running, check, running
from load import counted_load
from processes import Unmeasured
from rounds import write_bodies
from samples import Sample
from servers import Server

EARLY, LATE = 20_000, 200_000
LIMIT = 1.05
"""Size after LATE requests over size after EARLY."""


@dataclass(frozen=True, slots=True)
class Growth:
    """Resident bytes of one worker at two points."""

    early: int
    late: int

    @property
    def ratio(self) -> float:
        """1.0: it did not grow."""
        return self.late / self.early


def growth(server: Server, sample: Sample) -> Growth:
    """The worker's resident size after 20,000 and after 200,000 requests in all."""
    body = write_bodies([server], [sample])[server.key, "REST", sample.name]
    with running(server, sample) as here:
        before = _cpu_ticks(here)
        _send(here, body, EARLY)
        after = _cpu_ticks(here)
        worker = max(after, key=lambda pid: after[pid] - before.get(pid, 0))
        early = _resident_bytes(worker)
        _send(here, body, LATE - EARLY)
        check(here, "REST", sample)
        return Growth(early, _resident_bytes(worker))


def _send(here: Running, body: Path, requests: int) -> None:
    load = counted_load(here.url("REST"), body, requests)
    if load.problem:
        raise Unmeasured(f"of {requests} requests: {load.problem}")


def _cpu_ticks(here: Running) -> dict[int, int]:
    """User and system time of every process of the server's group: who serves is who works."""
    ticks = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            pid = int(entry.name)
            try:
                if os.getpgid(pid) == here.process.pid:
                    fields = (entry / "stat").read_text().rpartition(")")[2].split()
                    ticks[pid] = int(fields[11]) + int(fields[12])
            except (ProcessLookupError, FileNotFoundError):
                continue
    return ticks


def _resident_bytes(pid: int) -> int:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except FileNotFoundError as gone:
        raise Unmeasured(f"the serving worker {pid} ended during the run") from gone
    return pages * os.sysconf("SC_PAGE_SIZE")
