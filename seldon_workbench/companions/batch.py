"""``seldon-batch-processor``: a file of requests, sent to a deployment; its answers line by line.

Exit status: 0 if every line was answered; 1 if any was not; 2 if nothing could be sent; 130 if it was
interrupted.
"""

import contextlib
import functools
import logging
import signal
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from seldon_workbench.companions.batch_lines import DATA_TYPES, Job
from seldon_workbench.companions.batch_run import Batch, Summary, run
from seldon_workbench.companions.client_values import GATEWAYS, PAYLOAD_TYPES, TRANSPORTS
from seldon_workbench.companions.seldon_client import (
    SeldonCallCredentials,
    SeldonChannelCredentials,
    SeldonClient,
)
from seldon_workbench.errors import UsageProblem
from seldon_workbench.logs import log_to_terminal
from seldon_workbench.settings import Settings

__all__ = ["main", "start_multithreaded_batch_worker"]

_log = logging.getLogger(__name__)

_QUIET = 10.0
"""Seconds between two lines of progress where there is no terminal to draw a bar on."""


# ---- the command ---------------------------------------------------------------------------------


class _Seconds(click.ParamType):  # type: ignore[type-arg]  # not generic in older releases
    """A number of seconds; whoever meant the transport is told its flag."""

    name = "seconds"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The number. Fails as every parameter of click does."""
        try:
            seconds = float(value)
        except ValueError:
            meant = f"; write --transport {value}" if value in TRANSPORTS else ""
            self.fail(f"{value!r} is no number of seconds{meant}", param, ctx)
        if not 0 <= seconds < float("inf"):
            self.fail(f"{value!r} is no time to wait", param, ctx)
        return seconds


def _option(*names: str, env: str, **attributes: Any) -> Callable[[Any], Any]:
    return click.option(*names, envvar=f"SELDON_BATCH_{env}", show_envvar=True, **attributes)


def _choice(*names: str, env: str, among: Sequence[str], **attributes: Any) -> Callable[[Any], Any]:
    kind = click.Choice(list(among), case_sensitive=False)
    return _option(*names, env=env, type=kind, show_default=True, **attributes)


_OPTIONS = (
    _option("-d", "--deployment-name", env="DEPLOYMENT_NAME", required=True, help="The SeldonDeployment."),
    _choice("-g", "--gateway-type", env="GATEWAY_TYPE", among=GATEWAYS, default="istio",
            help="What stands before it: an ingress, or with 'seldon' nothing but its own service."),
    _option("-n", "--namespace", env="NAMESPACE", default="default", show_default=True,
            help="Where the deployment is."),
    _option("-h", "--host", env="HOST", default="istio-ingressgateway.istio-system.svc.cluster.local:80",
            show_default=True, help="host:port of the ingress or the service."),
    _choice("--transport", env="TRANSPORT", among=TRANSPORTS, default="rest",
            help="How it is called. There is no short flag: -t is --batch-interval."),
    _choice("-a", "--data-type", env="DATA_TYPE", among=DATA_TYPES, default="data",
            help="What a line holds: an array, any JSON, a JSON string, or a whole request."),
    _choice("-p", "--payload-type", env="PAYLOAD_TYPE", among=PAYLOAD_TYPES, default="ndarray",
            help="What arrays are sent as."),
    _option("-w", "--workers", env="WORKERS", type=click.IntRange(min=1), default=1, show_default=True,
            help="Requests on their way at the same time."),
    _option("-r", "--retries", env="RETRIES", type=click.IntRange(min=1), default=3, show_default=True,
            help="Attempts per request, with growing pauses between them."),
    _option("-i", "--input-data-path", env="INPUT_DATA_PATH", type=click.Path(path_type=Path),
            default="/assets/input-data.txt", show_default=True, help="One JSON value per line."),
    _option("-o", "--output-data-path", env="OUTPUT_DATA_PATH", type=click.Path(path_type=Path),
            default="/assets/output-data.txt", show_default=True,
            help="One JSON object per line, in the order of the input."),
    _choice("-m", "--method", env="METHOD", among=("predict", "feedback"), default="predict",
            help="feedback takes --data-type raw."),
    _choice("-l", "--log-level", env="LOG_LEVEL", among=("debug", "info", "warning", "error"),
            default="info", help="What is logged to stderr."),
    _option("-b", "--benchmark", env="BENCHMARK", is_flag=True, help="Print the time it took, and the rate."),
    _option("-u", "--batch-id", env="ID", default=None, help="Tag of every request; made up if not given."),
    _option("-s", "--batch-size", env="SIZE", type=click.IntRange(min=1), default=1, show_default=True,
            help="Lines per request, where each holds one row of the same shape (data, raw)."),
    _option("-t", "--batch-interval", env="MIN_INTERVAL", type=_Seconds(), default=0.0, show_default=True,
            help="Seconds between the requests of one worker, at least."),
    _option("--use-ssl", env="USE_SSL", type=bool, default=False, show_default=True, help="Use TLS."),
    _option("--call-credentials-token", env="CALL_CREDENTIALS_TOKEN", default=None,
            help="Sent as X-Auth-Token, over TLS."),
    _option("--ssl-verify", env="SSL_VERIFY", type=bool, default=True, show_default=True,
            help="Whether REST checks the server's certificate."),
)  # fmt: skip


def main(words: Sequence[str]) -> int:
    """Run the command; the exit status."""
    made = functools.reduce(lambda function, option: option(function), reversed(_OPTIONS), _send)
    command = click.command("seldon-batch-processor", help=_HELP)(made)
    try:
        return int(command.main(list(words), "seldon-batch-processor", standalone_mode=False) or 0)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return 130
    except UsageProblem as error:
        click.echo(f"seldon-batch-processor: {error.text}\n  {error.hint}", err=True)
    except OSError as error:
        click.echo(f"seldon-batch-processor: {error}", err=True)
    return 2


_HELP = """Send every line of a file to a deployment.

Each line of the input makes one line of output: the reply, or a status that says FAILURE and why. The exit
status is 1 if a line failed. Blank lines are passed over.
"""


def _send(**options: Any) -> int:
    with _interruptible() as ended:
        summary = _start(options, ended)
    if summary.is_interrupted:
        return 130
    return 1 if summary.failed else 0


@contextlib.contextmanager
def _interruptible() -> Iterator[threading.Event]:
    """An event that the first Ctrl-C or SIGTERM sets; the second is as ever."""
    ended = threading.Event()
    # Only the main thread may take signals.
    numbers = (signal.SIGINT, signal.SIGTERM) if threading.current_thread() is threading.main_thread() else ()
    before = {number: signal.getsignal(number) for number in numbers}

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def end(*_: object) -> None:
        ended.set()
        restore()

    for number in before:
        signal.signal(number, end)
    try:
        yield ended
    finally:
        restore()


# ---- from Python ---------------------------------------------------------------------------------


def start_multithreaded_batch_worker(
    deployment_name: str,
    gateway_type: str,
    namespace: str,
    host: str,
    transport: str,
    data_type: str,
    payload_type: str,
    workers: int,
    retries: int,
    batch_size: int,
    input_data_path: str | Path,
    output_data_path: str | Path,
    method: str,
    log_level: str,
    benchmark: bool,
    batch_id: str | None,
    batch_interval: float,
    call_credentials_token: str | None,
    use_ssl: bool,
    ssl_verify: bool,
) -> Summary:
    """Send every line of a file to a deployment; how it went. Arguments and their order are Seldon's.

    Raises UsageProblem for arguments that do not go together, OSError for a file that cannot be used.
    """
    return _start(locals(), threading.Event())


def _start(options: dict[str, Any], ended: threading.Event) -> Summary:
    log_to_terminal(Settings(log_level=options["log_level"].upper()))
    batch = _batch(options)
    _check(batch, options)
    with _client(options) as client, _progress(batch.source) as told:
        summary = run(batch, client, told, ended)
    _report(summary, benchmark=options["benchmark"])
    return summary


def _batch(options: dict[str, Any]) -> Batch:
    job = Job(
        method=options["method"],
        data_type=options["data_type"],
        payload_type=options["payload_type"],
        batch_id=options["batch_id"] or str(uuid.uuid1()),
    )
    return Batch(
        job=job,
        source=Path(options["input_data_path"]),
        output=Path(options["output_data_path"]),
        workers=options["workers"],
        attempts=options["retries"],
        size=options["batch_size"],
        interval=options["batch_interval"],
    )


def _check(batch: Batch, options: dict[str, Any]) -> None:
    """Raises UsageProblem for what cannot be done."""
    if batch.job.method == "feedback" and batch.job.data_type != "raw":
        raise UsageProblem(
            "Feedback method is supported only with `raw` data type.", hint="add --data-type raw"
        )
    if batch.size > 1 and batch.job.data_type not in ("data", "raw"):
        raise UsageProblem(
            f"lines of data type {batch.job.data_type} cannot be rows of one request", hint="use batch size 1"
        )
    if options["call_credentials_token"] and options["transport"] == "grpc" and not options["use_ssl"]:
        raise UsageProblem("a token is not sent in clear text over gRPC", hint="add --use-ssl true")
    if options["gateway_type"] == "seldon" and (options["use_ssl"] or options["call_credentials_token"]):
        raise UsageProblem(
            "TLS and tokens belong to a gateway", hint="use --gateway-type istio or ambassador"
        )
    if batch.output.exists() and batch.source.exists() and batch.output.samefile(batch.source):
        raise UsageProblem(f"{batch.output} is the input as well", hint="write to another file")


def _client(options: dict[str, Any]) -> SeldonClient:
    token, is_secure = options["call_credentials_token"] or None, options["use_ssl"]
    has_channel = is_secure or options["transport"] == "rest"
    return SeldonClient(
        gateway=options["gateway_type"],
        transport=options["transport"],
        namespace=options["namespace"],
        deployment_name=options["deployment_name"],
        payload_type=options["payload_type"],
        gateway_endpoint=options["host"],
        channel_credentials=SeldonChannelCredentials(verify=options["ssl_verify"]) if has_channel else None,
        call_credentials=SeldonCallCredentials(token) if token or is_secure else None,
    )


# ---- progress ------------------------------------------------------------------------------------


@contextlib.contextmanager
def _progress(source: Path) -> Iterator[Callable[[Summary], None]]:
    """Draws a bar on a terminal, and logs a line now and then elsewhere."""
    size = source.stat().st_size
    if not sys.stderr.isatty():
        yield _Periodic(size)
        return
    with click.progressbar(length=size, file=sys.stderr, item_show_func=_shown) as bar:
        before = 0

        def draw(summary: Summary) -> None:
            nonlocal before
            bar.update(summary.bytes_read - before, summary)
            before = summary.bytes_read

        yield draw


class _Periodic:
    """Logs how far a batch is."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._next = time.monotonic() + _QUIET

    def __call__(self, summary: Summary) -> None:
        """Log it, if it is time."""
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + _QUIET
            share = f"{100 * summary.bytes_read / self._size:.0f} %, " if self._size else ""
            _log.info("%s%s", share, _shown(summary))


def _shown(summary: Summary | None) -> str:
    """``120 lines, 3 failed, 41/s``."""
    if summary is None:
        return "0 lines"
    failed = f", {summary.failed} failed" if summary.failed else ""
    return f"{summary.lines} lines{failed}, {summary.lines / max(summary.seconds, 1e-9):.0f}/s"


def _report(summary: Summary, *, benchmark: bool) -> None:
    _log.info("Total processed instances: %d", summary.lines)
    if benchmark:
        click.echo(f"Elapsed time: {summary.seconds:.3f} s ({_shown(summary)})")
    if summary.is_interrupted:
        click.echo(f"interrupted after {summary.lines} lines; the output ends there", err=True)
    if summary.failed:
        click.echo(f"{summary.failed} of {summary.lines} lines failed; the output says why", err=True)
