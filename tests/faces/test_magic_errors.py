"""What the magic says when something is wrong: ours in a line and a hint, the user's as her traceback."""

import socket
import sys
from collections.abc import Iterator

import pytest

from seldon_workbench.commands import COMMANDS

from .shell import Shell, open_shell

CELL = """
import numpy as np

class IrisClassifier:
    def predict(self, X): return X

class Inner:
    def __init__(self, depth):
        scale = depth + 1
        raise ValueError("no model")

class Constructed:
    def __init__(self):
        depth = 41
        Inner(depth)
    def predict(self, X): return X

class Loaded:
    def load(self):
        depth = 41
        return 1 / 0
    def predict(self, X): return X

class Exiting:
    def __init__(self):
        import sys
        sys.exit("no model here")
    def predict(self, X): return X

number = 3
"""


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    with open_shell(tmp_path_factory.mktemp("ipython")) as opened:
        opened.run(CELL)
        yield opened


@pytest.mark.parametrize(
    ("line", "said", "hint"),
    [
        ("serve IrisClasifier", "IrisClasifier is no name of this notebook", "did you mean IrisClassifier?"),
        ("serve Qwzk", "Qwzk is no name of this notebook", "run the cell that defines it"),
        ("serve opne", "opne is no name of this notebook", "run the cell that defines it"),
        ("serve number", "number is a int, which cannot be served", "serve a class with predict"),
        ("serve np", "np is a module, which cannot be served", "serve a class with predict"),
        ("serve absent.py:Iris", "there is no file absent.py", ""),
        ("serve", "the following arguments are required: TARGET", "see %seldon serve --help"),
        ("bogus", "invalid choice: 'bogus'", "see %seldon --help"),
        ("serve IrisClassifier --bogus 3", "serve does not take --bogus 3", "see %seldon serve --help"),
        ("serve IrisClassifier extra", "serve does not take extra", "see %seldon serve --help"),
        ("serve IrisClassifier --http-port many", "invalid int value: 'many'", "see %seldon serve --help"),
        ("serve IrisClassifier --http-port 70000", "http_port 70000 is no port", "use 0 to 65535"),
        ("serve IrisClassifier -p depth", "--param 'depth' is not NAME=VALUE", "for example --param depth=3"),
        ("serve IrisClassifier -p depth=3", "IrisClassifier cannot be constructed", "it takes ()"),
        ("serve IrisClassifier --parameters [", "parameters are not JSON", 'write [{"name": "depth"'),
        ("serve 'IrisClassifier", "No closing quotation", "close the quote"),
        ("stop nobody", "no server is called 'nobody'", "running: none"),
        ("send predict", "no payload", "give --data JSON"),
        ("send predict -d '{}'", "nothing is served", "%seldon serve MyModel comes first"),
        ("send predict -d [", "the payload is not JSON", 'for example {"data"'),
        ("send predict -d @absent.json", "absent.json cannot be read: No such file", ""),
    ],
)
def test_a_mistake_is_said_in_a_line_and_a_hint(shell: Shell, line: str, said: str, hint: str) -> None:
    lines = shell.complaint(f"%seldon {line}").splitlines()
    assert lines[0].startswith("UsageError: ")
    assert said in lines[0]
    assert len(lines) == (2 if hint else 1)
    assert hint in lines[-1]
    assert shell.sessions == {}


def test_a_port_in_use_names_the_next_free_one(shell: Shell) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said, hint = shell.complaint(f"%seldon serve IrisClassifier --http-port {port}").splitlines()
    assert said == f"UsageError: port {port} is in use"
    free = int(hint.removeprefix("  use port ").partition(",")[0])
    assert free > port
    shell.run(f"%seldon serve IrisClassifier --http-port {free}")
    shell.run("%seldon stop")


def test_an_exception_while_constructing_is_shown_from_her_own_frame_on(shell: Shell) -> None:
    shown = shell.complaint("%seldon serve Constructed")
    assert "ValueError: no model" in shown
    assert "in Constructed.__init__(self)" in shown
    assert "in Inner.__init__(self, depth)" in shown
    assert "seldon_workbench/" not in shown
    assert shown.endswith("seldon: __init__ failed: ValueError: no model; nothing was replaced")


def test_an_exception_while_loading_is_shown_from_her_own_frame_on(shell: Shell) -> None:
    shown = shell.complaint("%seldon serve Loaded")
    assert "in Loaded.load(self)" in shown
    assert "seldon_workbench/" not in shown
    assert "load() failed: ZeroDivisionError" in shown


def test_her_variables_are_there_to_look_at_afterwards(shell: Shell) -> None:
    shell.complaint("%seldon serve Constructed")
    traceback = sys.last_traceback
    frames = []
    while traceback is not None:
        frames.append(traceback.tb_frame)
        traceback = traceback.tb_next
    assert frames[-1].f_locals["scale"] == 42
    assert frames[-2].f_locals["depth"] == 41


def test_her_variables_are_shown_where_she_wants_to_see_them(shell: Shell) -> None:
    shell.run("%xmode Verbose")
    try:
        assert "depth = 41" in shell.complaint("%seldon serve Loaded")
    finally:
        shell.run("%xmode Context")


def test_a_component_that_exits_does_not_end_the_kernel(shell: Shell) -> None:
    assert "SystemExit: no model here" in shell.complaint("%seldon serve Exiting")
    assert shell.run("1 + 1") == 2


@pytest.mark.parametrize("line", ["", "--help", "-h"])
def test_the_magic_explains_itself(shell: Shell, line: str) -> None:
    assert shell.run(f"%seldon {line}") is None
    assert "usage: %seldon" in shell.shown
    assert "a fitted estimator or a function" in " ".join(shell.shown.split())
    for name, command in COMMANDS.items():
        assert name in shell.shown
        assert command.help in shell.shown


def test_a_question_mark_explains_the_magic(shell: Shell) -> None:
    pages: list[str] = []
    shell.ip.set_hook("show_in_pager", lambda self, data, start, screen_lines: pages.append(str(data)))
    shell.run("%seldon?")
    assert "usage: %seldon" in "".join([*pages, shell.shown])


@pytest.mark.parametrize("name", COMMANDS)
def test_every_subcommand_explains_itself(shell: Shell, name: str) -> None:
    shell.run(f"%seldon {name} --help")
    assert shell.shown.startswith(f"usage: %seldon {name}")
    assert COMMANDS[name].help in shell.shown
