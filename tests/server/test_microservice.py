"""Seldon's own command: its words, its exit statuses, its environment, and the files it reads."""

import json
import signal
import sys
from pathlib import Path

import grpc
import pytest
import requests

from .microservices import ended, microservice
from .serving import NDARRAY, eventually, message, rpc_call

pytestmark = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="looks at processes in /proc")

EVERY_FLAG = (
    *("--service-type", "MODEL", "--persistence", "0", "--parameters", "[]", "--log-level", "INFO"),
    *("--debug", "false", "--tracing", "0", "--workers", "2", "--threads", "2", "--max-requests", "1000"),
    *("--max-requests-jitter", "10", "--keepalive", "3", "--single-threaded", "0", "--access-log", "0"),
    *("--grpc-threads", "2", "--grpc-workers", "1"),
)


def test_the_command_serves_every_wire_with_every_flag_of_seldons(tmp_path: Path) -> None:
    pidfile = tmp_path / "pid"
    with microservice(
        "worker_cast.Scaled", *EVERY_FLAG, "--pidfile", str(pidfile), folder=tmp_path
    ) as served:
        assert served.post(NDARRAY).json()["data"]["ndarray"] == [[1.0, 2.0]]
        with grpc.insecure_channel(f"127.0.0.1:{served.grpc}") as channel:
            grpc.channel_ready_future(channel).result(timeout=20)
            assert rpc_call(channel, "Model/Predict", message(**NDARRAY)).data.ndarray.values
        assert requests.get(f"http://127.0.0.1:{served.metrics}/metrics", timeout=20).ok
        assert pidfile.read_text().strip() == str(served.process.pid)
        served.process.send_signal(signal.SIGTERM)
        assert served.process.wait(10) == 0


def test_it_is_reached_from_everywhere_and_by_pages_of_any_origin(tmp_path: Path) -> None:
    with microservice("worker_cast.Where", "--grpc-workers", "0", folder=tmp_path) as served:
        sockets = Path("/proc/net/tcp").read_text()
        for port in (served.http, served.metrics):
            assert f" 00000000:{port:04X} " in sockets
        response = served.post(NDARRAY, headers={"Origin": "http://x.com", "Host": "model.example"})
        assert response.headers["Access-Control-Allow-Origin"] == "http://x.com"


def test_the_log_begins_in_seldons_layout_and_says_what_is_done(tmp_path: Path) -> None:
    with microservice(
        "worker_cast.Scaled", "--persistence", "--service-type", "MODEL", folder=tmp_path
    ) as served:
        eventually(lambda: "loaded Scaled" in served.log)
        lines = served.log.splitlines()
    first = next(line for line in lines if "microservice:" in line)
    assert " - seldon_workbench.microservice:_serve:" in first
    assert " - INFO:  Starting seldon-core-microservice" in first
    log = "\n".join(lines)
    assert "--persistence has no effect" in log
    assert "--service-type MODEL has no effect" in log
    assert f"rest: http://0.0.0.0:{served.http}" in log


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("worker_cast.Where", "REST"), 255, "unknown arguments ['REST']"),
        (("worker_cast.Where", "GRPC"), 255, "it serves both"),
        (("worker_cast.Where", "--nonsense"), 255, "--nonsense"),
        (("worker_cast.Where", "--relo"), 255, "--relo"),
        ((), 2, "interface_name"),
        (("worker_cast.Where", "--service-type", "NONE"), 2, "--service-type"),
        (("worker_cast.Where", "--workers", "many"), 2, "--workers"),
        (("worker_cast.Where", "--p", "1"), 2, "ambiguous option: --p could match"),
        (("NoSuchModule",), 1, "no module 'NoSuchModule'"),
        (("worker_cast.NoSuchClass",), 1, "defines no NoSuchClass"),
        (
            ("worker_cast.Scaled", "--parameters", '[{"name":"a","value":"x","type":"INT"}]'),
            1,
            "'x' is no INT",
        ),
        (
            ("worker_cast.Scaled", "--parameters", '[{"name":"a","value":1,"type":"int"}]'),
            1,
            "has type 'int'",
        ),
        (("worker_cast.Scaled", "--parameters", "{"), 1, "not JSON"),
        (("worker_cast.Scaled", "--parameters", '[{"name":"power","value":1,"type":"INT"}]'), 1, "'power'"),
        (("worker_cast.BreaksInConstructor",), 1, "no weights here"),
        (("worker_cast.FailsToLoad",), 3, "the weights are missing"),
    ],
)
def test_what_cannot_be_served_ends_with_seldons_status_and_says_why(
    words: tuple[str, ...], status: int, said: str
) -> None:
    ports = ("--http-port", "0", "--grpc-port", "0", "--metrics-port", "0") if words else ()
    found, log = ended(*words, *ports)
    assert (found, said in log) == (status, True), log


def test_an_integer_variable_that_is_none_is_named() -> None:
    found, log = ended("worker_cast.Where", GUNICORN_WORKERS="many")
    assert (found, "GUNICORN_WORKERS is 'many', which is no integer" in log) == (1, True)


def test_flags_may_be_abbreviated_as_far_as_seldons_are_told_apart(tmp_path: Path) -> None:
    words = ("--para", '[{"name":"factor","value":"3","type":"INT"}]', "--grpc-w=0", "--log", "WARNING")
    with microservice("worker_cast.Scaled", *words, folder=tmp_path) as served:
        assert served.post(NDARRAY).json()["data"]["ndarray"] == [[3.0, 6.0]]
        assert "INFO" not in served.log


def test_the_environment_stands_in_for_flags(tmp_path: Path) -> None:
    parameters = [
        {"name": "factor", "value": 3, "type": "INT"},
        {"name": "offset", "value": "0.5", "type": "DOUBLE"},
    ]
    env = {"PREDICTIVE_UNIT_PARAMETERS": json.dumps(parameters), "GRPC_WORKERS": "0", "GUNICORN_WORKERS": "2"}
    with microservice("worker_cast.Scaled", folder=tmp_path, WEB_CONCURRENCY="7", **env) as served:
        assert served.post(NDARRAY).json()["data"]["ndarray"] == [[3.5, 6.5]]
        # WEB_CONCURRENCY, which gunicorn would read, changes nothing.
        eventually(lambda: served.log.count("rest worker") == 2)
        assert served.log.count("Booting worker") == 3


def test_a_name_is_a_module_and_a_class_and_the_working_directory_comes_first(tmp_path: Path) -> None:
    component = "class {name}:\n    def predict(self, X, names=None):\n        return {said!r}\n"
    (tmp_path / "colorsys.py").write_text(component.format(name="colorsys", said="mine"))
    package = tmp_path / "pkg" / "sub"
    package.mkdir(parents=True)
    (package / "mod.py").write_text(component.format(name="Cls", said="deep"))
    for name, said in (("colorsys", "mine"), ("pkg.sub.mod.Cls", "deep")):
        with microservice(name, "--grpc-workers", "0", folder=tmp_path, cwd=tmp_path) as served:
            assert served.post(NDARRAY).json()["strData"] == said


def test_debug_by_its_variable_is_one_process(tmp_path: Path) -> None:
    with microservice("worker_cast.Where", folder=tmp_path, SELDON_DEBUG="True") as served:
        assert served.post(NDARRAY).json()["jsonData"]["pid"] == served.process.pid
        served.process.send_signal(signal.SIGTERM)
        assert served.process.wait(10) == 0


# ---- annotations ---------------------------------------------------------------------------------


def with_annotations(path: Path) -> tuple[str, ...]:
    """The command, reading the annotations of a pod from a file of ours."""
    program = (
        "import sys, pathlib; from seldon_workbench.microservice import main;"
        f"sys.exit(main(sys.argv[1:], annotations=pathlib.Path({str(path)!r})))"
    )
    return sys.executable, "-c", program


def test_annotations_limit_messages_and_the_time_of_a_call(tmp_path: Path) -> None:
    annotations = tmp_path / "annotations"
    annotations.write_text(
        'seldon.io/grpc-max-message-size="2000"\nseldon.io/rest-timeout="700"\nkubernetes.io/config.seen="x"\n'
    )
    with microservice(
        "worker_cast.Sleeper", folder=tmp_path, command=with_annotations(annotations)
    ) as served:
        assert served.post({"jsonData": 0.1}).json()["strData"] == "slept"
        with pytest.raises(requests.ConnectionError):
            served.post({"jsonData": 30})
        assert "Sleeper.predict has been running for" in served.log
        assert eventually(served.answers)
        with grpc.insecure_channel(f"127.0.0.1:{served.grpc}") as channel:
            grpc.channel_ready_future(channel).result(timeout=20)
            with pytest.raises(grpc.RpcError) as caught:
                rpc_call(channel, "Model/Predict", message(strData="x" * 3000))
        assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert "2000" in caught.value.details()


def test_the_limit_of_messages_holds_for_replies_and_lifts_grpcs_own(tmp_path: Path) -> None:
    annotations = tmp_path / "annotations"
    annotations.write_text('seldon.io/grpc-max-message-size="6000000"')
    with microservice("worker_cast.Echo", folder=tmp_path, command=with_annotations(annotations)) as served:
        options = [("grpc.max_receive_message_length", -1)]
        with grpc.insecure_channel(f"127.0.0.1:{served.grpc}", options=options) as channel:
            grpc.channel_ready_future(channel).result(timeout=20)
            # More than the 4 MiB that gRPC takes by itself.
            assert (
                len(rpc_call(channel, "Model/Predict", message(strData="x" * 5_000_000)).strData) == 5_000_000
            )
            with pytest.raises(grpc.RpcError) as caught:
                rpc_call(channel, "Model/Predict", message(jsonData=7_000_000))
        assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED


@pytest.mark.parametrize("name", ["rest-timeout", "grpc-max-message-size"])
def test_an_annotation_that_is_no_number_is_named(tmp_path: Path, name: str) -> None:
    annotations = tmp_path / "annotations"
    annotations.write_text(f'seldon.io/{name}="soon"')
    status, log = ended("worker_cast.Where", command=with_annotations(annotations))
    assert (status, f"annotation seldon.io/{name} is 'soon'" in log) == (1, True), log


def test_a_limit_on_calls_is_none_on_loading(tmp_path: Path) -> None:
    annotations = tmp_path / "annotations"
    annotations.write_text('seldon.io/rest-timeout="300"')
    words = ("worker_cast.LoadsSlowly", "--grpc-workers", "0")
    with microservice(*words, folder=tmp_path, command=with_annotations(annotations)) as served:
        assert served.post(NDARRAY).ok
        assert served.log.count("loaded LoadsSlowly") == 1
        assert "WORKER TIMEOUT" not in served.log
