"""Where log lines go."""

import logging
import sys
from collections.abc import Iterator

import pytest

from seldon_workbench.logs import LogBuffer, log_to_memory, log_to_terminal
from seldon_workbench.settings import Settings

ROOT = logging.getLogger("seldon_workbench")
ACCESS = logging.getLogger("seldon_workbench.access")
WAITRESS = logging.getLogger("waitress.queue")


@pytest.fixture(autouse=True)
def untouched() -> Iterator[None]:
    """Loggers as they were before the test."""
    loggers = [logging.getLogger(), ROOT, ACCESS, WAITRESS]
    before = [(logger, logger.handlers[:], logger.level, logger.propagate) for logger in loggers]
    yield
    for logger, handlers, level, propagate in before:
        logger.handlers[:] = handlers
        logger.setLevel(level)
        logger.propagate = propagate


def test_a_buffer_keeps_the_last_lines() -> None:
    buffer = LogBuffer(capacity=2)
    for number in range(3):
        buffer.emit(logging.makeLogRecord({"name": "n", "msg": f"line {number}", "levelname": "INFO"}))
    assert [line.rsplit(":  ", 1)[1] for line in buffer.lines()] == ["line 1", "line 2"]


def test_lines_of_the_package_are_kept_with_their_traceback() -> None:
    ROOT.handlers[:] = [each for each in ROOT.handlers if not isinstance(each, LogBuffer)]
    buffer = log_to_memory("WARNING")
    try:
        raise ValueError("mine")
    except ValueError:
        logging.getLogger("seldon_workbench.any").exception("it failed")
    logging.getLogger("seldon_workbench.any").info("too quiet")
    (line,) = buffer.lines()
    assert " - seldon_workbench.any:test_lines" in line
    assert "ERROR:  it failed\nTraceback" in line
    assert line.endswith("ValueError: mine")


def test_asking_twice_gives_the_same_buffer() -> None:
    first = log_to_memory()
    assert log_to_memory("DEBUG") is first
    assert sum(isinstance(handler, LogBuffer) for handler in ROOT.handlers) == 1


def test_in_a_terminal_lines_go_to_stderr_and_the_access_log_to_stdout(
    capsys: pytest.CaptureFixture[str],
) -> None:
    log_to_terminal(Settings())
    ACCESS.info("GET /")
    logging.getLogger("seldon_workbench.any").info("said")
    logging.getLogger("seldon_workbench.any").debug("too quiet")
    WAITRESS.warning("Task queue depth is 1")
    out, err = capsys.readouterr()
    assert out == "GET /\n"
    assert err.endswith("INFO:  said\n")
    assert err.count("\n") == 1
    assert sys.stderr is not None
