"""The files that settings may stand in: the annotations of a pod, and pyproject.toml.

Rule: files are read here and understood by ``settings``.
"""

import logging
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from seldon_workbench.errors import BadSetting

__all__ = ["ANNOTATIONS", "read_annotations", "read_project"]

logger = logging.getLogger(__name__)

ANNOTATIONS = Path("/etc/podinfo/annotations")
"""Where Seldon's operator mounts the annotations of a pod."""

_TABLE = "seldon_workbench"


def read_annotations(path: Path = ANNOTATIONS) -> dict[str, str]:
    """The annotations in a file of lines ``key="value"``; none where there is no such file."""
    if not path.is_file():
        return {}
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        logger.warning("the annotations in %s cannot be read and are ignored: %s", path, error)
        return {}
    annotations = {}
    for line in filter(str.strip, lines):
        key, equals, value = line.partition("=")
        if equals:
            annotations[key.strip()] = _unquoted(value.strip())
        else:
            logger.warning("%s holds a line that is no annotation: %s", path, line)
    return annotations


def _unquoted(value: str) -> str:
    is_quoted = len(value) > 1 and value[0] == value[-1] == '"'
    return value[1:-1] if is_quoted else value


def read_project(folder: Path) -> Mapping[str, Any]:
    """The table ``[tool.seldon_workbench]`` of a folder's pyproject.toml; empty if there is none.

    Raises BadSetting.
    """
    path = folder / "pyproject.toml"
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:  # what is no UTF-8 and what is no TOML are ValueErrors
        raise BadSetting(f"{path} cannot be read: {error}") from error
    table = document.get("tool", {}).get(_TABLE, {})
    if not isinstance(table, dict):
        raise BadSetting(f"tool.{_TABLE} in {path} is no table", hint=f"write [tool.{_TABLE}]")
    return table
