"""Where log lines go: to stderr in Seldon's layout in a terminal, into memory in a kernel.

Rule: nothing is printed from a server's thread; in a notebook it would land in whatever cell runs.
"""

import collections
import logging
import sys

__all__ = ["LogBuffer", "log_to_memory", "log_to_stderr"]

LAYOUT = "%(asctime)s - %(name)s:%(funcName)s:%(lineno)s - %(levelname)s:  %(message)s"
"""Seldon's own."""

_ROOT = __name__.partition(".")[0]


class LogBuffer(logging.Handler):
    """Keeps the last lines in memory, tracebacks included."""

    def __init__(self, capacity: int = 500) -> None:
        super().__init__()
        self._lines: collections.deque[str] = collections.deque(maxlen=capacity)
        self.setFormatter(logging.Formatter(LAYOUT))

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one record."""
        self._lines.append(self.format(record))

    def lines(self) -> list[str]:
        """What was logged, oldest first."""
        return list(self._lines)


def log_to_memory(level: str = "INFO") -> LogBuffer:
    """Keep this package's log lines; the buffer they are kept in."""
    logger = logging.getLogger(_ROOT)
    for handler in logger.handlers:
        if isinstance(handler, LogBuffer):
            return handler
    buffer = LogBuffer()
    logger.addHandler(buffer)
    logger.setLevel(level)
    return buffer


def log_to_stderr(level: str) -> None:
    """Send every log line of the process to stderr; the access log to stdout."""
    logging.basicConfig(level=level, format=LAYOUT, stream=sys.stderr, force=True)
    access = logging.getLogger(f"{_ROOT}.access")
    access.handlers = [logging.StreamHandler(sys.stdout)]
    access.propagate = False
    # waitress says every time a request waits for a thread; with one thread that is normal.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
