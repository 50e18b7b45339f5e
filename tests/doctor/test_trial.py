"""Trials: what only shows when a component runs, and that every trial ends."""

import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from doctoring import file_of

from seldon_workbench.doctor.observations import Observation
from seldon_workbench.doctor.trial import Order, in_kernel, in_process

PREDICT = "def predict(self, X, names, meta=None):\n    return X"


@pytest.fixture
def attempt(tmp_path: Path) -> Any:
    """Tries methods of a class MyModel in a process; the codes and messages of what was seen."""

    def run(*methods: str, **options: Any) -> dict[str, str]:
        path = tmp_path / "model.py"
        path.write_text(f"import numpy as np\n{file_of(chr(10).join(methods))}", encoding="utf-8")
        seen = in_process(Order(f"{path}:MyModel", **options))
        return {each.code: each.message for each in seen if each.code}

    return run


SEEN = {
    "import fails": ("R101", "predict = missing", "NameError"),
    "the constructor fails": ("R101", "def __init__(self):\n    1 / 0", "__init__ failed: ZeroDivisionError"),
    "a parameter is missing": ("R101", "def __init__(self, path):\n    pass", "missing a required argument"),
    "load fails": ("R101", "def load(self):\n    self.a.b", "load() failed: AttributeError"),
    "the constructor is slow": (
        "R102",
        f"def __init__(self):\n    import time; time.sleep(2.2)\n{PREDICT}",
        "constructing took 2",
    ),
    "a hook fails": (
        "R201",
        "def predict(self, X, names):\n    return X.nope",
        "predict fails over REST: AttributeError",
    ),
    "a hook fails on one wire": (
        "R201",
        "def predict(self, X, names):\n    if names and type(names[0]) is str: return X\n"
        "    self.n = getattr(self, 'n', 0) + 1\n    return 1 / (2 - self.n)",
        "ZeroDivisionError",
    ),
    "it cannot be sent": ("R202", "def predict(self, X, names):\n    return {1, 2}", "returned a set"),
    "no route": ("R202", "def route(self, X, names):\n    return True", "route returns True"),
    "a route of numpy": ("R210", "def route(self, X, names):\n    return np.int64(1)", "int64"),
    "mixed rows": ("R203", "def predict(self, X, names):\n    return [['a', 1.5]]", "over gRPC"),
    "integers": ("R204", "def predict(self, X, names):\n    return np.array([[1, 2]])", "[[1, 2]] over REST"),
    "the payload is changed": (
        "R205",
        "def predict(self, X, names):\n    X *= 2\n    return X",
        "predict changes",
    ),
    "meta is changed": (
        "R206",
        "def predict(self, X, names, meta):\n    meta['a'] = 1\n    return X",
        "the meta",
    ),
    "NaN": ("R207", "def predict(self, X, names):\n    return X * np.nan", "NaN or infinity"),
    "NaN in a dict": ("R207", "def predict(self, X, names):\n    return {'a': [float('inf')]}", "NaN"),
    "float32": ("R208", "def predict(self, X, names):\n    return X.astype(np.float32)", "float32"),
    "truth values": ("R209", "def predict(self, X, names):\n    return X > 0", "truth values"),
    "a list of numpy's": ("R210", "def predict(self, X, names):\n    return [np.int64(1)]", "a list"),
    "tags": ("R301", f"def tags(self):\n    return {{'a': np.int64(1)}}\n{PREDICT}", "tags() returns"),
    "tags fail": ("R301", f"def tags(self):\n    return self.a\n{PREDICT}", "tags() fails"),
    "metrics are a tuple": ("R302", f"def metrics(self):\n    return ()\n{PREDICT}", "a tuple, not a list"),
    "a metric is none": ("R302", f"def metrics(self):\n    return [{{'key': 'k'}}]\n{PREDICT}", "metrics()"),
    "class names": (
        "R303",
        f"def class_names(self):\n    return ['a']\n{PREDICT}",
        "4 columns, and class_names names 1",
    ),
    "health is slow": (
        "R304",
        "def health_status(self):\n    import time; time.sleep(1.1)\n    return 'ok'",
        "took 1",
    ),
    "no health": ("R305", "def health_status(self):\n    return True", "health_status returns True"),
    "metadata": ("R306", f"def init_metadata(self):\n    return {{'name': 5}}\n{PREDICT}", "name is 5"),
    "a crash": ("R105", "def predict(self, X, names):\n    import os; os._exit(3)", "died in predict"),
}


@pytest.mark.parametrize(("code", "methods", "said"), SEEN.values(), ids=SEEN)
def test_a_trial_sees(code: str, methods: str, said: str, attempt: Any) -> None:
    seen = attempt(methods)
    assert said in seen.get(code, ""), seen


def test_a_component_without_fault_is_seen_without_any(attempt: Any) -> None:
    everything = (
        "def load(self):\n    print('loading')\n    self.w = np.ones(4)",
        "def predict(self, X, names, meta=None):\n    return np.asarray(X, dtype=float) * self.w / 2",
        "def transform_input(self, X, names):\n    return {'n': 1.5}",
        "def route(self, X, names):\n    return 1",
        "def aggregate(self, Xs, names):\n    return np.mean(Xs, axis=0) / 2",
        "def send_feedback(self, X, names, reward, truth, routing=None):\n    assert reward == 1.0",
        "def health_status(self):\n    return 'ok'",
        "def tags(self):\n    return {'a': 'b'}",
        "def metrics(self):\n    return [{'type': 'GAUGE', 'key': 'k', 'value': 1}]",
    )
    seen = attempt(*everything)
    assert set(seen) <= {"R204"}, seen  # a route is an integer, and all numbers are floats over gRPC


def test_parameters_and_a_payload_reach_the_component(attempt: Any) -> None:
    seen = attempt(
        "def __init__(self, column):\n    self.column = column",
        "def predict(self, X, names):\n    return X[:, self.column] / 2 if X.shape == (1, 2) else None",
        parameters={"column": 1},
        payload={"data": {"ndarray": [[1.0, 2.0]]}},
    )
    assert seen == {}


def test_a_trial_that_hangs_is_killed_and_says_where(attempt: Any) -> None:
    started = time.monotonic()
    seen = attempt("def predict(self, X, names):\n    import time; time.sleep(60)", timeout=4.0)
    assert seen == {"R104": "predict did not come to an end within 4 s"}
    assert time.monotonic() - started < 15


def test_a_failure_is_shown_at_its_line(tmp_path: Path) -> None:
    path = tmp_path / "model.py"
    path.write_text("class M:\n    def predict(self, X, names):\n        return X.nope\n", encoding="utf-8")
    failed = [each for each in in_process(Order(f"{path}:M")) if each.code == "R201"]
    assert [(each.file, each.line) for each in failed] == [(str(path), 3)]


class Sleeper:
    """Never ends, until it is let go."""

    released = threading.Event()

    def predict(self, X: Any, names: Any) -> Any:
        self.released.wait(30)
        return X


class Halves:
    """A class of a notebook."""

    def predict(self, X: Any, names: Any) -> Any:
        return np.asarray(X) / 2


def test_a_class_of_a_notebook_is_tried_where_it_is() -> None:
    seen = in_kernel(Order("Halves"), {"Halves": Halves})
    assert seen == [
        Observation("", "import and __init__"),
        Observation("", "load()"),
        Observation("", "predict"),
    ]


def test_a_class_of_a_notebook_that_hangs_is_left_behind() -> None:
    seen = in_kernel(Order("Sleeper", timeout=1.0), {"Sleeper": Sleeper})
    Sleeper.released.set()
    assert seen[-1] == Observation("R104", "predict did not come to an end within 1 s")
