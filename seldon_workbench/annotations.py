"""The pod's annotations, as Kubernetes' downward API writes them to a file.

Source: ``key="value"`` lines; blanks around the first ``=`` are allowed.
"""

import logging
from pathlib import Path

__all__ = ["ANNOTATIONS_FILE", "load_annotations", "read_annotations"]

logger = logging.getLogger(__name__)

ANNOTATIONS_FILE = "/etc/podinfo/annotations"
"""Where Seldon's operator mounts them."""


def load_annotations(path: str | Path = ANNOTATIONS_FILE) -> dict[str, str]:
    """The annotations in a file; none where there is no file that can be read."""
    try:
        text = Path(path).read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        logger.warning("annotations are not read: %s", error)
        return {}
    return read_annotations(text)


def read_annotations(text: str) -> dict[str, str]:
    """The annotations in the text of such a file. Lines without a value are passed over."""
    found = {}
    for line in text.splitlines():
        key, equals, value = line.partition("=")
        if equals:
            found[key.strip()] = _unquoted(value.strip())
        elif line.strip():
            logger.warning("a line of the annotations has no value: %r", line)
    return found


def _unquoted(value: str) -> str:
    is_quoted = len(value) > 1 and value[0] == value[-1] == '"'
    return value[1:-1] if is_quoted else value
