"""A real IPython shell with the magic loaded, and no kernel around it."""

import contextlib
import io
import logging
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from seldon_workbench.session import Session

__all__ = ["Shell", "open_shell"]


class Shell:
    """Runs cells as a person would, and keeps what they showed."""

    def __init__(self, folder: Path) -> None:
        config = Config()
        config.HistoryManager.enabled = False
        config.InteractiveShell.colors = "nocolor"
        self.ip = InteractiveShell(config=config, ipython_dir=str(folder))
        self.shown = ""
        """What the last cell printed, its traceback included."""

    def run(self, cell: str) -> Any:
        """The value of a cell. Raises what the cell raises."""
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            ran = self.ip.run_cell(cell)
        self.shown = re.sub(r"\x1b\[[0-9;]*m", "", printed.getvalue())
        ran.raise_error()
        return ran.result

    def complaint(self, cell: str) -> str:
        """What a cell that fails shows."""
        with contextlib.suppress(BaseException):
            self.run(cell)
            raise AssertionError(f"{cell} did not fail")
        return self.shown.strip()

    @property
    def sessions(self) -> dict[str, Session]:
        """What the magic serves, by name."""
        magic = self.ip.magics_manager.registry.get("SeldonMagic")
        return {session.name: session for session in magic.sessions} if magic else {}

    def ask(self, payload: Any = None, name: str = "") -> Any:
        """The reply of a server to a prediction over REST, as Python values."""
        session = self.sessions[name] if name else next(iter(self.sessions.values()))
        reply = session.call("predict", payload or {"data": {"ndarray": [[1, 2]]}}, via="rest")
        assert reply.is_ok, reply.body
        return reply.body


@contextlib.contextmanager
def open_shell(folder: Path) -> Iterator[Shell]:
    """A shell in which ``%load_ext seldon_workbench`` was run; it leaves nothing behind."""
    main, path, log = sys.modules["__main__"], list(sys.path), logging.getLogger("seldon_workbench")
    handlers, level = list(log.handlers), log.level
    shell = Shell(folder)
    try:
        shell.run("%load_ext seldon_workbench")
        yield shell
        if "SeldonMagic" in shell.ip.magics_manager.registry:
            shell.run("%unload_ext seldon_workbench")
    finally:
        shell.ip.restore_sys_module_state()
        sys.modules["__main__"], sys.path[:] = main, path
        log.handlers[:], log.level = handlers, level
