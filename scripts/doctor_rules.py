"""Writes the table of rules of docs/doctor.md from the rules themselves; --check only compares."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from seldon_workbench.doctor.catalogue import table

PAGE = Path(__file__).resolve().parent.parent / "docs" / "doctor.md"
BEGIN = "<!-- rules: written by scripts/doctor_rules.py -->\n"
END = "<!-- end of rules -->\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Write, or compare; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="exit 1 if the page is stale")
    options = parser.parse_args(arguments)
    page = PAGE.read_text(encoding="utf-8")
    fresh = with_table(page)
    if options.check:
        if fresh != page:
            print(f"{PAGE.name} is stale; run python scripts/doctor_rules.py", file=sys.stderr)
        return int(fresh != page)
    PAGE.write_text(fresh, encoding="utf-8")
    return 0


def with_table(page: str) -> str:
    """The page with the table as it has to be."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    assert begin and end, f"{PAGE.name} has lost its marks"  # noqa: PT018 - one sentence
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


if __name__ == "__main__":
    sys.exit(main())
