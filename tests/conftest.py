"""Fixtures and hypothesis profiles that every test may use."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from calling import Caller, Serve
from hypothesis import HealthCheck, settings

# Time limits belong to pytest-timeout: a busy machine is no failure.
settings.register_profile("plain", deadline=None)
settings.register_profile("soak", deadline=None, max_examples=2000)
settings.register_profile(
    "mutation",
    deadline=None,
    max_examples=25,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
settings.load_profile("plain")


@pytest.fixture(autouse=True)
def log_level() -> Iterator[None]:
    """A command sets the level of all logs, as commands do; the next test starts from what it was."""
    root = logging.getLogger()
    level = root.level
    yield
    root.setLevel(level)


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Puts a component behind a dispatcher; its threads end with the test."""
    callers: list[Caller] = []

    def serve_one(subject: object, **options: Any) -> Caller:
        callers.append(Caller(subject, **options))
        return callers[-1]

    yield serve_one
    for caller in callers:
        caller.close()
