"""Starting and ending processes: each in a group of its own, the whole group killed at the end."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

SERVER_CORE = 0
LOAD_CORE = 1


class Unmeasured(Exception):
    """Something that was asked for could not be measured; the text says why."""


@dataclass(frozen=True, slots=True)
class Ports:
    """Three free ports of 127.0.0.1."""

    http: int
    grpc: int
    metrics: int


def free_ports() -> Ports:
    """Ports nobody listens on, held together while they are chosen so that all differ."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(3)]
        for held in sockets:
            held.bind(("127.0.0.1", 0))
        return Ports(*(held.getsockname()[1] for held in sockets))


def pinned(core: int, command: Sequence[str]) -> list[str]:
    """The command held to one core."""
    return ["taskset", "-c", str(core), *command]


def clean_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """This environment without Python's own variables, which would change what is measured."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return kept | dict(extra or {})


@contextmanager
def started(
    command: Sequence[str], *, cwd: Path, environment: Mapping[str, str], log: Path
) -> Iterator["subprocess.Popen[bytes]"]:
    """The command running in a new process group, its output in `log`; the group is gone afterwards."""
    if shutil.which(command[0]) is None:
        raise Unmeasured(f"{command[0]} does not exist or is not executable")
    with log.open("wb") as output:
        process = subprocess.Popen(
            pinned(SERVER_CORE, command),
            cwd=cwd,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        end_group(process)


def run(
    command: Sequence[str], *, timeout: float, environment: Mapping[str, str] | None = None
) -> tuple[int, str]:
    """Exit code and output (both streams) of a command that ends by itself, in a group of its own."""
    process = subprocess.Popen(
        list(command),
        env=None if environment is None else dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        output, _ = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired as late:
        raise Unmeasured(f"{Path(command[0]).name} did not end within {timeout:.0f} s") from late
    finally:
        end_group(process)
    return process.returncode, output.decode(errors="replace")


def end_group(process: "subprocess.Popen[bytes]", patience: float = 3.0) -> None:
    """Kill the process and everything in its group, and wait until the group is empty."""
    _signal_group(process.pid, signal.SIGKILL)
    process.wait()
    end = time.monotonic() + patience
    while _signal_group(process.pid, signal.SIGKILL) and time.monotonic() < end:
        time.sleep(0.02)


def _signal_group(group: int, number: signal.Signals) -> bool:
    """Whether the group still had a member to send the signal to."""
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return False
    return True


def busy_share(seconds: float = 1.0) -> float:
    """The share of all cores' time that somebody else's work takes at the moment, 0 to 1."""
    first = _core_ticks()
    time.sleep(seconds)
    idle, total = (late - early for late, early in zip(_core_ticks(), first, strict=True))
    return 1.0 - idle / max(total, 1)


def _core_ticks() -> tuple[int, int]:
    """Idle (with waiting for disks) and all ticks of all cores since the machine started."""
    ticks = [int(text) for text in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    return ticks[3] + ticks[4], sum(ticks)


def tail(log: Path, lines: int = 12) -> str:
    """The last lines of a log, indented."""
    text = log.read_text(errors="replace").splitlines()[-lines:]
    return "\n".join(f"    {line}" for line in text) or "    (the log is empty)"
