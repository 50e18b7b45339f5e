"""The command line of the check."""

import argparse
import json
import logging
import secrets
import sys
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path

from . import corpus, deviations, examples, oracle, ours, report, sweep
from .generate import requests
from .run import Serve, Verdict, answers, pairs, verdict

OWN_ENVIRONMENT = Path(__file__).resolve().parents[2] / ".parity"


def parser() -> argparse.ArgumentParser:
    """The options."""
    made = argparse.ArgumentParser(prog="python tests/parity", description=__doc__)
    made.add_argument(
        "--oracle-python", type=Path, help="interpreter with the original installed; else one is made"
    )
    made.add_argument("--seed", type=int, help="the same seed makes the same requests; random if not given")
    made.add_argument("--count", type=int, default=500, help="number of requests (%(default)s)")
    made.add_argument(
        "--malformed", type=float, default=0.0, help="share of malformed requests (%(default)s)"
    )
    made.add_argument(
        "--odd", type=float, default=0.1, help="share of known weaknesses of the original (%(default)s)"
    )
    made.add_argument("--sweep", action="store_true", help="also everything a component can be ordered to do")
    made.add_argument("--json", type=Path, help="also write the result as JSON")
    made.add_argument("--oracle-only", type=Path, metavar="FILE", help="record a corpus instead of comparing")
    made.add_argument("--against-itself", action="store_true", help="compare the original with itself")
    made.add_argument("--in-process", action="store_true", help="start ours inside this process")
    made.add_argument("--examples", action="store_true", help="ask the examples of the deviations instead")
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """0 if nothing is unexplained and enough is equal, 1 if not, 2 if a server did not start."""
    options = parser().parse_args(arguments)
    try:
        return checked(options)
    except oracle.StartFailed as error:
        print(f"a server did not start; the end of its log:\n{error}", file=sys.stderr)
        return 2


def checked(options: argparse.Namespace) -> int:
    """Run the check and report on it."""
    seed = options.seed if options.seed is not None else secrets.randbelow(2**32)
    print(f"seed {seed}", flush=True)
    python = options.oracle_python or oracle.python_in(OWN_ENVIRONMENT)
    theirs: Serve = partial(oracle.serving, python)
    shares = {"malformed": options.malformed, "odd": options.odd}
    made = requests(seed, options.count, **shares) + (sweep.requests() if options.sweep else [])
    listed = deviations.load()
    if options.oracle_only:
        kept = [each for each in made if len(each.body) <= corpus.LONGEST_BODY]
        options.oracle_only.write_text(corpus.written(answers(kept, theirs)), encoding="utf-8")
        return 0
    if options.examples:
        return examples_shown(examples.checked(listed, theirs, server(options, theirs)))
    compared = pairs(made, theirs, server(options, theirs))
    strict = not options.against_itself
    return concluded([verdict(pair, listed, strict=strict) for pair in compared], listed, seed, options.json)


def examples_shown(results: Iterable[tuple[deviations.Deviation, str]]) -> int:
    """Print what became of every example; 1 if any is no longer as recorded."""
    found = 0
    for deviation, complaint in results:
        print(f"{deviation.id:5} {complaint or 'as recorded'}")
        found += bool(complaint)
    return 1 if found else 0


def server(options: argparse.Namespace, theirs: Serve) -> Serve:
    """The server that is compared with the original."""
    if options.against_itself:
        return theirs
    if not options.in_process:
        return ours.serving
    logging.disable(logging.CRITICAL)
    return ours.serving_in_process


def concluded(
    verdicts: Sequence[Verdict], listed: Sequence[deviations.Deviation], seed: int, file: Path | None
) -> int:
    """Print the summary, write the JSON if asked for, and turn it into an exit status."""
    print(report.summary(verdicts, listed))
    if file:
        result = report.as_json(verdicts, seed)
        file.write_text(json.dumps(result, indent=1), encoding="utf-8")
    return 0 if report.passes(verdicts) else 1
