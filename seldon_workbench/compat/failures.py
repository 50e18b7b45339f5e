"""Our failures as the exceptions that callers of ``seldon_core`` catch."""

from collections.abc import Iterator
from contextlib import contextmanager

from seldon_workbench.errors import (
    ComponentFailed,
    HookMissing,
    SeldonMicroserviceException,
    SeldonNotImplementedError,
    WorkbenchError,
)
from seldon_workbench.server.status import http_status

__all__ = ["as_seldon", "seldons"]


@contextmanager
def as_seldon() -> Iterator[None]:
    """Within this, or in a function decorated with it, failures are raised as Seldon's exceptions."""
    try:
        yield
    except WorkbenchError as failure:
        raised = seldons(failure)
        raise raised from raised.__cause__


def seldons(failure: WorkbenchError) -> BaseException:
    """What a component raised, where it did; a SeldonMicroserviceException otherwise. Its cause is set."""
    if isinstance(failure, ComponentFailed):
        return failure.original
    raised: SeldonMicroserviceException
    if isinstance(failure, HookMissing):
        raised = SeldonNotImplementedError(failure.text)
    else:
        raised = SeldonMicroserviceException(failure.text, http_status(failure), reason=failure.reason)
    raised.__cause__ = failure
    return raised
