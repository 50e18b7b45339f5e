"""The threads a component runs on: which one, what it is doing, and what becomes of it."""

import logging
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from seldon_workbench.threads import Busy, WorkerThreads

Make = Callable[[int], WorkerThreads]


@pytest.fixture
def make() -> Iterator[Make]:
    """Makes pools that end with the test."""
    pools: list[WorkerThreads] = []

    def make_one(count: int = 1) -> WorkerThreads:
        pools.append(WorkerThreads(count, "pool"))
        return pools[-1]

    yield make_one
    for pool in pools:
        pool.stop(0.0)


def current() -> str:
    return threading.current_thread().name


class Hung:
    """A call that lasts until it is released."""

    def __init__(self) -> None:
        self.entered = threading.Event()
        self.released = threading.Event()

    def __call__(self, pool: WorkerThreads) -> None:
        pool.enter("Model.predict")
        self.entered.set()
        self.released.wait(10)
        pool.leave()


@pytest.fixture
def hung() -> Iterator[Hung]:
    call = Hung()
    yield call
    call.released.set()


def test_one_thread_is_always_the_same(make: Make) -> None:
    pool = make(1)
    assert {pool.run(current) for _ in range(20)} == {"pool-0"}
    assert pool.run(threading.get_ident) == pool.submit(threading.get_ident).result() != threading.get_ident()


def test_arguments_and_the_result_go_through(make: Make) -> None:
    assert make(1).run(divmod, 7, 2) == (3, 1)
    assert make(1).submit(int, "11", base=2).result() == 3


def test_as_many_calls_run_at_once_as_there_are_threads(make: Make) -> None:
    together = threading.Barrier(3)
    pool = make(3)
    futures = [pool.submit(together.wait, 10) for _ in range(3)]
    assert sorted(future.result() for future in futures) == [0, 1, 2]


def test_with_one_thread_calls_never_overlap(make: Make) -> None:
    inside = overlaps = 0

    def call() -> None:
        nonlocal inside, overlaps
        inside += 1
        overlaps += inside > 1
        time.sleep(0.001)
        inside -= 1

    pool = make(1)
    for future in [pool.submit(call) for _ in range(20)]:
        future.result()
    assert overlaps == 0


def test_run_within_a_worker_runs_right_there(make: Make) -> None:
    pool = make(1)
    assert pool.run(lambda: (current(), pool.run(current))) == ("pool-0", "pool-0")


def test_run_within_a_worker_of_another_pool_changes_threads(make: Make) -> None:
    pool, other = make(1), make(1)
    ident, inner = other.run(lambda: (threading.get_ident(), pool.run(threading.get_ident)))
    assert ident != inner


@pytest.mark.parametrize("error", [ValueError("bad"), SystemExit(3), KeyboardInterrupt()])
def test_an_exception_reaches_the_caller_and_the_thread_goes_on(make: Make, error: BaseException) -> None:
    def fails() -> None:
        raise error

    pool = make(1)
    with pytest.raises(type(error)) as caught:
        pool.run(fails)
    assert caught.value is error
    assert pool.run(current) == "pool-0"


def test_a_call_that_was_cancelled_before_it_began_never_runs(make: Make, hung: Hung) -> None:
    pool = make(1)
    ran: list[object] = []
    pool.submit(hung, pool)
    assert hung.entered.wait(10)
    waiting = pool.submit(ran.append, 1)
    assert waiting.cancel()
    hung.released.set()
    pool.run(current)
    assert ran == []


def test_busy_names_thread_call_and_seconds(make: Make, hung: Hung) -> None:
    pool = make(2)
    assert pool.busy() == []
    future = pool.submit(hung, pool)
    assert hung.entered.wait(10)
    (busy,) = pool.busy()
    assert (busy.thread in ("pool-0", "pool-1"), busy.what) == (True, "Model.predict")
    assert 0 <= busy.seconds < 10
    time.sleep(0.01)
    assert pool.busy()[0].seconds >= busy.seconds + 0.01
    hung.released.set()
    future.result()
    assert pool.busy() == []


def test_leaving_without_having_entered_is_nothing(make: Make) -> None:
    pool = make(1)
    pool.run(pool.leave)
    assert pool.busy() == []


def test_stop_returns_and_names_what_hangs(make: Make, hung: Hung) -> None:
    pool = make(1)
    pool.submit(hung, pool)
    assert hung.entered.wait(10)
    began = time.monotonic()
    (busy,) = pool.stop(0.05)
    assert 0.05 <= time.monotonic() - began < 5
    assert isinstance(busy, Busy)
    assert busy.what == "Model.predict"


def test_stop_waits_for_calls_under_way_and_names_nothing(make: Make, hung: Hung) -> None:
    pool = make(1)
    future = pool.submit(hung, pool)
    assert hung.entered.wait(10)
    threading.Timer(0.02, hung.released.set).start()
    assert pool.stop(10.0) == []
    assert future.done()


def test_stop_from_within_a_worker_does_not_wait_for_itself(make: Make) -> None:
    pool = make(1)
    began = time.monotonic()
    assert pool.run(pool.stop, 5.0) == []
    assert time.monotonic() - began < 4


def test_a_stopped_pool_takes_no_calls(make: Make) -> None:
    pool = make(2)
    pool.stop(1.0)
    with pytest.raises(RuntimeError, match="these worker threads are stopped"):
        pool.submit(current)
    with pytest.raises(RuntimeError, match="stopped"):
        pool.run(current)
    assert all(thread.name != "pool-0" for thread in threading.enumerate())


def test_shutdown_is_stop_under_the_standard_librarys_name(make: Make, hung: Hung) -> None:
    pool = make(1)
    pool.submit(hung, pool)
    assert hung.entered.wait(10)
    pool.shutdown(wait=False, cancel_futures=True)
    hung.released.set()
    with make(1) as other:
        assert other.run(current) == "pool-0"
    with pytest.raises(RuntimeError):
        other.submit(current)


def test_a_posted_call_runs_on_a_worker_and_its_failure_is_logged(
    make: Make, caplog: pytest.LogCaptureFixture
) -> None:
    def fails() -> None:
        raise ValueError("bad")

    pool = make(1)
    ran: list[object] = []
    pool.post(fails)
    pool.post(lambda: ran.append(current()))
    pool.run(current)
    assert ran == ["pool-0"]
    (record,) = caplog.records
    assert (record.levelno, record.getMessage()) == (logging.ERROR, "a request could not be answered")
    assert record.exc_info is not None
    assert record.exc_info[0] is ValueError


def test_the_threads_do_not_keep_a_process_alive(make: Make) -> None:
    make(2)
    workers = [thread for thread in threading.enumerate() if thread.name.startswith("pool-")]
    assert len(workers) >= 2
    assert all(thread.daemon for thread in workers)
