"""gunicorn around an application that somebody made themselves: ``seldon_core.gunicorn_utils``."""

import logging
from collections.abc import Mapping
from typing import Any

from gunicorn.app.base import BaseApplication

from seldon_workbench.component import load

__all__ = [
    "StandaloneApplication",
    "UserModelApplication",
    "accesslog",
    "post_worker_init",
    "threads",
    "worker_exit",
]

logger = logging.getLogger(__name__)


class StandaloneApplication(BaseApplication):  # type: ignore[misc]
    """gunicorn with one WSGI application, configured by a dict of gunicorn's settings."""

    def __init__(self, app: Any, options: Mapping[str, Any] | None = None) -> None:
        self.application = app
        self.options = dict(options or {})
        super().__init__()

    def load_config(self) -> None:
        """Hand the options on; those gunicorn does not know, and those that are None, are passed over."""
        for name, value in self.options.items():
            if name.lower() in self.cfg.settings and value is not None:
                self.cfg.set(name.lower(), value)

    def load(self) -> Any:
        """The application, in the worker that serves it."""
        return self.application


class UserModelApplication(StandaloneApplication):
    """The same for an object whose ``load()`` runs in every worker."""

    def __init__(
        self,
        app: Any,
        user_object: Any,
        tracing: Any = None,
        jaeger_extra_tags: Any = None,
        interface_name: str = "",
        options: Mapping[str, Any] | None = None,
    ) -> None:
        """The arguments about tracing are taken and not used."""
        self.user_object = user_object
        super().__init__(app, options)

    def load(self) -> Any:
        """The application, once the object is loaded. Raises LoadFailed."""
        load(self.user_object)
        return self.application


def accesslog(flag: bool) -> str | None:
    """Gunicorn's setting of that name: standard output, or none."""
    return "-" if flag else None


def threads(threads: int, single_threaded: bool) -> int:
    """Gunicorn's setting of that name."""
    return 1 if single_threaded else threads


def post_worker_init(worker: Any) -> None:
    """Gunicorn's hook of that name: says that a worker is there."""
    logger.info("worker %s is ready", worker.pid)


def worker_exit(server: Any, worker: Any, seldon_metrics: Any) -> None:
    """Forget a worker's metrics when it ends."""
    seldon_metrics.clear()
