"""``seldon-core-microservice``: Seldon's own command, with its flags, its exit statuses and its log.

Exit statuses: 0 ended by a signal; 1 nothing could be served; 2 a flag was not understood; 3 ``load()``
raised in a worker; 255 there were arguments that the command does not take.
"""

import argparse
import logging
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from seldon_workbench import __version__
from seldon_workbench.addresses import Addresses
from seldon_workbench.errors import SetupError
from seldon_workbench.flags import configure_microservice, parameters_of, settings_of
from seldon_workbench.logs import log_to_terminal
from seldon_workbench.remote import NOT_CONSTRUCTED
from seldon_workbench.serving import files_of_terminal, serve_in_terminal
from seldon_workbench.setting_files import ANNOTATIONS
from seldon_workbench.settings import Settings

__all__ = ["main"]

logger = logging.getLogger(__name__)

_UNKNOWN = 255

_SELDONS = (
    *("--service-type", "--persistence", "--parameters", "--log-level", "--debug", "--tracing"),
    *("--workers", "--threads", "--max-requests", "--max-requests-jitter", "--keepalive"),
    *("--single-threaded", "--http-port", "--grpc-port", "--metrics-port", "--pidfile", "--access-log"),
    *("--grpc-threads", "--grpc-workers", "--help"),
)
"""The flags that may be abbreviated. Ours may not: what was short enough for Seldon stays short enough."""


def main(
    words: Sequence[str], *, env: Mapping[str, str] | None = None, annotations: Path = ANNOTATIONS
) -> int:
    """Serve a component until a signal ends it; the exit status."""
    log_to_terminal(Settings())  # until the settings say how
    grammar = argparse.ArgumentParser(
        prog="seldon-core-microservice", description=_DESCRIPTION, allow_abbrev=False
    )
    configure_microservice(grammar)
    try:
        args, unknown = grammar.parse_known_args(_in_full(grammar, words))
    except SystemExit as end:  # argparse has printed why, or the help
        return int(end.code or 0)
    if unknown:
        logger.error(
            "unknown arguments %s: since Seldon Core 1.5 the command does not take the API type (REST or "
            "GRPC) any more; it serves both",
            unknown,
        )
        return _UNKNOWN
    try:
        return _serve(args, os.environ if env is None else env, annotations)
    except SetupError as error:
        original = getattr(error, "original", None)
        logger.critical("%s%s", error.text, f" ({error.hint})" * bool(error.hint), exc_info=original)
        return 1


_DESCRIPTION = "Serve a Python component as Seldon Core does: REST, gRPC, metrics, health and metadata."


def _in_full(grammar: argparse.ArgumentParser, words: Sequence[str]) -> list[str]:
    """The words with Seldon's flags written out. A beginning of several of them is a usage error."""
    return [
        _flag_in_full(grammar, word) if word.startswith("--") and word != "--" else word for word in words
    ]


def _flag_in_full(grammar: argparse.ArgumentParser, word: str) -> str:
    given, equals, value = word.partition("=")
    meant = [given] if given in _SELDONS else [flag for flag in _SELDONS if flag.startswith(given)]
    if len(meant) > 1:
        grammar.error(f"ambiguous option: {given} could match {', '.join(meant)}")
    return f"{meant[0]}{equals}{value}" if meant else word


def _serve(args: argparse.Namespace, env: Mapping[str, str], annotations: Path) -> int:
    files = files_of_terminal(with_project=False, annotations=annotations)
    settings = settings_of(args, env, **files)
    log_to_terminal(settings)
    logger.info("Starting seldon-core-microservice of seldon-workbench %s", __version__)
    logger.info("Annotations: %s", dict(files["annotations"]))
    _advise(args)
    parameters = parameters_of(args, env)
    logger.info("Parameters: %s", parameters)
    logger.info("Importing %s", args.target)

    def announce(addresses: Addresses) -> None:
        for wire, address in addresses.to_dict().items():
            logger.info("%s: %s", wire, address or "off")

    status = serve_in_terminal(args.target, parameters, settings, announce)
    return 1 if status == NOT_CONSTRUCTED else status


def _advise(args: argparse.Namespace) -> None:
    if args.service_type is not None:
        logger.info("--service-type %s has no effect: every method is served", args.service_type)
    if args.persistence:
        logger.error("--persistence has no effect: Seldon Core has given it up")
