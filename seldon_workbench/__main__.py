"""Composition root of the command lines."""

import sys
from collections.abc import Callable, Sequence


def main() -> int:
    """``seldon-workbench``: the exit code says how it went."""
    from seldon_workbench.cli import main as run_cli

    return _with_compat(run_cli)


def microservice() -> int:
    """``seldon-core-microservice``, with Seldon's own flags."""
    from seldon_workbench.microservice import main as run_microservice

    return _with_compat(run_microservice)


def microservice_tester() -> int:
    """``seldon-core-microservice-tester``: requests made from a contract, sent to a component."""
    from seldon_workbench.companions.testers import run_microservice_tester

    return _with_compat(run_microservice_tester)


def api_tester() -> int:
    """``seldon-core-api-tester``: requests made from a contract, sent to a deployment."""
    from seldon_workbench.companions.testers import run_api_tester

    return _with_compat(run_api_tester)


def batch_processor() -> int:
    """``seldon-batch-processor``: a file of requests, sent to a deployment."""
    from seldon_workbench.companions.batch import main as run_batch

    return _with_compat(run_batch)


def doctor_trial() -> int:
    """The process in which ``doctor --run`` tries a component."""
    from seldon_workbench.compat import install
    from seldon_workbench.doctor.child import main as run_trial

    install()
    return run_trial()


def _with_compat(run: Callable[[Sequence[str]], int]) -> int:
    from seldon_workbench.compat import install

    install()
    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
