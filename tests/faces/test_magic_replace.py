"""Serving a name again: the ports stay, and what fails replaces nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from .shell import Shell, open_shell

CELL = """
class Model:
    version = 1
    def predict(self, X):
        return [[self.version]]
"""

FAILING = {
    "constructing": "def __init__(self): raise OSError('no disk')",
    "loading": "def load(self): raise OSError('no model')",
    "exiting": "def load(self): raise SystemExit(3)",
    "missing a parameter": "def __init__(self, depth): ...",
}


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    with open_shell(tmp_path / "ipython") as opened:
        opened.run(CELL)
        opened.run("%seldon serve Model")
        yield opened


def version(shell: Shell) -> int:
    return int(shell.ask()["data"]["ndarray"][0][0])


def test_a_cell_that_is_run_again_keeps_the_ports(shell: Shell) -> None:
    ports = shell.sessions["Model"].ports
    for _ in range(3):
        shell.run(CELL + "    version = 2\n%seldon serve Model")
    assert list(shell.sessions) == ["Model"]
    assert shell.sessions["Model"].ports == ports
    assert version(shell) == 2


def test_a_name_of_her_own_keeps_its_ports_whatever_it_serves(shell: Shell) -> None:
    shell.run("%seldon serve Model --name mine")
    ports = shell.sessions["mine"].ports
    shell.run("def double(X):\n    return X * 2\n%seldon serve double --name mine")
    assert shell.sessions["mine"].ports == ports
    assert shell.ask(name="mine")["data"]["ndarray"] == [[2, 4]]


@pytest.mark.parametrize("failing", FAILING.values(), ids=FAILING.keys())
def test_the_old_one_keeps_serving_if_the_new_one_fails(shell: Shell, failing: str) -> None:
    before = shell.sessions["Model"]
    shell.complaint(f"class Model:\n    {failing}\n    def predict(self, X): ...\n\n%seldon serve Model")
    assert shell.sessions["Model"] is before
    assert version(shell) == 1
    shell.run(CELL + "    version = 3\n%seldon serve Model")
    assert shell.sessions["Model"].ports is not None
    assert version(shell) == 3


def test_the_old_one_keeps_serving_if_the_port_asked_for_is_taken(shell: Shell) -> None:
    shell.run("%seldon serve Model --name other")
    taken = shell.sessions["other"].ports
    assert taken is not None
    assert f"port {taken.rest} is in use" in shell.complaint(f"%seldon serve Model --http-port {taken.rest}")
    assert version(shell) == 1


def test_a_port_that_is_asked_for_is_moved_to(shell: Shell) -> None:
    before = shell.sessions["Model"].ports
    shell.run("%seldon serve Model --http-port 0")
    after = shell.sessions["Model"].ports
    assert before is not None
    assert after is not None
    assert after.rest != before.rest
    assert (after.grpc, after.metrics) == (before.grpc, before.metrics)
    assert version(shell) == 1


def test_counting_begins_anew_with_the_new_one(shell: Shell) -> None:
    version(shell)
    shell.run("%seldon serve Model")
    assert shell.run("%seldon status").data[0]["requests"] == 0
