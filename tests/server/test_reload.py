"""``--reload``: changed code is served after it has loaded, and until then nothing is dropped."""

import importlib
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import grpc
import pytest
import requests

from seldon_workbench.watch import Watch, sources

from .serving import NDARRAY, eventually, message
from .workers import Service, ServiceOf

pytestmark = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="looks at processes in /proc")

COMPONENT = """
from texts import said

class Model:
    def load(self):
        {load}

    def predict(self, X, names=None):
        return said("{word}")
"""
TEXTS = "def said(word):\n    return {text}\n"


class Folder:
    """A component in two files that tests change."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.write("first")
        self.write_texts("word")

    def write(self, word: str, load: str = "pass") -> None:
        (self.path / "model.py").write_text(COMPONENT.format(word=word, load=load))

    def write_texts(self, text: str) -> None:
        (self.path / "texts.py").write_text(TEXTS.format(text=text))


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    (tmp_path / "code").mkdir()
    return Folder(tmp_path / "code")


def answer(service: Service) -> str:
    return str(service.post(NDARRAY).json()["strData"])


def answer_rpc(service: Service) -> str:
    return str(service.call("Model/Predict", message(**NDARRAY)).strData)


@contextmanager
def nothing_lost(service: Service) -> Iterator[Counter[str]]:
    """Asks again and again meanwhile, over a kept connection; every request is answered with 200."""
    answers: Counter[str] = Counter()
    over = threading.Event()
    failures: list[str] = []

    def ask() -> None:
        with requests.Session() as session:
            while not over.is_set():
                try:
                    response = session.post(service.addresses["rest"] + "/predict", json=NDARRAY, timeout=20)
                    answers[response.json().get("strData", response.text)] += 1
                except (requests.ConnectionError, ValueError) as error:
                    failures.append(str(error))

    askers = [threading.Thread(target=ask) for _ in range(3)]
    for asker in askers:
        asker.start()
    try:
        yield answers
    finally:
        over.set()
        for asker in askers:
            asker.join()
    assert failures == []


@pytest.mark.parametrize("flags", [("--workers", "2"), ("--debug",)])
def test_changed_code_takes_over_on_the_same_ports(
    service_of: ServiceOf, folder: Folder, flags: tuple[str, ...]
) -> None:
    service = service_of("model.Model", "--reload", *flags, cwd=folder.path)
    assert (answer(service), answer_rpc(service)) == ("first", "first")
    folder.write("second")
    eventually(lambda: answer_again(service) == "second", 20)
    eventually(lambda: answer_rpc_again(service) == "second", 20)
    folder.write_texts("word + '!'")  # a module that the component imports
    eventually(lambda: answer_again(service) == "second!", 20)


def answer_again(service: Service) -> str:
    """In one process the ports are closed for a moment."""
    try:
        return answer(service)
    except requests.ConnectionError:
        return ""


def answer_rpc_again(service: Service) -> str:
    try:
        return answer_rpc(service)
    except grpc.RpcError:
        return ""


def test_nothing_is_dropped_while_workers_are_replaced(service_of: ServiceOf, folder: Folder) -> None:
    service = service_of("model.Model", "--reload", "--workers", "2", cwd=folder.path)
    eventually(lambda: service.has_workers(rest=2, grpc=1, metrics=1))
    old = set(service.children())
    with nothing_lost(service) as answers:
        eventually(lambda: answers["first"] > 20)
        folder.write("second", load="import time; time.sleep(1.5)")
        eventually(lambda: answers["second"] > 20, 20)
        eventually(
            lambda: not set(service.children()) & old and service.has_workers(rest=2, grpc=1, metrics=1), 20
        )
    assert answers.keys() == {"first", "second"}


@pytest.mark.parametrize("flags", [("--workers", "2"), ("--debug",)])
@pytest.mark.parametrize("broken", ["raise RuntimeError('half done')", "))"])
def test_code_that_does_not_load_changes_nothing_but_the_log(
    service_of: ServiceOf, folder: Folder, flags: tuple[str, ...], broken: str
) -> None:
    service = service_of("model.Model", "--reload", *flags, cwd=folder.path)
    if "--debug" not in flags:
        eventually(lambda: service.has_workers(rest=2, grpc=1, metrics=1))
    before = service.children()
    with nothing_lost(service) as answers:
        folder.write("second", load=broken)
        eventually(lambda: "go on" in service.log or "goes on" in service.log, 20)
        answered = answers["first"]
        eventually(lambda: answers["first"] > answered + 10)
    assert ("half done" if "half" in broken else "SyntaxError") in service.log
    assert answers.keys() == {"first"}
    eventually(lambda: service.children() == before)
    folder.write("third")
    eventually(lambda: answer_again(service) == "third", 20)


def test_a_worker_that_dies_while_the_code_is_broken_ends_nothing(
    service_of: ServiceOf, folder: Folder
) -> None:
    service = service_of("model.Model", "--reload", "--workers", "2", "--grpc-workers", "0", cwd=folder.path)
    eventually(lambda: service.has_workers(rest=2, grpc=0, metrics=1))
    folder.write("second", load="raise RuntimeError('half done')")
    eventually(lambda: "the workers of before go on" in service.log, 20)
    eventually(lambda: service.has_workers(rest=2, grpc=0, metrics=1))
    os.kill(service.roles()["rest"][0], signal.SIGKILL)
    eventually(lambda: service.log.count("half done") >= 2, 20)
    assert answer(service) == "first"
    folder.write("third")
    eventually(lambda: answer(service) == "third" and service.has_workers(rest=2, grpc=0, metrics=1), 30)


def test_hup_serves_new_code_once_it_has_loaded(service_of: ServiceOf, folder: Folder) -> None:
    service = service_of("model.Model", "--workers", "2", cwd=folder.path)
    eventually(lambda: service.has_workers(rest=2, grpc=1, metrics=1))
    with nothing_lost(service) as answers:
        folder.write("broken", load="raise RuntimeError('half done')")
        service.process.send_signal(signal.SIGHUP)
        eventually(lambda: "the workers of before go on" in service.log, 20)
        folder.write("second", load="import time; time.sleep(1)")
        service.process.send_signal(signal.SIGHUP)
        eventually(lambda: answers["second"] > 20, 20)
    assert answers.keys() == {"first", "second"}


def test_without_the_flag_nobody_looks(service_of: ServiceOf, folder: Folder) -> None:
    service = service_of("model.Model", "--grpc-workers", "0", cwd=folder.path)
    folder.write("second")
    time.sleep(2.5)
    assert answer(service) == "first"


# ---- what is looked at ---------------------------------------------------------------------------


def test_a_file_is_changed_once_and_one_that_is_gone_is_waited_for(tmp_path: Path) -> None:
    file = tmp_path / "x.py"
    file.write_text("1")
    watch = Watch()
    watch.add({str(file): file.stat().st_mtime_ns})
    assert watch.changed() == []
    os.utime(file, ns=(1, 1))
    assert watch.changed() == [str(file)]
    assert watch.changed() == []
    file.unlink()
    assert watch.changed() == []
    file.write_text("2")
    assert watch.changed() == [str(file)]


def test_sources_are_the_modules_below_the_folder_and_the_target_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, elsewhere = tmp_path / "here", tmp_path / "elsewhere"
    for folder, file in ((here, "some_source_xyz.py"), (elsewhere, "elsewhere_xyz.py")):
        folder.mkdir()
        (folder / file).write_text("")
    monkeypatch.chdir(here)
    monkeypatch.syspath_prepend(str(here))
    importlib.import_module("some_source_xyz")
    found = sources(f"{elsewhere / 'elsewhere_xyz.py'}:Model", time.time_ns())
    assert found.keys() == {str(here / "some_source_xyz.py"), str(elsewhere / "elsewhere_xyz.py")}


def test_a_file_that_was_changed_while_it_was_loaded_counts_as_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    began = time.time_ns()
    time.sleep(0.05)
    (tmp_path / "late.py").write_text("")
    watch = Watch()
    watch.add(sources("late.py:Model", began))
    assert watch.changed() == [str(tmp_path / "late.py")]
    assert watch.changed() == []
