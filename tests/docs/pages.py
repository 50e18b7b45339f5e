"""Run the Python of one page of the guide: ``python pages.py PAGE``, in a folder of its own.

A block that begins with ```` ```python ```` runs; they share one namespace, from top to bottom. One with
``file=NAME`` is written to that file instead. Blocks of any other language are only shown.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_FENCE = re.compile(r"^```python(?: file=(?P<file>\S+))?\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL)


class Block(NamedTuple):
    """A piece of Python on a page."""

    line: int
    file: str | None
    code: str


def blocks(page: str) -> Iterator[Block]:
    """The Python of a page, in order."""
    for found in _FENCE.finditer(page):
        line = page.count("\n", 0, found.start("code"))
        yield Block(line, found["file"], found["code"])


def run(path: Path) -> None:
    """Run a page; whatever it raises names the page and the line."""
    namespace: dict[str, object] = {"__name__": "__main__"}
    for block in blocks(path.read_text(encoding="utf-8")):
        if block.file is not None:
            Path(block.file).write_text(block.code, encoding="utf-8")
        else:
            exec(compile("\n" * block.line + block.code, str(path), "exec"), namespace)


if __name__ == "__main__":
    sys.path.insert(0, "")
    run(Path(sys.argv[1]))
