"""How long ours takes to be imported, and to answer for the first time in a fresh interpreter."""

import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

from processes import SERVER_CORE, Unmeasured, clean_environment, pinned, run
from servers import BENCH

REPEATS = 7
FIRST_ANSWER = BENCH / "first_answer.py"
"""Prints one JSON object with `seconds`: from serving to the first answered request, the import behind it."""


def import_seconds(repeats: int = REPEATS) -> float:
    """Median over fresh interpreters of `import seldon_workbench`, less that of interpreters idling."""
    _interpreter_seconds("import seldon_workbench")  # writes the byte code and fills the file cache
    loaded, bare = [], []
    for _ in range(repeats):
        loaded.append(_interpreter_seconds("import seldon_workbench"))
        bare.append(_interpreter_seconds("pass"))
    return statistics.median(loaded) - statistics.median(bare)


def first_answer_seconds(repeats: int = REPEATS, script: Path = FIRST_ANSWER) -> float:
    """Median of the script's own clock over fresh interpreters, after one that does not count."""
    return statistics.median([_script_seconds(script) for _ in range(repeats + 1)][1:])


FIGURES: dict[str, Callable[[], float]] = {
    "import seldon_workbench": import_seconds,
    "serve to first answer, after import": first_answer_seconds,
}
LIMITS = {"import seldon_workbench": 0.100, "serve to first answer, after import": 0.300}
"""Seconds."""


def _interpreter_seconds(code: str) -> float:
    begun = time.perf_counter()
    status, output = run(_python("-c", code), timeout=60, environment=clean_environment())
    elapsed = time.perf_counter() - begun
    if status:
        raise Unmeasured(f"`{code}` fails: {output.strip().splitlines()[-1:]}")
    return elapsed


def _script_seconds(script: Path) -> float:
    status, output = run(_python(str(script)), timeout=60, environment=clean_environment())
    lines = output.strip().splitlines()
    if status or not lines:
        raise Unmeasured(f"{script.name} fails: {lines[-1:]}")
    return float(json.loads(lines[-1])["seconds"])


def _python(*arguments: str) -> list[str]:
    return pinned(SERVER_CORE, [sys.executable, *arguments])
