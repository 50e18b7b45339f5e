"""``%seldon serve``, ``status``, ``send`` and ``stop`` in a shell, each on what a notebook holds."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seldon_workbench import unload_ipython_extension
from seldon_workbench.outcome import Outcome

from .shell import Shell, open_shell

IRIS = Path(__file__).parents[2] / "notebooks" / "iris.py"

CELL = """
import numpy as np

class Scaled:
    "Multiplies."
    def __init__(self, factor=2, text="", exact=False):
        self.factor, self.text, self.exact = factor, text, exact
    def predict(self, X, names):
        return np.asarray(X) * self.factor
    def tags(self):
        return {"factor": self.factor, "text": self.text, "exact": self.exact}

instance = Scaled(3)

def double(X):
    return X * 2

def fitted():
    from sklearn.linear_model import LinearRegression
    return LinearRegression().fit([[1, 0], [0, 1], [1, 1]], [1.0, 2.0, 3.0])

estimator = fitted()
"""


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    with open_shell(tmp_path / "ipython") as opened:
        opened.run(CELL)
        yield opened


def is_open(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.parametrize(
    ("target", "name", "answer"),
    [
        ("Scaled", "Scaled", [[2, 4]]),
        ("instance", "instance", [[3, 6]]),
        ("double", "double", [[2, 4]]),
        ("estimator", "estimator", [5.0]),
    ],
)
def test_what_the_notebook_holds_is_served(shell: Shell, target: str, name: str, answer: Any) -> None:
    outcome = shell.run(f"%seldon serve {target}")
    assert list(shell.sessions) == [name]
    assert outcome.text.startswith(f"{name} is served (predict)")
    assert np.asarray(shell.ask()["data"]["ndarray"]) == pytest.approx(np.asarray(answer))


@pytest.mark.parametrize("words", ["{0}:IrisClassifier", "{0}", "'{0}:IrisClassifier'", '"{0}"'])
def test_a_file_is_served(shell: Shell, words: str) -> None:
    outcome = shell.run(f"%seldon serve {words.format(IRIS)}")
    assert "IrisClassifier" in outcome.text
    assert "[[1.0,1.0,1.0,1.0]]" in outcome.text
    reply = shell.ask({"data": {"ndarray": [[5.1, 3.5, 1.4, 0.2]]}})
    assert reply["data"]["names"] == ["setosa", "versicolor", "virginica"]


def test_a_file_in_a_folder_with_spaces_is_served(shell: Shell, tmp_path: Path) -> None:
    folder = tmp_path / "my models"
    folder.mkdir()
    (folder / "spaced_target.py").write_text("class Spaced:\n    def predict(self, X):\n        return X\n")
    shell.run(f'%seldon serve "{folder}/spaced_target.py:Spaced"  # it\'s in a folder')
    assert list(shell.sessions) == ["Spaced"]


def test_a_windows_path_arrives_with_its_backslashes(shell: Shell) -> None:
    assert r"C:\Users\me\iris.py" in shell.complaint(r"%seldon serve C:\Users\me\iris.py:Iris")


@pytest.mark.parametrize("line", ["serve Scaled # mine", "serve Scaled # it's mine", "serve Scaled  #"])
def test_a_comment_is_no_argument(shell: Shell, line: str) -> None:
    shell.run(f"%seldon {line}")
    assert list(shell.sessions) == ["Scaled"]


def test_a_server_may_have_a_name_of_her_own(shell: Shell) -> None:
    shell.run("%seldon serve Scaled --name one")
    shell.run("%seldon serve Scaled --name two -p factor=5")
    assert shell.ask(name="one")["data"]["ndarray"] == [[2, 4]]
    assert shell.ask(name="two")["data"]["ndarray"] == [[5, 10]]


def test_parameters_are_given_by_name(shell: Shell) -> None:
    shell.run("%seldon serve Scaled --param factor=-1.5 -p text='a b' -p exact=true")
    assert shell.ask()["meta"]["tags"] == {"factor": -1.5, "text": "a b", "exact": True}


def test_parameters_are_given_typed_as_seldon_does(shell: Shell) -> None:
    typed = json.dumps(
        [
            {"name": "factor", "value": "4", "type": "INT"},
            {"name": "text", "value": "4", "type": "STRING"},
            {"name": "exact", "value": "true", "type": "BOOL"},
        ]
    )
    shell.run(f"%seldon serve Scaled --parameters '{typed}'")
    assert shell.ask()["meta"]["tags"] == {"factor": 4, "text": "4", "exact": True}


def test_nothing_in_the_line_is_expanded(shell: Shell) -> None:
    shell.run("factor = 7")
    shell.run("%seldon serve Scaled -p text='{factor} $factor'")
    assert shell.ask()["meta"]["tags"]["text"] == "{factor} $factor"


def test_the_curl_line_is_one_that_works(shell: Shell) -> None:
    outcome = shell.run("%seldon serve estimator")
    assert "[[1.0,1.0]]}}" in outcome.text  # as many columns as the estimator was fitted with
    _, payload = outcome.text.split(" -d ")
    assert shell.ask(json.loads(payload.strip("'")))["data"]["ndarray"] == pytest.approx([3.0])


def test_a_result_is_kept_and_its_data_read(shell: Shell) -> None:
    shell.run("%seldon serve Scaled")
    shell.ask()
    shell.run("r = %seldon status")
    kept = shell.ip.user_ns["r"]
    assert isinstance(kept, Outcome)
    assert kept.data[0]["requests"] == 1
    assert shell.run("r.data[0]['addresses']['rest']").startswith("http://127.0.0.1:")
    assert set(shell.ip.display_formatter.format(kept)[0]) == {"text/plain", "text/html"}


def test_a_result_is_shown_as_text_in_a_terminal(shell: Shell) -> None:
    shell.run("%seldon serve Scaled")
    shell.run("%seldon status")
    assert shell.shown.startswith("Out[")
    assert "Scaled  Scaled  http://127.0.0.1:" in shell.shown


@pytest.mark.parametrize("via", ["rest", "grpc", "direct"])
def test_a_cells_body_is_sent(shell: Shell, via: str) -> None:
    shell.run("%seldon serve Scaled")
    outcome = shell.run(f'%%seldon send predict --via {via}\n{{"data": {{"ndarray": [[-1, "#2"]]}}}}')
    assert outcome.exit_code == 1
    outcome = shell.run(f'%%seldon send --via {via}  # it\'s a comment\n{{"data": {{"ndarray": [[-1, 2]]}}}}')
    assert outcome.data["data"]["ndarray"] == [[-2, 4]]
    assert outcome.exit_code == 0


def test_a_file_is_sent(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "it.json").write_text('{"data": {"ndarray": [[1]]}}')
    shell.run("%seldon serve Scaled")
    assert shell.run(f"%seldon send -d @{tmp_path}/it.json").data["data"]["ndarray"] == [[2]]


def test_what_takes_no_payload_is_sent_without_a_body(shell: Shell) -> None:
    shell.run("%seldon serve Scaled")
    assert shell.run("%seldon send health-status").exit_code == 0
    assert shell.run("%seldon send metadata --via grpc").exit_code == 0


def test_a_request_goes_to_the_server_that_was_named(shell: Shell) -> None:
    shell.run("%seldon serve Scaled")
    shell.run("%seldon serve double")
    body = '{"data": {"ndarray": [[1]]}}'
    assert "2 servers run" in shell.complaint(f"%%seldon send\n{body}")
    assert shell.run(f"%%seldon send --name double\n{body}").data["data"]["ndarray"] == [[2]]


def test_stop_frees_the_ports_of_one_or_of_all(shell: Shell) -> None:
    shell.run("%seldon serve Scaled")
    shell.run("%seldon serve double")
    ports = {name: session.ports for name, session in shell.sessions.items()}
    assert all(is_open(port) for each in ports.values() for port in (each.rest, each.grpc, each.metrics))
    assert shell.run("%seldon stop double").text == "double is stopped; its ports are free"
    assert is_open(ports["Scaled"].rest)
    assert not is_open(ports["double"].rest)
    shell.run("%seldon stop")
    assert not any(is_open(port) for each in ports.values() for port in (each.rest, each.grpc, each.metrics))
    assert shell.run("%seldon stop").text == "nothing was served"
    assert shell.run("%seldon status").data == []


def test_what_a_component_logs_and_raises_is_in_the_log_and_not_in_the_cell(shell: Shell) -> None:
    shell.run("def broken(X):\n    depth = 41\n    raise ValueError('too deep')\n%seldon serve broken")
    outcome = shell.run('%%seldon send\n{"data": {"ndarray": [[1]]}}')
    assert outcome.data["status"]["info"] == "too deep"
    assert "Traceback" not in shell.shown
    log = shell.run("%seldon logs -n 1").text
    assert "raise ValueError('too deep')" in log
    assert "seldon_workbench/component.py" not in log


def test_unloading_stops_everything_and_takes_the_magic_away(shell: Shell) -> None:
    shell.run("%seldon serve Scaled")
    (session,) = shell.sessions.values()
    ports = session.ports
    assert ports is not None
    matchers = len(shell.ip.Completer.custom_matchers)
    shell.run("%unload_ext seldon_workbench")
    assert not is_open(ports.rest)
    assert not is_open(ports.grpc)
    assert "not found" in shell.complaint("%seldon status")
    assert len(shell.ip.Completer.custom_matchers) == matchers - 1


def test_reloading_leaves_one_magic_and_no_server(shell: Shell) -> None:
    shell.run("%seldon serve Scaled")
    shell.run("%reload_ext seldon_workbench")
    assert shell.sessions == {}
    assert len(shell.ip.Completer.custom_matchers) == 1
    shell.run("%load_ext seldon_workbench")
    assert "already loaded" in shell.shown
    shell.run("%seldon serve Scaled")
    assert shell.ask()["data"]["ndarray"] == [[2, 4]]


def test_unloading_twice_is_no_error(shell: Shell) -> None:
    shell.run("%unload_ext seldon_workbench")
    unload_ipython_extension(shell.ip)


def test_a_flag_that_means_nothing_in_a_kernel_is_named(shell: Shell) -> None:
    outcome = shell.run("%seldon serve Scaled --workers 4 --threads 2")
    assert outcome.text.endswith("a kernel serves in one process, without --workers")
    assert "without --workers" in outcome.html


def test_a_kernel_offers_no_address_but_its_own(shell: Shell) -> None:
    assert "does not take --host" in shell.complaint("%seldon serve Scaled --host 0.0.0.0")
