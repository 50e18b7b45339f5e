"""Fixtures: a gateway that writes down what arrives, a served component, the console scripts."""

import os
import pty
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from server.serving import Served, serving

from .gateway import Gateway, gateway

ROOT = Path(__file__).resolve().parents[2]

Console = Callable[..., subprocess.CompletedProcess[str]]
"""What the fixture ``console`` is."""


@pytest.fixture
def here() -> Iterator[Gateway]:
    """A gateway of this test's own."""
    with gateway() as running:
        yield running


class Everything:
    """Implements what the companions call; keeps the rewards it was sent."""

    rewards: list[float]

    def __init__(self) -> None:
        self.rewards = []

    def predict(self, X: Any, names: Any = None) -> Any:
        """Identity, but for rows that begin with a negative number."""
        if hasattr(X, "dtype") and X.dtype.kind in "if" and X.size and X.ravel()[0] < 0:
            raise ValueError("a negative row")
        return X

    def route(self, X: Any, names: Any = None) -> int:
        """Always the second child."""
        return 1

    def aggregate(self, Xs: Any, names: Any = None) -> Any:
        """The first of them."""
        return Xs[0]

    def send_feedback(self, X: Any, names: Any, reward: float, truth: Any) -> None:
        """Keep the reward."""
        self.rewards.append(reward)


@pytest.fixture
def component() -> Everything:
    """What ``served`` serves."""
    return Everything()


@pytest.fixture
def served(component: Everything) -> Iterator[Served]:
    """That component, served in this process."""
    with serving(component) as server:
        yield server


def command(name: str) -> list[str]:
    """The words that run a console script of this checkout."""
    return [str(Path(sys.executable).parent / name)]


def surroundings(**env: str) -> dict[str, str]:
    """An environment in which this checkout's code runs, with no option of the batch processor set."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("SELDON_BATCH_")}
    return clean | {"PYTHONPATH": str(ROOT)} | env


@pytest.fixture
def console(tmp_path: Path) -> Console:
    """Runs a console script in a folder of its own."""

    def run(name: str, *words: object, **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*command(name), *map(str, words)],
            cwd=tmp_path,
            env=surroundings(**env),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


def on_a_terminal(words: list[str]) -> tuple[int, str]:
    """The exit status of a command whose stderr is a terminal, and what that showed."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(words, stderr=theirs, env=surroundings(TERM="xterm", COLUMNS="120")) as process:
        os.close(theirs)
        shown = b"".join(iter(lambda: _read(ours), b""))
    os.close(ours)
    return process.returncode, shown.decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:  # the other side is closed
        return b""
