"""``seldon_core.gunicorn_utils``: gunicorn around an application one made oneself."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import requests
from seldon_core import gunicorn_utils
from seldon_core.metrics import SeldonMetrics

PROGRAM = """
import sys
from seldon_workbench.compat import install; install()
from seldon_core.gunicorn_utils import UserModelApplication
from seldon_core.metrics import SeldonMetrics
from seldon_core.wrapper import get_rest_microservice

class Model:
    names = []
    def load(self):
        self.names.append("loaded")
    def predict(self, X, names):
        return self.names

model = Model()
app = get_rest_microservice(model, SeldonMetrics())
options = {"bind": f"127.0.0.1:{sys.argv[1]}", "workers": 2, "loglevel": "error"}
UserModelApplication(app, model, options=options).run()
"""


def free_port() -> int:
    from seldon_workbench.server.ports import bind

    with bind("127.0.0.1", 0) as found:
        port: int = found.getsockname()[1]
    return port


def test_an_application_made_before_the_fork_serves_in_every_worker(tmp_path: Path) -> None:
    port = free_port()
    program = tmp_path / "program.py"
    program.write_text(PROGRAM, encoding="utf-8")
    server = subprocess.Popen([sys.executable, str(program), str(port)], cwd=tmp_path, env=os.environ.copy())
    try:
        deadline = time.monotonic() + 20
        while True:
            try:
                reply = requests.post(f"http://127.0.0.1:{port}/predict", json={"strData": "x"}, timeout=10)
                break
            except requests.ConnectionError:
                assert time.monotonic() < deadline
                assert server.poll() is None
                time.sleep(0.1)
        assert reply.json()["data"]["ndarray"] == ["loaded"]
    finally:
        server.send_signal(signal.SIGTERM)
        assert server.wait(20) == 0


def test_options_that_gunicorn_does_not_know_are_passed_over() -> None:
    app = object()
    made = gunicorn_utils.StandaloneApplication(app, {"WORKERS": 3, "nonsense": 1, "timeout": None})
    assert made.cfg.workers == 3
    assert made.cfg.timeout == 30
    assert made.load() is app


def test_an_object_without_load_is_served_as_it_is() -> None:
    app = object()
    assert gunicorn_utils.UserModelApplication(app, object(), None, None, "Model").load() is app


@pytest.mark.parametrize(("flag", "log"), [(True, "-"), (False, None)])
def test_the_access_log_goes_to_standard_output(flag: bool, log: str | None) -> None:
    assert gunicorn_utils.accesslog(flag) == log


@pytest.mark.parametrize(("single", "threads"), [(True, 1), (False, 4), (0, 4), (1, 1)])
def test_single_threaded_means_one(single: Any, threads: int) -> None:
    assert gunicorn_utils.threads(4, single) == threads


def test_a_worker_that_ends_forgets_its_metrics() -> None:
    store = SeldonMetrics()
    store.update([{"key": "k", "value": 1}], "predict")
    gunicorn_utils.worker_exit(None, None, store)
    assert store.samples() == {}
