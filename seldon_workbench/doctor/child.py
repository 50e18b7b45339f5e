"""The process of a trial: takes its task from standard input, and writes what it sees to a file."""

import dataclasses
import json
import logging
import sys
from pathlib import Path
from typing import TextIO

from seldon_workbench.doctor.observations import Observation
from seldon_workbench.doctor.probe import probe
from seldon_workbench.target import find

__all__ = ["main"]


def main(task: TextIO = sys.stdin) -> int:
    """Run one trial; the exit code is 0 however it went, unless user code ends the process."""
    given = json.loads(task.read())
    logging.disable()  # what fails is told as a finding
    with Path(given["told"]).open("a", encoding="utf-8", buffering=1) as told:

        def tell(seen: Observation) -> None:
            told.write(f"{json.dumps(dataclasses.asdict(seen))}\n")

        probe(lambda: find(given["target"]), given["parameters"], tell, given["payload"])
    return 0
