"""`make screenshots`: take the pictures of README and documentation again, of the real thing.

The notebook is the first tutorial, run in JupyterLab by a browser; the terminal's commands are run,
and what they print is set in a page that looks like a terminal.
"""

import contextlib
import html
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, FloatRect, ViewportSize

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.e2e.lab import DARK, LIGHT, Lab, Notebook, chromium, open_browser  # noqa: E402

PICTURES = ROOT / "docs" / "pictures"
TUTORIAL = ROOT / "notebooks" / "01_serve_a_model.ipynb"

WIDTH, SCALE = 900, 4 / 3
"""A page of this width and density makes pictures 1200 pixels wide."""

SERVE = "seldon-workbench serve notebooks/iris.py:IrisClassifier 2> server.log &"
CALLS = (
    "curl -s http://127.0.0.1:9000/api/v1.0/predictions -H 'Content-Type: application/json' \\\n"
    """    -d '{"data": {"ndarray": [[5.1, 3.5, 1.4, 0.2]]}}'""",
    "seldon-workbench send --via grpc \\\n"
    """    -d '{"data": {"tensor": {"shape": [1, 4], "values": [5.9, 3.0, 5.1, 1.8]}}}'""",
)

LEAVES = """{
  "data": {
    "ndarray": [
      [5.1, 3.5, 1.4, 0.2],
      [5.9, 3.0, 5.1, 1.8],
      [6.2, 2.8, 4.8, 1.8]
    ]
  }
}"""

TERMINAL = """<!doctype html><meta charset=utf-8><style>
body {{ margin: 0; background: none }}
main {{ width: {width}px; background: #1d2330; border-radius: 8px; overflow: hidden }}
header {{ padding: 10px 14px; background: #2a3142; font-size: 0 }}
i {{ display: inline-block; width: 11px; height: 11px; margin-right: 7px; border-radius: 50%;
    background: #5b6479 }}
pre {{ margin: 0; padding: 14px 18px 18px; color: #d6dbe6; white-space: pre-wrap; overflow-wrap: anywhere;
       font: 13px/1.5 "DejaVu Sans Mono", "Liberation Mono", Menlo, Consolas, monospace }}
b {{ color: #8fd17f; font-weight: normal }} em {{ color: #fff; font-style: normal }}
</style><main><header><i></i><i></i><i></i></header><pre>{text}</pre></main>"""


def main() -> int:
    executable = chromium()
    if executable is None:
        print("no chromium is installed; pictures are taken with one", file=sys.stderr)
        return 1
    PICTURES.mkdir(parents=True, exist_ok=True)
    with open_browser(executable) as browser:
        picture_terminal(browser)
        picture_page(browser)
        picture_notebook(browser)
    for picture in sorted(PICTURES.glob("*.png")):
        print(f"{picture.relative_to(ROOT)}  {picture.stat().st_size // 1024} kB")
    return 0


# ---- the notebook --------------------------------------------------------------------------------


def picture_notebook(browser: Browser) -> None:
    size: ViewportSize = {"width": WIDTH + 98, "height": 2600}  # a cell is that much narrower than its page
    with tempfile.TemporaryDirectory() as folder, Lab(Path(folder) / "lab") as lab:
        shutil.copy(TUTORIAL, lab.root)
        notebook = lab.notebook(browser, TUTORIAL.name, viewport=size, device_scale_factor=SCALE)
        notebook.command("application:toggle-left-area")
        notebook.run_all_above("%%seldon send predict --via grpc")
        notebook.select("%load_ext")
        notebook.page.mouse.move(0, 0)
        for theme, name in ((LIGHT, "notebook.png"), (DARK, "notebook-dark.png")):
            notebook.wear(theme)
            clip = area(notebook, first="from seldon_core", last="%%seldon send predict")
            notebook.page.screenshot(path=PICTURES / name, clip=clip)
        notebook.page.context.close()


def area(notebook: Notebook, *, first: str, last: str) -> FloatRect:
    """The cells from one to another."""
    top, bottom = (notebook.cell(source).bounding_box() for source in (first, last))
    assert top is not None
    assert bottom is not None
    height = bottom["y"] + bottom["height"] - top["y"]
    return {"x": top["x"], "y": top["y"], "width": top["width"], "height": height}


# ---- the terminal --------------------------------------------------------------------------------


def picture_terminal(browser: Browser) -> None:
    with serving() as announced:
        typed = [(SERVE, announced), *((call, output_of(call)) for call in CALLS)]
    text = "\n\n".join(
        f"<b>$</b> <em>{html.escape(command)}</em>\n{html.escape(shown.strip())}" for command, shown in typed
    )
    page = browser.new_context(viewport={"width": WIDTH, "height": 400}, device_scale_factor=SCALE).new_page()
    page.set_content(TERMINAL.format(width=WIDTH, text=text))
    page.locator("main").screenshot(path=PICTURES / "terminal.png", omit_background=True)
    page.context.close()


# ---- the page that sends requests ----------------------------------------------------------------


def picture_page(browser: Browser) -> None:
    size: ViewportSize = {"width": 1200, "height": 800}
    with serving():
        page = browser.new_context(viewport=size).new_page()
        page.goto("http://127.0.0.1:9000/docs")
        page.get_by_role("textbox", name="Payload").fill(LEAVES)
        page.get_by_role("button", name="Send", exact=True).click()
        page.locator(".headline").wait_for()
        page.screenshot(path=PICTURES / "try.png", full_page=True)
        page.context.close()


# ---- a server ------------------------------------------------------------------------------------


@contextlib.contextmanager
def serving() -> Iterator[str]:
    """The server of the picture; what it says when it is ready."""
    command = [program(), *SERVE.split()[1:3]]
    with (
        tempfile.TemporaryFile() as log,
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=log, text=True) as server,
    ):
        try:
            assert server.stdout is not None
            yield "".join(iter(server.stdout.readline, "Ctrl-C stops it\n")) + ready()
        finally:
            server.terminate()
            server.communicate()


def ready() -> str:
    """Nothing, once the server answers."""
    for _ in range(300):
        with (
            contextlib.suppress(urllib.error.URLError),
            urllib.request.urlopen("http://127.0.0.1:9000/health/status", timeout=10),
        ):
            return ""
        time.sleep(0.1)
    raise TimeoutError("the server does not answer; does somebody else have port 9000?")


def output_of(command: str) -> str:
    """What a command of the picture prints."""
    line = command.replace("seldon-workbench", program(), 1)
    return subprocess.run(line, shell=True, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def program() -> str:
    return str(Path(sys.executable).parent / "seldon-workbench")


if __name__ == "__main__":
    sys.exit(main())
