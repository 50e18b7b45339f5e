"""One browser, one JupyterLab and one notebook that was run, for all tests of this folder.

Rule: they end with the folder, for a running browser keeps an event loop in the way of other tests.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from .lab import Lab, Notebook, chromium, open_browser

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "01_serve_a_model.ipynb"


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    executable = chromium()
    if executable is None:
        pytest.skip("no chromium is installed: the notebook cannot be tried in a browser")
    with open_browser(executable) as opened:
        yield opened


@pytest.fixture(scope="package")
def notebook(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Notebook]:
    """The first tutorial, run up to the cell that stops its servers."""
    with Lab(tmp_path_factory.mktemp("lab")) as lab:
        shutil.copy(NOTEBOOK, lab.root)
        opened = lab.notebook(browser, NOTEBOOK.name, viewport={"width": 1400, "height": 1000})
        opened.run_all_above("%seldon stop")
        yield opened
        opened.page.context.close()
