"""A virtual environment per peer, made once under `.bench/` and kept."""

import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from processes import Unmeasured, clean_environment, run

INSTALL_SECONDS = 1800.0
_VERSIONS_CODE = """
import importlib.metadata, json, platform, sys
found = {"python": platform.python_version()}
for name in sys.argv[1:]:
    try:
        found[name] = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        pass
print(json.dumps(found))
"""


@dataclass(frozen=True, slots=True)
class Interpreter:
    """The Python the peers' environments are made with."""

    path: str
    version: str

    @property
    def series(self) -> str:
        """Such as `3.11`."""
        return ".".join(self.version.split(".")[:2])


def peer_interpreter() -> Interpreter:
    """The one `BENCH_PYTHON` names, else `python3.11`."""
    name = os.environ.get("BENCH_PYTHON", "python3.11")
    path = shutil.which(name)
    if path is None:
        raise Unmeasured(f"no interpreter {name!r} for the peers; set BENCH_PYTHON to a Python 3.11")
    code, output = run([path, "-c", "import platform; print(platform.python_version())"], timeout=30)
    if code:
        raise Unmeasured(f"{path} does not run ({_last_lines(output)}); set BENCH_PYTHON to a Python 3.11")
    return Interpreter(path, output.strip())


def ensure(folder: Path, requirements: Sequence[str], interpreter: Interpreter) -> Path:
    """The `bin` folder of an environment holding the requirements; made now unless it already stands."""
    stamp = folder / "bench-stamp.json"
    wanted = json.dumps({"python": interpreter.version, "requirements": list(requirements)})
    if stamp.is_file() and stamp.read_text() == wanted:
        return folder / "bin"
    if folder.exists():
        shutil.rmtree(folder)
    try:
        _install(folder, requirements, interpreter)
    except Unmeasured:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    stamp.write_text(wanted)
    return folder / "bin"


def _install(folder: Path, requirements: Sequence[str], interpreter: Interpreter) -> None:
    steps = (
        [interpreter.path, "-m", "venv", str(folder)],
        [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", *requirements],
    )
    for command in steps:
        code, output = run(command, timeout=INSTALL_SECONDS, environment=clean_environment())
        if code:
            wanted = " ".join(requirements)
            raise Unmeasured(
                f"`pip install {wanted}` failed with Python {interpreter.version}"
                f" (BENCH_PYTHON chooses another): {_last_lines(output)}"
            )


def _last_lines(output: str, count: int = 2) -> str:
    """What pip ends with when it fails: its error lines, else the last lines."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR")]
    return " / ".join((errors or lines)[-count:]) or "no output"


def versions(python: Path, packages: Sequence[str]) -> dict[str, str]:
    """The version of Python and of each installed package of the list."""
    command = [str(python), "-c", _VERSIONS_CODE, *packages]
    code, output = run(command, timeout=30, environment=clean_environment())
    if code:
        raise Unmeasured(f"{python} does not run: {_last_lines(output)}")
    found: dict[str, str] = json.loads(output)
    return found
