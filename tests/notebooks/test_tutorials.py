"""The tutorials, top to bottom in a kernel of their own."""

import contextlib
import json
import re
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

FOLDER = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))

BEFORE = "import threading\nthreads_before = set(threading.enumerate())"
EXPECTED = """
import json
rows = [[5.1, 3.5, 1.4, 0.2], [6.7, 3.0, 5.2, 2.3], [5.9, 3.0, 5.1, 1.8]]
print(json.dumps(model.predict_proba(rows).tolist()))
"""
AFTER = "print([thread.name for thread in threading.enumerate() if thread not in threads_before])"


class Ran:
    """A notebook that was run, its outputs by the words their cell begins with."""

    def __init__(self, notebook: nbformat.NotebookNode) -> None:
        self._cells = [cell for cell in notebook.cells if cell.cell_type == "code"]

    def output(self, source: str) -> Mapping[str, str]:
        """The one output of the one cell that begins so, by its kind."""
        (cell,) = [each for each in self._cells if each.source.strip().startswith(source)]
        (output,) = cell.outputs
        return {"text/plain": output.text} if output.output_type == "stream" else dict(output.data)

    def text(self, source: str) -> str:
        """The same as words."""
        return self.output(source)["text/plain"]

    def reply(self, source: str) -> Any:
        """The reply that a cell shows."""
        return json.loads(self.text(source).rpartition("\n\n")[0])

    def ports(self) -> list[int]:
        """Every port that a cell names."""
        shown = "".join(str(cell.outputs) for cell in self._cells)
        return sorted({int(port) for port in re.findall(r"127\.0\.0\.1:(\d+)", shown)})


DEFAULT_PORTS = {9000, 5000, 6000}


@pytest.fixture(scope="module")
def _taken() -> Iterator[None]:
    """Somebody else has the default ports."""
    with contextlib.ExitStack() as others:
        for port in DEFAULT_PORTS:
            with contextlib.suppress(OSError):  # somebody else really has it
                others.enter_context(socket.create_server(("127.0.0.1", port)))
        yield


@pytest.fixture(scope="module")
def first(_taken: None) -> Ran:
    notebook = nbformat.read(FOLDER / "01_serve_a_model.ipynb", 4)
    place = next(place for place, cell in enumerate(notebook.cells) if "%load_ext" in cell.source)
    notebook.cells.insert(place + 1, nbformat.v4.new_code_cell(BEFORE))
    notebook.cells += [nbformat.v4.new_code_cell(source) for source in (EXPECTED, AFTER)]
    resources = {"metadata": {"path": str(FOLDER)}}
    NotebookClient(notebook, timeout=60, kernel_name="python3", resources=resources).execute()
    return Ran(notebook)


def test_serving_shows_links_and_a_line_to_try(first: Ran) -> None:
    shown = first.output("%seldon serve IrisClassifier")
    assert "IrisClassifier is served (predict)" in shown["text/plain"]
    rest = re.findall(r"REST +(http://127\.0\.0\.1:\d+)", shown["text/plain"])[0]
    links = re.findall(r'href="([^"]+)"', shown["text/html"])
    assert links == [f"{rest}/docs", f"{rest}/health/status", f"{rest}/metadata", f"{rest}/metrics"]
    assert f"curl -s {rest}/api/v1.0/predictions" in shown["text/plain"]
    assert re.search(r"gRPC +127\.0\.0\.1:\d+", shown["text/plain"])


def test_rest_answers_what_the_model_says(first: Ran) -> None:
    expected = json.loads(first.text("import json"))
    reply = first.reply("%%seldon send predict\n")
    assert reply["data"] == {"names": ["setosa", "versicolor", "virginica"], "ndarray": expected[:2]}
    assert reply["meta"]["tags"] == {"trained_on": "iris", "sure": True}


def test_grpc_answers_what_the_model_says(first: Ran) -> None:
    expected = json.loads(first.text("import json"))
    reply = first.reply("%%seldon send predict --via grpc")
    assert reply["data"]["tensor"] == {"shape": [1, 3], "values": expected[2]}


def test_another_process_is_answered_while_a_cell_sleeps(first: Ran) -> None:
    shown = first.text("import subprocess")
    assert json.loads(shown.splitlines()[0])["data"]["names"] == ["setosa", "versicolor", "virginica"]
    (seconds,) = re.findall(r"after ([\d.]+) s", shown)
    assert float(seconds) < 1.0


def test_status_and_metrics_have_counted(first: Ran) -> None:
    head, row = first.text("%seldon status").splitlines()
    assert re.split(r"\s{2,}", head)[4:6] == ["requests", "errors"]
    assert re.split(r"\s{2,}", row)[4:6] == ["3", "0"]
    (metric,) = first.text("import urllib.request").splitlines()
    assert metric.startswith("iris_predictions_total{")
    assert metric.endswith(" 3.0")


def test_an_estimator_and_a_function_are_served_beside_it(first: Ran) -> None:
    assert "model is served (predict)" in first.text("%seldon serve model")
    assert "double is served (predict)" in first.text("def double")
    assert len(first.ports()) == 9


def test_a_port_somebody_else_has_is_left_alone(first: Ran) -> None:
    assert not DEFAULT_PORTS & set(first.ports())


def test_stopping_leaves_no_port_and_no_thread(first: Ran) -> None:
    assert first.text("%seldon stop").count("is stopped; its ports are free") == 3
    for port in first.ports():
        with socket.socket() as client:
            assert client.connect_ex(("127.0.0.1", port)) != 0
    assert first.text("print([thread.name") == "[]\n"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_committed_notebook_carries_no_output(path: Path) -> None:
    notebook = nbformat.read(path, 4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert code
    assert all(cell.outputs == [] and cell.execution_count is None for cell in code)
    assert notebook.metadata.kernelspec.name == "python3"
