"""Drives a JupyterLab of its own with a browser; the tests and the pictures share it.

Rule: nothing of the user's is read or written: root, settings, kernels and history live in one folder
that is thrown away.
"""

import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

__all__ = ["DARK", "LIGHT", "Lab", "Notebook", "chromium", "open_browser"]

LIGHT, DARK = "JupyterLab Light", "JupyterLab Dark"

CHROMIUMS = (
    *("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome"),
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
"""Names on the path, and where macOS has it."""

FLAGS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-quic"),
    "--host-resolver-rules=MAP *.test 127.0.0.1",
)
"""The last one lets a page be served under a foreign name without asking anybody for that name."""

_SETTINGS: dict[str, dict[str, Any]] = {
    "apputils-extension/notification": {"checkForUpdates": False, "fetchNews": "false"},
    "notebook-extension/tracker": {"windowingMode": "none", "scrollPastEnd": False},
}

_CODE_CELL = ".jp-Notebook .jp-CodeCell"

_IS_CONNECTED = """() => {
    const kernel = window.jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel;
    return kernel?.connectionStatus === "connected" && kernel.status === "idle";
}"""
"""A cell that is run before that is not run at all."""

_READY = 60.0
"""Seconds JupyterLab may take to answer."""


def chromium() -> str | None:
    """Where a chromium is installed, if one is."""
    return next((path for name in CHROMIUMS if (path := shutil.which(name))), None)


@contextlib.contextmanager
def open_browser(executable: str) -> Iterator[Browser]:
    """A browser without a window, a profile or an errand of its own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


class Lab:
    """A JupyterLab of its own, on a free port of this machine."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "root"
        self.root.mkdir(parents=True)
        self._folder = folder
        self._token = "token-of-a-test"
        self._port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Lab":
        _write_settings(self._folder / "settings")
        with (self._folder / "jupyter.log").open("wb") as log:
            self._process = subprocess.Popen(
                self._command(), cwd=self.root, env=self._environment(), stdout=log, stderr=log
            )
        try:
            self._wait_until_ready()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        self._end()

    def notebook(self, browser: Browser, name: str, *, theme: str = LIGHT, **context: Any) -> "Notebook":
        """A notebook of ``root`` in a page of its own; ``context`` is what the browser's page is given."""
        dark = "dark" if theme == DARK else "light"
        page = browser.new_context(color_scheme=dark, **context).new_page()
        page.set_default_timeout(30_000)
        page.goto(f"http://127.0.0.1:{self._port}/lab/tree/{name}?token={self._token}&reset")
        return Notebook(page, theme)

    def _command(self) -> list[str]:
        flags = ("--no-browser", "--allow-root", "--expose-app-in-browser", "--ServerApp.ip=127.0.0.1")
        options = {
            "ServerApp.port": self._port,
            "ServerApp.port_retries": 0,
            "ServerApp.root_dir": self.root,
            "IdentityProvider.token": self._token,
            "LabApp.news_url": None,
        }
        return [sys.executable, "-m", "jupyterlab", *flags, *(f"--{key}={to}" for key, to in options.items())]

    def _environment(self) -> dict[str, str]:
        own = {
            "JUPYTER_CONFIG_DIR": "config",
            "JUPYTER_DATA_DIR": "data",
            "JUPYTER_RUNTIME_DIR": "runtime",
            "JUPYTERLAB_SETTINGS_DIR": "settings",
            "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
            "IPYTHONDIR": "ipython",
        }
        return os.environ | {name: str(self._folder / folder) for name, folder in own.items()}

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + _READY
        while not self._answers():
            assert self._process is not None
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"JupyterLab does not start:\n{self._log()}")
            time.sleep(0.1)

    def _answers(self) -> bool:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self._port}/api/status", headers={"Authorization": f"token {self._token}"}
        )
        try:
            with urllib.request.urlopen(request, timeout=5) as reply:
                return bool(reply.status == 200)
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            return False

    def _log(self) -> str:
        return (self._folder / "jupyter.log").read_text(errors="replace")[-4000:]

    def _end(self) -> None:
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class Notebook:
    """A notebook that is open in a page."""

    def __init__(self, page: Page, theme: str) -> None:
        self.page = page
        page.wait_for_selector(_CODE_CELL)
        self.wear(theme)
        page.wait_for_function(_IS_CONNECTED)

    def wear(self, theme: str) -> None:
        """Change the theme of JupyterLab."""
        self.command("apputils:change-theme", theme=theme)
        shade = "true" if theme == LIGHT else "false"
        self.page.wait_for_selector(f"body[data-jp-theme-light={shade}]", state="attached")
        self.page.wait_for_selector("#jupyterlab-splash", state="detached")

    def command(self, name: str, **arguments: Any) -> None:
        """Run one of JupyterLab's commands, as its menus do, and wait until it is done."""
        self.page.evaluate(
            "([name, given]) => window.jupyterapp.commands.execute(name, given).then(() => null)",
            [name, arguments],
        )

    def cell(self, source: str) -> Locator:
        """The first code cell whose source has these words."""
        editor = self.page.locator(".jp-InputArea-editor", has_text=re.compile(rf"^\W*{re.escape(source)}"))
        return self.page.locator(_CODE_CELL, has=editor).first

    def output(self, source: str) -> Locator:
        """What stands below that cell."""
        return self.cell(source).locator(".jp-OutputArea-output").first

    def run_all_above(self, source: str) -> None:
        """Run every cell above one, and wait until the last of them is done."""
        self.select(source)
        self.command("notebook:run-all-above")
        self._wait_until_done(self._index(source) - 1, before="")

    def run(self, source: str) -> None:
        """Run one cell, and wait until it is done."""
        before = self.cell(source).locator(".jp-InputPrompt").inner_text()
        self.select(source)
        self.command("notebook:run-cell")
        self._wait_until_done(self._index(source), before)

    def select(self, source: str) -> None:
        """Make a cell the current one."""
        self.cell(source).locator(".jp-InputPrompt").click()

    def _index(self, source: str) -> int:
        sources = self.page.locator(_CODE_CELL).locator(".jp-InputArea-editor").all_inner_texts()
        return next(place for place, text in enumerate(sources) if source in text)

    def _wait_until_done(self, index: int, before: str) -> None:
        """Until a code cell carries another number than before."""
        prompt = self.page.locator(_CODE_CELL).nth(index).locator(".jp-InputPrompt")
        pattern = re.compile(rf"^(?!{re.escape(before or '-')}$)\[\d+\]:$")
        expect(prompt).to_have_text(pattern, timeout=60_000)


def _write_settings(folder: Path) -> None:
    for plugin, values in _SETTINGS.items():
        file = folder / "@jupyterlab" / f"{plugin}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(values))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
