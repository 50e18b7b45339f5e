"""A trial: the component really run, in a process of its own, or on a thread of the kernel whose class it is.

Rule: a trial always ends. What hangs is killed with its process, or left behind on a daemon thread.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from seldon_workbench.doctor.observations import Observation
from seldon_workbench.settings import Parameters

__all__ = ["Order", "in_kernel", "in_process"]


@dataclass(frozen=True, slots=True)
class Order:
    """What to try, and how."""

    target: str
    parameters: Parameters = field(default_factory=dict)
    payload: Any = None
    """A request in its JSON form, in place of the example."""
    timeout: float = 60.0
    """Seconds for all of it."""


_CHILD = "import sys; from seldon_workbench.__main__ import doctor_trial; sys.exit(doctor_trial())"
"""What the process runs: a composition root, for user code may import seldon_core."""


def in_process(order: Order) -> list[Observation]:
    """Try a component of a file in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder) / "told"
        told.touch()
        task = {"target": order.target, "parameters": dict(order.parameters), "payload": order.payload}
        ended, said = _run(json.dumps(task | {"told": str(told)}), order.timeout)
        seen = [Observation(**json.loads(line)) for line in told.read_text(encoding="utf-8").splitlines()]
    if ended is None:
        seen.append(_hung(seen, order))
    elif ended != 0:
        last = said.strip().splitlines()[-1:] or [f"exit code {ended}"]
        seen.append(Observation("R105", f"the process died in {_stage(seen)}: {last[0]}"))
    return seen


def _run(task: str, timeout: float) -> tuple[int | None, str]:
    """Exit code, None if it had to be killed, and what it wrote to stderr."""
    process = subprocess.Popen(  # noqa: S603 - this interpreter, and a program of ours
        [sys.executable, "-c", _CHILD],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    try:
        _, said = process.communicate(task, timeout)
    except subprocess.TimeoutExpired:
        return None, ""
    finally:
        _kill(process)
    return process.returncode, said


def _kill(process: "subprocess.Popen[str]") -> None:
    """End a process, and what it has started."""
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.communicate()


def in_kernel(order: Order, namespace: Mapping[str, Any]) -> list[Observation]:
    """Try a class of a notebook on a thread of its kernel: no other process has it."""
    from seldon_workbench.doctor.probe import probe  # numpy and protobuf, which reading does without
    from seldon_workbench.target import find

    seen: list[Observation] = []
    thread = threading.Thread(
        target=lambda: probe(
            lambda: find(order.target, namespace), order.parameters, seen.append, order.payload
        ),
        name="seldon-doctor-trial",
        daemon=True,
    )
    thread.start()
    thread.join(order.timeout)
    return [*seen, _hung(seen, order)] if thread.is_alive() else seen


def _hung(seen: Sequence[Observation], order: Order) -> Observation:
    return Observation("R104", f"{_stage(seen)} did not come to an end within {order.timeout:g} s")


def _stage(seen: Sequence[Observation]) -> str:
    """Where a trial was when it stopped telling."""
    return next(_stages(reversed(seen)), "the start of Python")


def _stages(seen: Iterator[Observation]) -> Iterator[str]:
    return (each.message for each in seen if not each.code)
