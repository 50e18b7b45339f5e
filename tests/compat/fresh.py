"""Programs in an interpreter of their own, where nothing was imported before."""

import os
import subprocess
import sys
from pathlib import Path

SWITCH = "from seldon_workbench.compat import install; install()"
"""What a composition root does before it runs user code."""


def run(*statements: str, before: str = SWITCH, cwd: Path | str = "/", **env: str) -> str:
    """What a program prints; it has to end well, and nothing may warn."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", "\n".join((before, *statements))],
        env=os.environ | env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=cwd,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
