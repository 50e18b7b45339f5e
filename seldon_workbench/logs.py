"""Where log lines go: to stderr in a terminal, in Seldon's layout or as JSON, into memory in a kernel.

Rule: nothing is printed from a server's thread; in a notebook it would land in whatever cell runs.
"""

import collections
import logging
import sys

from seldon_workbench.settings import Settings

__all__ = ["LogBuffer", "log_to_memory", "log_to_terminal"]

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


def log_to_terminal(settings: Settings) -> None:
    """Send every log line of the process to stderr; the access log to stdout."""
    as_json = settings.log_format == "json"
    lines, requests = logging.StreamHandler(sys.stderr), logging.StreamHandler(sys.stdout)
    lines.setFormatter(_json_lines() if as_json else logging.Formatter(LAYOUT))
    requests.setFormatter(_json_lines() if as_json else None)
    if settings.hides_scrapes:
        requests.addFilter(lambda record: settings.metrics_path not in record.getMessage())
    logging.basicConfig(level=settings.log_level, handlers=[lines], force=True)
    logging.captureWarnings(as_json)
    access = logging.getLogger(f"{_ROOT}.access")
    access.handlers = [requests]
    access.propagate = False
    access.setLevel(logging.INFO)  # it has a switch of its own
    # waitress says every time a request waits for a thread; with one thread that is normal.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)


def _json_lines() -> logging.Formatter:
    """One JSON object per record; what a record carries besides, such as a puid, becomes a member."""
    from pythonjsonlogger.json import JsonFormatter  # only who wants JSON pays for it

    names = {"levelname": "level", "name": "logger", "process": "worker", "exc_info": "traceback"}
    fields = "%(levelname)s %(name)s %(message)s %(process)d"
    return JsonFormatter(fields, rename_fields=names, timestamp="time", json_ensure_ascii=False)
