"""``seldon-core-microservice-tester`` and ``seldon-core-api-tester``: random requests that fit a contract.

Exit status: 0 if every reply fits; 1 if a request was refused, not answered, or answered otherwise than
the contract's targets say; 2 if nothing could be sent.
"""

import argparse
import contextlib
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import click

from seldon_workbench.companions.contract import (
    FEATURES,
    TARGETS,
    columns_of,
    generate_batch,
    names_of,
    read_contract,
)
from seldon_workbench.companions.fit import misfits
from seldon_workbench.companions.seldon_client import SeldonClient
from seldon_workbench.errors import WorkbenchError
from seldon_workbench.logs import log_to_terminal
from seldon_workbench.message import Array
from seldon_workbench.server.proto_json import to_json
from seldon_workbench.settings import Settings

__all__ = [
    "run_api_send_feedback",
    "run_api_tester",
    "run_method",
    "run_microservice_tester",
    "run_predict",
    "run_send_feedback",
]

_SHOWN_FAILURES = 10
"""Requests whose failure is told; the others are counted."""

Ask = Callable[[Array], Any]
"""Sends a batch; a result of SeldonClient."""


# ---- the commands --------------------------------------------------------------------------------


def run_microservice_tester(words: Sequence[str]) -> int:
    """Test a component's own server; the exit status."""
    parser = _parser(
        "seldon-core-microservice-tester", "Send a component random requests that fit a contract."
    )
    parser.add_argument(
        "--endpoint",
        choices=["predict", "send-feedback", "transform-input"],
        default="predict",
        help="default: %(default)s",
    )

    def test(args: argparse.Namespace) -> int:
        if args.endpoint == "send-feedback":
            return run_send_feedback(args)
        return run_method(args, args.endpoint)

    return _run(parser, words, test)


def run_api_tester(words: Sequence[str]) -> int:
    """Test a deployment through its gateway; the exit status."""
    parser = _parser("seldon-core-api-tester", "Send a deployment random requests that fit a contract.")
    parser.add_argument("deployment", nargs="?", default="mymodel", help="default: %(default)s")
    parser.add_argument(
        "--endpoint", choices=["predict", "send-feedback"], default="predict", help="default: %(default)s"
    )
    parser.add_argument("--namespace", help="of the deployment")

    def test(args: argparse.Namespace) -> int:
        return run_api_send_feedback(args) if args.endpoint == "send-feedback" else run_predict(args)

    return _run(parser, words, test)


def _parser(name: str, purpose: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=name, description=purpose, epilog=(__doc__ or "").partition("\n\n")[2]
    )
    parser.add_argument("contract", help="file that describes features and targets")
    parser.add_argument("host")
    parser.add_argument("port", type=_port)
    parser.add_argument(
        "-b", "--batch-size", type=_positive, default=1, metavar="ROWS", help="rows per request"
    )
    parser.add_argument("-n", "--n-requests", type=_positive, default=1, metavar="N", help="default: 1")
    parser.add_argument("--grpc", action="store_true", help="gRPC instead of REST")
    parser.add_argument("-t", "--tensor", action="store_true", help="send tensor instead of ndarray")
    parser.add_argument("-p", "--prnt", action="store_true", help="print requests and responses")
    parser.add_argument(
        "--log-level", choices=["DEBUG", "INFO", "ERROR"], default="ERROR", help="default: ERROR"
    )
    return parser


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no positive number")
    return int(text)


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port")
    return int(text)


def _run(
    parser: argparse.ArgumentParser, words: Sequence[str], test: Callable[[argparse.Namespace], int]
) -> int:
    try:
        args = parser.parse_args(list(words))
    except SystemExit as ended:  # argparse has said why
        return int(ended.code or 0)
    log_to_terminal(Settings(log_level=args.log_level))
    try:
        return 1 if test(args) else 0
    except WorkbenchError as error:
        click.echo(f"{parser.prog}: {error.text}" + (f"\n  {error.hint}" if error.hint else ""), err=True)
        return 2
    except KeyboardInterrupt:
        return 130


# ---- what is tested ------------------------------------------------------------------------------


def run_method(args: argparse.Namespace, method: str) -> int:
    """Call ``predict`` or ``transform-input`` of a component; how many requests failed.

    The targets are those of ``predict``: what ``transform-input`` replies is not held against them.
    Raises SeldonTesterException, SeldonClientException.
    """
    contract = read_contract(args.contract)
    names = names_of(contract)
    if method != "predict":
        contract[TARGETS] = []
    with _component(args) as client:
        return _test(args, contract, lambda rows: client.microservice(method=method, data=rows, names=names))


def run_send_feedback(args: argparse.Namespace) -> int:
    """Predict, then send feedback for the reply; how many requests failed. Raises as ``run_method``."""
    contract = read_contract(args.contract)
    with _component(args) as client:

        def ask(rows: Array) -> Any:
            replied = client.microservice(method="predict", data=rows)
            if not replied.success:
                return replied
            return client.microservice_feedback(replied.request, replied.response, reward=1.0)

        return _test(args, contract | {TARGETS: []}, ask)


def run_predict(args: argparse.Namespace) -> int:
    """Ask a deployment for predictions; how many requests failed. Raises as ``run_method``."""
    contract = read_contract(args.contract)
    with _deployment(args) as client:
        names = names_of(contract)
        return _test(args, contract, lambda rows: client.predict(data=rows, names=names))


def run_api_send_feedback(args: argparse.Namespace) -> int:
    """Ask a deployment, then send feedback for its reply; how many failed. Raises as ``run_method``."""
    contract = read_contract(args.contract)
    with _deployment(args) as client:

        def ask(rows: Array) -> Any:
            replied = client.predict(data=rows, client_return_type="proto")
            if not replied.success:
                return replied
            return client.feedback(replied.request, replied.response, reward=1.0)

        return _test(args, contract | {TARGETS: []}, ask)


def _component(args: argparse.Namespace) -> SeldonClient:
    return SeldonClient(microservice_endpoint=f"{args.host}:{args.port}", **_wire(args))


def _deployment(args: argparse.Namespace) -> SeldonClient:
    return SeldonClient(
        gateway="ambassador",
        gateway_endpoint=f"{args.host}:{args.port}",
        deployment_name=args.deployment,
        namespace=args.namespace,
        **_wire(args),
    )


def _wire(args: argparse.Namespace) -> dict[str, Any]:
    return {
        "transport": "grpc" if args.grpc else "rest",
        "payload_type": "tensor" if args.tensor else "ndarray",
    }


def _test(args: argparse.Namespace, contract: dict[str, Any], ask: Ask) -> int:
    """Send as many batches as were asked for; how many were not answered as they should be."""
    targets, failed = columns_of(contract, TARGETS), 0
    with _progress(args) as advance:
        for number in range(1, args.n_requests + 1):
            rows = generate_batch(contract, args.batch_size, FEATURES)
            _show(args, "-" * 40, "SENDING NEW REQUEST:\n", str(rows))
            result = ask(rows)
            _show(args, "RECEIVED RESPONSE:", str(result.response), "\n")
            problems = (
                misfits(targets, _plain(result.response), len(rows)) if result.success else [result.msg]
            )
            if problems:
                failed += 1
                _tell(failed, number, problems)
            advance()
    if args.n_requests > 1 or failed:
        click.echo(f"{args.n_requests - failed} of {args.n_requests} requests answered well", err=True)
    return failed


def _plain(response: Any) -> Any:
    return to_json(response) if hasattr(response, "DESCRIPTOR") else response


def _show(args: argparse.Namespace, *lines: str) -> None:
    if args.prnt:
        click.echo("\n".join(lines))


def _tell(failed: int, number: int, problems: Sequence[str]) -> None:
    if failed <= _SHOWN_FAILURES:
        click.echo(f"request {number}: " + "; ".join(problems), err=True)
    elif failed == _SHOWN_FAILURES + 1:
        click.echo("more requests fail; they are counted", err=True)


@contextlib.contextmanager
def _progress(args: argparse.Namespace) -> Iterator[Callable[[], None]]:
    """Draws a bar for many requests, on a terminal that nothing else is printed to."""
    if args.n_requests == 1 or args.prnt or not sys.stderr.isatty():
        yield lambda: None
        return
    with click.progressbar(length=args.n_requests, label="requests", file=sys.stderr) as bar:
        yield lambda: bar.update(1)
