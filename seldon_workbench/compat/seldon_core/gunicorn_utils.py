"""``seldon_core.gunicorn_utils``: gunicorn around an application."""

from seldon_workbench.compat.gunicorn_apps import (
    StandaloneApplication,
    UserModelApplication,
    accesslog,
    post_worker_init,
    threads,
    worker_exit,
)

__all__ = [
    "StandaloneApplication",
    "UserModelApplication",
    "accesslog",
    "post_worker_init",
    "threads",
    "worker_exit",
]
