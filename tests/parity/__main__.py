"""`python tests/parity`: put the same requests to the original and to our server and compare."""

import sys
from pathlib import Path

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parent.parent)
    from parity.command import main
else:
    from .command import main

if __name__ == "__main__":
    sys.exit(main())
