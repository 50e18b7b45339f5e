"""The HTTP applications of a component, with what the settings ask for around them."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from seldon_workbench.dispatch import Dispatcher
from seldon_workbench.server.guard import Guard
from seldon_workbench.server.listener import App
from seldon_workbench.server.metrics_app import MetricsApp
from seldon_workbench.server.rest import RestApp
from seldon_workbench.settings import Settings

if TYPE_CHECKING:
    from seldon_workbench.server.tracing import Tracing

__all__ = ["metrics_app", "rest_app"]


def rest_app(
    dispatcher: Dispatcher,
    settings: Settings,
    exposition: Callable[[], bytes],
    *,
    guard: Guard | None,
    tracing: "Tracing | None",
) -> App:
    """What the REST port serves."""
    app: App = RestApp(dispatcher, settings=settings, exposition=exposition, guard=guard)
    if settings.formats_json:
        from seldon_workbench.server.json_format import Formatted

        app = Formatted(app, settings)
    return app if tracing is None else tracing.around(app)


def metrics_app(settings: Settings, exposition: Callable[[], bytes], *, guard: Guard | None) -> App:
    """What the metrics port serves."""
    return MetricsApp(
        exposition, settings.metrics_path, guard, cors=settings.cors, is_logged=settings.access_log
    )
