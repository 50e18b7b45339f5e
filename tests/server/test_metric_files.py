"""Metrics of several processes: one file each, summed at the scrape, and folded when a process is gone."""

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.mmap_dict import MmapedDict

from seldon_workbench.metrics import MetricStore, Recording, Sample
from seldon_workbench.server import metric_files
from seldon_workbench.server.metric_files import EXITED, MetricFiles
from seldon_workbench.settings import Unit


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MetricFiles]:
    """Files of workers that all live in this process; theirs end with the test."""
    opened: list[MmapedDict] = []

    class Noted(MmapedDict):  # type: ignore[misc]
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments)
            opened.append(self)

    monkeypatch.setattr(metric_files, "MmapedDict", Noted)
    yield MetricFiles(tmp_path)
    for each in opened:
        each.close()


def worker(files: MetricFiles, pid: int) -> Callable[..., None]:
    """Records in the name of a process: type, key, value and tags."""
    store = MetricStore(Unit(), str(pid), files.mirror(pid))

    def record(kind: str, key: str, value: float, **tags: str) -> None:
        store.record("predict", [Recording(kind, key, value, tags)])

    return record


def by_worker(files: MetricFiles, key: str) -> dict[str, float]:
    """The value of a key per worker; a timer's buckets are left out."""
    return {
        dict(sample.labels)["worker_id"]: value
        for sample, value in files.samples().items()
        if sample.key == key and sample.part in ("", "sum")
    }


def total(files: MetricFiles, key: str) -> float:
    return sum(by_worker(files, key).values())


def test_every_worker_has_series_of_its_own(files: MetricFiles) -> None:
    one, two = worker(files, 1), worker(files, 2)
    one("COUNTER", "c", 1)
    one("COUNTER", "c", 2)
    two("COUNTER", "c", 4)
    assert by_worker(files, "c") == {"1": 3, "2": 4}


def test_a_worker_that_is_gone_is_folded_into_one_id(files: MetricFiles) -> None:
    for pid in (1, 2, 3):
        worker(files, pid)("COUNTER", "c", pid)
    files.fold(1)
    files.fold(3)
    assert by_worker(files, "c") == {"2": 2, EXITED: 4}


def test_tags_and_methods_stay_apart_when_folded(files: MetricFiles) -> None:
    for pid in (1, 2):
        record = worker(files, pid)
        record("COUNTER", "c", 1, a="x")
        record("COUNTER", "c", 10, a="y")
        files.fold(pid)
    assert sorted(files.samples().values()) == [2, 20]


def test_the_gauge_of_a_worker_that_is_gone_is_gone(files: MetricFiles) -> None:
    one, two = worker(files, 1), worker(files, 2)
    one("GAUGE", "g", 5)
    two("GAUGE", "g", 7)
    files.fold(1)
    assert by_worker(files, "g") == {"2": 7}


def test_a_timer_keeps_its_sum_and_its_buckets(files: MetricFiles) -> None:
    for pid in (1, 2):
        worker(files, pid)("TIMER", "t", 1500)
        files.fold(pid)
    parts = {sample.part: value for sample, value in files.samples().items()}
    assert parts.pop("sum") == 3.0
    assert list(parts.values()) == [2.0]


def test_folding_twice_or_nobody_changes_nothing(files: MetricFiles) -> None:
    worker(files, 1)("COUNTER", "c", 1)
    for pid in (1, 1, 99):
        files.fold(pid)
    assert by_worker(files, "c") == {EXITED: 1}


def test_a_pid_that_comes_round_again_is_another_worker(files: MetricFiles) -> None:
    worker(files, 7)("COUNTER", "c", 1)
    files.fold(7)
    worker(files, 7)("COUNTER", "c", 1)
    assert by_worker(files, "c") == {EXITED: 1, "7": 1}
    files.fold(7)
    assert by_worker(files, "c") == {EXITED: 2}


def test_a_pid_is_not_taken_for_one_that_begins_alike(files: MetricFiles) -> None:
    for pid in (1, 12):
        worker(files, pid)("COUNTER", "c", 1)
    files.fold(1)
    assert by_worker(files, "c") == {EXITED: 1, "12": 1}


def test_a_file_that_was_folded_but_not_yet_removed_is_counted_once(
    files: MetricFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker(files, 1)("COUNTER", "c", 3)
    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", lambda path, missing_ok=False: None)  # the parent dies in between
        files.fold(1)
    assert list(tmp_path.glob("1-*.db"))
    assert by_worker(files, "c") == {EXITED: 3}


def test_a_file_that_is_still_empty_is_no_harm(files: MetricFiles, tmp_path: Path) -> None:
    worker(files, 1)("COUNTER", "c", 1)
    (tmp_path / "2-0.db").touch()
    assert total(files, "c") == 1
    files.fold(2)
    assert total(files, "c") == 1


def test_an_empty_folder_has_no_samples(files: MetricFiles) -> None:
    assert files.samples() == {}


def test_notes_of_files_that_are_gone_do_not_pile_up(files: MetricFiles, tmp_path: Path) -> None:
    sizes = []
    for pid in range(1, 3 * metric_files._NOTES):
        worker(files, pid)("COUNTER", "c", 1)
        files.fold(pid)
        sizes.append(len((tmp_path / EXITED).read_bytes().rstrip(b"\0")))
    assert total(files, "c") == 3 * metric_files._NOTES - 1
    assert sizes[-1] <= 1.1 * sizes[metric_files._NOTES + 10]


def test_many_series_outgrow_the_first_block_of_a_file(files: MetricFiles) -> None:
    record = worker(files, 1)
    for number in range(2000):
        record("COUNTER", f"c{number}", number)
    assert len(files.samples()) == 2000
    files.fold(1)
    assert sum(files.samples().values()) == sum(range(2000))


def test_the_sum_never_falls_while_workers_record_and_go(files: MetricFiles) -> None:
    over = threading.Event()
    seen: list[float] = []

    def scrape() -> None:
        while not over.is_set():
            seen.append(total(files, "c"))

    scraper = threading.Thread(target=scrape)
    scraper.start()
    try:
        for pid in range(1, 60):
            record = worker(files, pid)
            for _ in range(20):
                record("COUNTER", "c", 1)
            files.fold(pid)
    finally:
        over.set()
        scraper.join()
    assert seen == sorted(seen)
    assert total(files, "c") == 59 * 20


PROGRAM = """
import sys
from pathlib import Path
from seldon_workbench.metrics import MetricStore, Recording
from seldon_workbench.server.metric_files import MetricFiles
from seldon_workbench.settings import Unit

store = MetricStore(Unit(), "42", MetricFiles(Path(sys.argv[1])).mirror(42))
while True:
    store.record("predict", [Recording("COUNTER", "c", 1, {})])
    print(store.samples().popitem()[1], flush=True)
"""


def test_what_a_killed_process_counted_is_not_lost(files: MetricFiles, tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(50)]
        process.kill()
        lines += process.stdout.read().splitlines()[:-1]
    files.fold(42)
    assert total(files, "c") >= float(lines[-1])
    assert by_worker(files, "c").keys() == {EXITED}


def test_a_sample_survives_the_file_with_all_its_labels(files: MetricFiles) -> None:
    worker(files, 1)("COUNTER", "c", 1, quoted='a"b\\c\n', other="é")
    ((sample, _),) = files.samples().items()
    assert isinstance(sample, Sample)
    assert dict(sample.labels)["quoted"] == 'a"b\\c\n'
    assert json.loads(json.dumps(dict(sample.labels)))["other"] == "é"
