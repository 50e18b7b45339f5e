"""What a service with workers writes: in Seldon's layout, or one JSON object per line."""

import json
from pathlib import Path
from typing import Any

import pytest

from .microservices import Microservice, microservice
from .serving import NDARRAY, eventually

pytestmark = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="looks at processes in /proc")

MEMBERS = {"time", "level", "logger", "message", "worker"}


def objects(text: str) -> list[dict[str, Any]]:
    """The lines as JSON; every one of them has the same members."""
    found = [json.loads(line) for line in text.splitlines()]
    assert all(each.keys() >= MEMBERS for each in found), found
    return found


def named(lines: list[dict[str, Any]], logger: str) -> list[dict[str, Any]]:
    return [line for line in lines if line["logger"] == logger]


def exercise(served: Microservice) -> None:
    """A request that fails, one that is refused, one that logs and warns."""
    assert served.post({"jsonData": "raise", "meta": {"puid": "p1"}}).status_code == 500
    assert served.post({}).status_code == 400
    assert served.post({"jsonData": "caf\u00e9"}).ok


def test_json_lines_are_all_there_is(tmp_path: Path) -> None:
    words = ("worker_cast.Talker", "--log-format", "json", "--access-log", "--grpc-workers", "0")
    with microservice(*words, folder=tmp_path) as served:
        exercise(served)
        eventually(lambda: "predict refused" in served.log and served.out.count("POST /predict") == 3)
        served.process.terminate()
        assert served.process.wait(10) == 0
        lines, accesses = objects(served.log), objects(served.out)
    (failed,) = [line for line in lines if "predict failed" in line["message"]]
    assert (failed["puid"], failed["level"]) == ("p1", "ERROR")
    assert failed["traceback"].endswith("RuntimeError: asked to")
    assert any("Booting worker" in line["message"] for line in named(lines, "gunicorn.error"))
    _, said = named(lines, "users.own")
    assert said["message"] == "was asked for caf\u00e9"
    assert said["worker"] == failed["worker"] != served.process.pid
    assert any("careful" in line["message"] for line in named(lines, "py.warnings"))
    access = [line for line in accesses if line["path"] == "/predict"]
    assert [(line["verb"], line["status"]) for line in access] == [
        ("POST", 500),
        ("POST", 400),
        ("POST", 200),
    ]


def test_seldons_layout_is_the_default_and_gunicorn_has_its_own(tmp_path: Path) -> None:
    with microservice("worker_cast.Talker", "--grpc-workers", "0", folder=tmp_path) as served:
        exercise(served)
        eventually(lambda: "predict refused" in served.log)
        log = served.log
    assert " - users.own:predict:" in log
    assert " - INFO:  was asked for caf\u00e9\n" in log
    assert "] [INFO] Booting worker" in log


@pytest.mark.parametrize(("level", "speaks"), [("debug", True), ("WARNING", False)])
def test_a_level_reaches_gunicorn_us_and_the_component(tmp_path: Path, level: str, speaks: bool) -> None:
    with microservice("worker_cast.Talker", folder=tmp_path, SELDON_LOG_LEVEL=level) as served:
        exercise(served)
        eventually(lambda: "predict refused" in served.log)
        log = served.log
    for text in ("Booting worker", "loaded Talker", "was asked for caf\u00e9"):
        assert (text in log) is speaks
    assert ("whispers" in log) is speaks
    assert ("Current configuration" in log) is speaks


def test_a_level_that_was_typed_wins_over_the_variable(tmp_path: Path) -> None:
    words = ("worker_cast.Talker", "--log-level", "error")
    with microservice(*words, folder=tmp_path, SELDON_LOG_LEVEL="DEBUG") as served:
        exercise(served)
        eventually(lambda: "predict failed" in served.log)
        assert "predict refused" not in served.log


@pytest.mark.parametrize(("env", "shown"), [({}, 0), ({"FILTER_METRICS_ACCESS_LOGS": "false"}, 2)])
def test_scrapes_are_left_out_of_the_access_log(tmp_path: Path, env: dict[str, str], shown: int) -> None:
    import requests

    path = {"PREDICTIVE_UNIT_METRICS_ENDPOINT": "/prometheus"}
    with microservice("worker_cast.Talker", "--access-log", folder=tmp_path, **env, **path) as served:
        assert requests.get(f"http://127.0.0.1:{served.metrics}/prometheus", timeout=20).ok
        assert served.ask("GET", "/prometheus").ok
        assert served.post(NDARRAY).ok
        eventually(lambda: "POST /predict - 200 OK" in served.out)
        assert served.out.count("GET /prometheus - 200 OK") == shown
