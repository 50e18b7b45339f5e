"""The terminal's face: words in, stdout, stderr and an exit code out.

Exit codes: 0 done; 1 the server refused or is not well, or the doctor found something; 2 the command was
not understood; 3 nothing could be served, or there is nothing to examine; 4 no server answers.
"""

import json
import os
import sys
from collections.abc import Sequence

from seldon_workbench import __version__
from seldon_workbench.commands import Context, Face, HelpWanted, run
from seldon_workbench.errors import (
    ServerUnreachable,
    SetupError,
    UsageProblem,
    WorkbenchError,
)
from seldon_workbench.logs import log_to_terminal
from seldon_workbench.outcome import Outcome
from seldon_workbench.settings import Settings

__all__ = ["main"]

_EXIT_CODES: tuple[tuple[type[WorkbenchError], int], ...] = (
    (UsageProblem, 2),
    (SetupError, 3),
    (ServerUnreachable, 4),
    (WorkbenchError, 1),
)


def main(words: Sequence[str]) -> int:
    """Run one command line; the exit code."""
    if list(words) == ["--version"]:
        print(__version__)
        return 0
    as_json = "--json" in words

    def show(outcome: Outcome) -> None:
        print(json.dumps(outcome.data) if as_json else _for_terminal(outcome), flush=True)

    log_to_terminal(Settings())  # until a command knows better
    context = Context(Face.TERMINAL, os.environ, announce=show, set_log=log_to_terminal)
    try:
        outcome = run(words, context)
    except HelpWanted as help_wanted:
        print(help_wanted)
        return 0
    except WorkbenchError as error:
        _complain(error, as_json)
        return next(code for kind, code in _EXIT_CODES if isinstance(error, kind))
    show(outcome)
    return outcome.exit_code


def _for_terminal(outcome: Outcome) -> str:
    """The text, with colours where they are seen and wanted (https://no-color.org)."""
    is_seen = sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
    return (
        outcome.coloured if outcome.coloured and is_seen and not os.environ.get("NO_COLOR") else outcome.text
    )


def _complain(error: WorkbenchError, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"error": error.text, "hint": error.hint, "reason": error.reason}))
    original = getattr(error, "original", None)
    if original is not None:
        import traceback

        traceback.print_exception(original)
    print(f"seldon-workbench: {error.text}", file=sys.stderr)
    if error.hint:
        print(f"  {error.hint}", file=sys.stderr)
