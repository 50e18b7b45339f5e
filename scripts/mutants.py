"""How many mutants the tests killed in the last `mutmut run`, module by module.

python scripts/mutants.py --at-least 80     # exit status 1 if fewer per cent were killed
"""

import argparse
import json
import sys
from pathlib import Path

from mutmut.stats import status_by_exit_code

RESULTS = Path(__file__).resolve().parent.parent / "mutants"
KILLED = ("killed", "timeout", "caught by type check")


def main() -> int:
    """1 if too few were killed, or not all were tried."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--at-least", type=float, default=0.0, metavar="PERCENT")
    least = parser.parse_args().at_least
    statuses = {module_of(file): statuses_in(file) for file in sorted(RESULTS.rglob("*.meta"))}
    for module, found in statuses.items():
        print(f"{line_of(found)}  {module}")
    everything = [status for found in statuses.values() for status in found]
    print(f"{line_of(everything)}  all")
    untried = everything.count("not checked")
    if not everything or untried:
        print(f"{untried} mutants were not tried: `mutmut run` first")
        return 1
    return 0 if share_killed(everything) >= least else 1


def module_of(file: Path) -> str:
    """The file that was mutated."""
    return str(file.relative_to(RESULTS).with_suffix(""))


def statuses_in(file: Path) -> list[str]:
    """What became of each mutant of a module."""
    exit_codes = json.loads(file.read_text(encoding="utf-8"))["exit_code_by_key"]
    return [status_by_exit_code[code] for code in exit_codes.values()]


def share_killed(statuses: list[str]) -> float:
    """In per cent."""
    return 100.0 * sum(status in KILLED for status in statuses) / len(statuses) if statuses else 0.0


def line_of(statuses: list[str]) -> str:
    """``91.5 %   215 of   235``."""
    killed = sum(status in KILLED for status in statuses)
    return f"{share_killed(statuses):5.1f} %  {killed:5} of {len(statuses):5}"


if __name__ == "__main__":
    sys.exit(main())
