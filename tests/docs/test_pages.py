"""Every page of the guide does what it says."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from seldon_workbench.settings import IMPROVEMENTS

from .pages import blocks

ROOT = Path(__file__).resolve().parents[2]
PAGES = [page for page in sorted((ROOT / "docs").glob("*.md")) if list(blocks(page.read_text()))]
WITHOUT_CODE = {"architecture.md", "dependencies.md"}
"""Pages that are not part of the user guide."""


@pytest.mark.parametrize("page", PAGES, ids=[page.stem for page in PAGES])
@pytest.mark.timeout(180)
def test_the_python_of_a_page_runs(page: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", str(Path(__file__).with_name("pages.py")), str(page)],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]


def test_every_page_of_the_guide_has_python_that_runs() -> None:
    pages = {page.name for page in (ROOT / "docs").glob("*.md")} - WITHOUT_CODE
    assert pages == {page.name for page in PAGES}


def test_every_page_is_reached_from_the_guide() -> None:
    guide = (ROOT / "docs" / "guide.md").read_text()
    pages = {page.name for page in PAGES} - {"guide.md"}
    assert {name for name in pages if f"({name})" not in guide} == set()


def test_blocks_are_found_with_their_lines_and_files() -> None:
    page = "# A\n\n```python\nx = 1\n```\n\n```console\n$ y\n```\n\n```python file=m.py\ny = 2\n```\n"
    assert [tuple(block) for block in blocks(page)] == [(3, None, "x = 1\n"), (11, "m.py", "y = 2\n")]


def test_the_guide_lists_every_improvement() -> None:
    guide = (ROOT / "docs" / "guide.md").read_text()
    listed = [
        line.split("`")[1] for line in guide.partition("on request")[2].splitlines() if line.startswith("| `")
    ]
    assert listed == list(IMPROVEMENTS)
