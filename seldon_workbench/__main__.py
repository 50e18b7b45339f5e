"""Composition root of the command line."""

import sys


def main() -> int:
    """``seldon-workbench``: the exit code says how it went."""
    from seldon_workbench.cli import main as run_cli
    from seldon_workbench.compat import install

    install()
    return run_cli(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
