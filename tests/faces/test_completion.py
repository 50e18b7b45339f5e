"""Tab after ``%seldon``, through the completer that the notebook asks."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from IPython.core.completer import provisionalcompleter

from .shell import Shell, open_shell

CELL = """
import numpy as np
from functools import reduce
from sklearn.linear_model import LogisticRegression, LinearRegression
from seldon_core.user_model import SeldonComponent, SeldonResponse

class IrisClassifier:
    def predict(self, X): return X

class Router(SeldonComponent):
    def route(self, X, names): return 0

class IrisData: pass

def iris_doubled(X): return X * 2

estimator = LogisticRegression()
instance = IrisClassifier()
iris_count = 3
_hidden = IrisClassifier()
"""


@pytest.fixture(scope="module", params=[False, True], ids=["without_jedi", "with_jedi"])
def shell(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    with open_shell(tmp_path_factory.mktemp("ipython")) as opened:
        opened.ip.Completer.use_jedi = request.param
        opened.run(CELL)
        opened.run("%seldon serve IrisClassifier --name first")
        opened.run("%seldon serve iris_doubled")
        yield opened


def completed(shell: Shell, text: str) -> list[str]:
    """The texts that may replace the end of a line, as a kernel hands them to its front end."""
    with provisionalcompleter():
        found = list(shell.ip.Completer.completions(text, len(text)))
    return [text[: each.start] + each.text for each in found]


def added(shell: Shell, text: str) -> list[str]:
    """The last word of each completed line."""
    return [line.split()[-1] for line in completed(shell, text)]


COMMANDS = ["serve", "status", "send", "doctor", "logs", "stop"]


@pytest.mark.parametrize("start", ["%seldon ", "%%seldon ", "r = %seldon ", "  %seldon ", "seldon "])
def test_every_subcommand_is_offered_and_nothing_else(shell: Shell, start: str) -> None:
    assert completed(shell, start) == [start + command for command in COMMANDS]


def test_a_subcommand_that_was_begun_is_ended(shell: Shell) -> None:
    assert added(shell, "%seldon st") == ["status", "stop"]


def test_the_magic_itself_is_completed(shell: Shell) -> None:
    assert "%seldon" in added(shell, "%sel")


def test_serve_offers_components_first_then_functions(shell: Shell) -> None:
    assert added(shell, "%seldon serve ") == [
        *("IrisClassifier", "Router", "estimator", "instance"),
        "iris_doubled",
    ]


def test_serve_completes_a_class_name(shell: Shell) -> None:
    assert added(shell, "%seldon serve Ir") == ["IrisClassifier"]


def test_names_of_the_notebook_and_files_beside_it_are_offered_together(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "iris.py").touch()
    assert added(shell, "%seldon serve iris") == ["iris_doubled", "iris.py"]


def test_the_components_of_a_file_are_offered_without_running_it(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    source = "1 / 0\nclass A:\n    def predict(self, X): ...\nclass Data: ...\n"
    (tmp_path / "two.py").write_text(source + "class B:\n    def route_raw(self, message): ...\n")
    assert completed(shell, "%seldon serve two.py:") == ["%seldon serve two.py:A", "%seldon serve two.py:B"]
    assert added(shell, "%seldon serve two.py:B") == ["two.py:B"]


@pytest.mark.parametrize("content", ["class :", "\0"])
def test_a_file_that_is_no_python_offers_nothing(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "broken.py").write_text(content)
    assert completed(shell, "%seldon serve broken.py:Zq") == []


@pytest.mark.parametrize(
    "start", ["%seldon stop ", "%%seldon send predict --name ", "%seldon serve X --name "]
)
def test_running_servers_are_offered_by_name(shell: Shell, start: str) -> None:
    assert added(shell, start) == ["first", "iris_doubled"]


def test_flags_are_offered_after_a_dash_and_once_the_target_stands(shell: Shell) -> None:
    assert added(shell, "%seldon serve IrisClassifier --na") == ["--name"]
    assert {"--name", "--param", "--http-port"} <= set(added(shell, "%seldon serve IrisClassifier "))
    assert added(shell, "%seldon logs ") == ["--help", "--lines"]


def test_a_flags_value_is_offered_where_it_has_choices(shell: Shell) -> None:
    assert added(shell, "%%seldon send predict --via ") == ["direct", "rest", "grpc"]
    assert added(shell, "%seldon serve X --log-level W") == ["WARNING"]


def test_a_flags_value_is_not_taken_for_the_target(shell: Shell) -> None:
    assert "IrisClassifier" in added(shell, "%seldon serve --name mine ")


def test_send_offers_seldons_verbs(shell: Shell) -> None:
    offered = added(shell, "%%seldon send ")
    assert offered[0] == "predict"
    assert {"transform-input", "send-feedback", "metadata"} <= set(offered)


@pytest.mark.parametrize(
    "text", ["%seldon serve IrisClassifier\niris_c", "%%seldon send predict\niris_c", "iris_c"]
)
def test_other_lines_are_none_of_our_business(shell: Shell, text: str) -> None:
    assert added(shell, text) == ["iris_count"]


@pytest.mark.parametrize("text", ["%seldon bogus Zq", "%seldon logs --lines Zq"])
def test_where_nothing_is_known_nothing_is_offered(shell: Shell, text: str) -> None:
    assert completed(shell, text) == []


def test_a_completion_tells_of_what_kind_it_is(shell: Shell) -> None:
    text = "%seldon serve i"
    with provisionalcompleter():
        kinds = {each.text: each.type for each in shell.ip.Completer.completions(text, len(text))}
    assert kinds["instance"] == "instance"
    assert kinds["iris_doubled"] == "function"
