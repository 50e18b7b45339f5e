"""What workers tell their parent: through a file each, for they share nothing else."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

__all__ = ["Report", "Reports"]


@dataclass(frozen=True, slots=True)
class Report:
    """How far a worker got."""

    is_ready: bool = True
    """Whether it serves; False if it could not."""
    has_custom_service: bool = False
    """Whether its component has a ``custom_service``."""
    is_over: bool = False
    """Whether it was a custom service, and that returned."""
    sources: Mapping[str, int] = field(default_factory=dict)
    """The files its code was loaded from, and when each was changed."""


class Reports:
    """The reports of one service's workers, in a folder of their own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, pid: int, report: Report) -> None:
        """Replace the report of a worker."""
        fresh = self._folder / f"{pid}.new"
        fresh.write_text(json.dumps(asdict(report)), encoding="utf-8")
        fresh.replace(self._file(pid))

    def read(self, pid: int) -> Report | None:
        """The report of a worker, once there is one."""
        try:
            return Report(**json.loads(self._file(pid).read_text(encoding="utf-8")))
        except FileNotFoundError:
            return None

    def is_ready(self, pid: int) -> bool:
        """Whether a worker has said that it serves."""
        report = self.read(pid)
        return report is not None and report.is_ready

    def forget(self, pid: int) -> None:
        """Drop the report of a worker that is gone."""
        self._file(pid).unlink(missing_ok=True)

    def _file(self, pid: int) -> Path:
        return self._folder / f"{pid}.report"
