"""``custom_service``: what a component serves besides, in a process or a thread of its own."""

import os
import signal
import time
from pathlib import Path

import pytest

from .serving import NDARRAY, Serving, eventually
from .workers import CAST, Service, ServiceOf, children_of

pytestmark = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="looks at processes in /proc")

ASIDE = f"{CAST.name}:Aside"


def events(diary: Path) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for line in diary.read_text().splitlines() if diary.exists() else []:
        event, pid = line.split()
        found.setdefault(event, []).append(int(pid))
    return found


def served(service_of: ServiceOf, diary: Path, *flags: str) -> Service:
    return service_of(ASIDE, "--param", f"diary={diary}", *flags)


def test_it_runs_once_in_a_process_that_constructs_and_does_not_load(
    service_of: ServiceOf, tmp_path: Path
) -> None:
    diary = tmp_path / "diary"
    service = served(service_of, diary, "--workers", "2")
    (pid,) = eventually(lambda: events(diary).get("custom"))
    assert pid in events(diary)["construct"]
    assert pid not in events(diary)["load"]
    assert pid in service.children()
    time.sleep(1.5)
    assert events(diary)["custom"] == [pid]
    assert service.post(NDARRAY).ok
    service.process.send_signal(signal.SIGTERM)
    assert service.wait(10) == 0
    eventually(lambda: not Path(f"/proc/{pid}").exists())
    assert events(diary)["tidied"] == [pid]


def test_one_that_dies_is_started_again(service_of: ServiceOf, tmp_path: Path) -> None:
    diary = tmp_path / "diary"
    served(service_of, diary)
    (first,) = eventually(lambda: events(diary).get("custom"))
    os.kill(first, signal.SIGKILL)
    eventually(lambda: len(events(diary)["custom"]) == 2)


def test_one_that_always_fails_is_given_up_and_the_rest_goes_on(
    service_of: ServiceOf, tmp_path: Path
) -> None:
    diary = tmp_path / "diary"
    service = served(service_of, diary, "--param", "how=raise")
    eventually(lambda: "has failed 5 times and is not started again" in service.log, 20)
    assert service.log.count("RuntimeError: no port for me") == 5
    time.sleep(1.5)
    assert len(events(diary)["custom"]) == 5
    assert service.post(NDARRAY).ok


def test_one_that_returns_is_over(service_of: ServiceOf, tmp_path: Path) -> None:
    diary = tmp_path / "diary"
    service = served(service_of, diary, "--param", "how=return")
    eventually(lambda: "custom_service() has returned" in service.log)
    time.sleep(1.5)
    assert len(events(diary)["custom"]) == 1
    assert service.post(NDARRAY).ok


def test_it_ends_with_a_parent_that_is_killed(service_of: ServiceOf, tmp_path: Path) -> None:
    diary = tmp_path / "diary"
    service = served(service_of, diary)
    (pid,) = eventually(lambda: events(diary).get("custom"))
    service.process.kill()
    service.wait()
    eventually(lambda: not Path(f"/proc/{pid}").exists(), 15)


def test_hup_starts_it_anew_after_the_old_one_is_gone(service_of: ServiceOf, tmp_path: Path) -> None:
    diary = tmp_path / "diary"
    service = served(service_of, diary)
    (first,) = eventually(lambda: events(diary).get("custom"))
    service.process.send_signal(signal.SIGHUP)
    eventually(lambda: len(events(diary)["custom"]) == 2, 20)
    lines = diary.read_text().splitlines()
    assert lines.index(f"tidied {first}") < lines.index(f"custom {events(diary)['custom'][1]}")
    assert events(diary)["custom"][1] in children_of(service.pid)


def test_in_one_process_it_is_a_thread(serve_here: Serving, tmp_path: Path) -> None:
    import threading

    class Aside:
        def custom_service(self):
            threads.append(threading.current_thread())

        def predict(self, X):
            return X

    threads: list[threading.Thread] = []
    serve_here(Aside())
    (thread,) = eventually(lambda: threads)
    assert (thread.name, thread.daemon) == ("seldon-custom-Aside", True)
