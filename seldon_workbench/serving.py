"""Serving in a terminal: with workers, or in this process. What both commands that serve do."""

import dataclasses
import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seldon_workbench.addresses import Addresses
from seldon_workbench.errors import SetupError
from seldon_workbench.remote import serve_with_workers
from seldon_workbench.setting_files import ANNOTATIONS, read_annotations, read_project
from seldon_workbench.settings import Parameters, Settings
from seldon_workbench.watch import Watch, forget_sources, sources

if TYPE_CHECKING:
    from seldon_workbench.session import Session

__all__ = ["files_of_terminal", "serve_in_terminal"]

logger = logging.getLogger(__name__)

_LOOK = 0.5
"""Seconds between two looks at source files."""


def files_of_terminal(*, with_project: bool, annotations: Path = ANNOTATIONS) -> dict[str, Mapping[str, Any]]:
    """What files say about the settings of a command in a terminal. Raises BadSetting."""
    project = read_project(Path.cwd()) if with_project else {}
    return {"annotations": read_annotations(annotations), "project": project}


def serve_in_terminal(
    target: str, parameters: Parameters, settings: Settings, announce: Callable[[Addresses], None]
) -> int:
    """Serve until a signal ends it; 0, or why workers could not serve: see ``serve_with_workers``.

    ``announce`` is called once the ports listen. Raises SetupError for what is known to fail before.
    """
    if not settings.debug and os.name == "posix":
        return serve_with_workers(target, parameters, settings, announce)
    _serve_here(target, parameters, settings, announce)
    return 0


def _serve_here(
    target: str, parameters: Parameters, settings: Settings, announce: Callable[[Addresses], None]
) -> None:
    from seldon_workbench.session import Session  # heavy, and the parent of workers does without it

    session = Session(dataclasses.replace(settings, guarded=False))
    began = time.time_ns()
    session.load(target, parameters)
    announce(session.start())
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends it as Ctrl-C does
    if settings.reload:
        _reload_until_end(session, target, parameters, began)
    else:
        session.wait()


def _reload_until_end(session: "Session", target: str, parameters: Parameters, began: int) -> None:
    """Serve on; whenever code changes, load it into a new session that takes the ports of the old one."""
    watch = Watch()
    watch.add(sources(target, began))
    while not session.wait(_LOOK):
        changed = watch.changed()
        if not changed:
            continue
        logger.info("%s changed: loading it", ", ".join(sorted(changed)))
        began, successor = time.time_ns(), _successor(session)
        forget_sources(target)
        try:
            successor.load(target, parameters)
            successor.start(replacing=session)
        except SetupError as error:
            original = getattr(error, "original", None)
            logger.error("%s; what was served before goes on", error.text, exc_info=original)
            successor.stop(0.0)
        else:
            session = successor
        watch.add(sources(target, began))


def _successor(session: "Session") -> "Session":
    ports = session.ports
    assert ports is not None, "only a session that serves has a successor"
    settings = dataclasses.replace(
        session.settings, http_port=ports.rest, grpc_port=ports.grpc, metrics_port=ports.metrics
    )
    return type(session)(settings)
