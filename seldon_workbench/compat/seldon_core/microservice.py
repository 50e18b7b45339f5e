"""``seldon_core.microservice``: the command ``seldon-core-microservice``, and what it reads."""

import sys
from collections.abc import Iterable
from importlib import import_module
from typing import Any

from seldon_workbench.compat.seldon_core.flask_utils import ANNOTATIONS_FILE
from seldon_workbench.errors import BadParameter, SeldonMicroserviceException
from seldon_workbench.setting_files import read_annotations
from seldon_workbench.settings import read_parameters

__all__ = [
    "ANNOTATIONS_FILE",
    "DEBUG_ENV",
    "DEFAULT_GRPC_PORT",
    "DEFAULT_HTTP_PORT",
    "DEFAULT_METRICS_PORT",
    "GRPC_SERVICE_PORT_ENV_NAME",
    "HTTP_SERVICE_PORT_ENV_NAME",
    "LOG_LEVEL_ENV",
    "METRICS_SERVICE_PORT_ENV_NAME",
    "PARAMETERS_ENV_NAME",
    "load_annotations",
    "main",
    "parse_parameters",
]

PARAMETERS_ENV_NAME = "PREDICTIVE_UNIT_PARAMETERS"
HTTP_SERVICE_PORT_ENV_NAME = "PREDICTIVE_UNIT_HTTP_SERVICE_PORT"
GRPC_SERVICE_PORT_ENV_NAME = "PREDICTIVE_UNIT_GRPC_SERVICE_PORT"
METRICS_SERVICE_PORT_ENV_NAME = "PREDICTIVE_UNIT_METRICS_SERVICE_PORT"
LOG_LEVEL_ENV = "SELDON_LOG_LEVEL"
DEBUG_ENV = "SELDON_DEBUG"

DEFAULT_HTTP_PORT, DEFAULT_GRPC_PORT, DEFAULT_METRICS_PORT = 9000, 5000, 6000


def main() -> int:
    """Run ``seldon-core-microservice`` with this process' arguments; the exit code says how it went."""
    code: int = import_module("seldon_workbench.microservice").main(sys.argv[1:])
    return code


def load_annotations() -> dict[str, str]:
    """The annotations of the pod; none outside one."""
    return read_annotations()


def parse_parameters(parameters: Iterable[Any]) -> dict[str, Any]:
    """Constructor arguments by name, from the list of ``{"name", "value", "type"}``.

    Raises SeldonMicroserviceException, reason MICROSERVICE_BAD_PARAMETER.
    """
    try:
        return read_parameters(parameters)
    except BadParameter as error:
        raise SeldonMicroserviceException(error.text, reason=error.reason) from error


if __name__ == "__main__":
    sys.exit(main())
