"""This process' environment, for what user code calls without naming one."""

import os
from collections.abc import Mapping

from seldon_workbench.settings import Settings, Unit

__all__ = ["environment", "settings", "unit"]


def environment() -> Mapping[str, str]:
    """The environment as it is now."""
    return os.environ


def settings() -> Settings:
    """Settings of the environment as it is now. Raises BadSetting."""
    return Settings.from_env(environment())


def unit() -> Unit:
    """What the platform says about this process' component. Raises BadSetting."""
    return Unit.from_env(environment())
