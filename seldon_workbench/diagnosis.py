"""What the command ``doctor`` comes to: a report, a trial, or an explanation."""

import argparse
from collections.abc import Mapping
from typing import Any

from seldon_workbench.doctor.catalogue import every_rule, rule_called
from seldon_workbench.doctor.examine import examine, with_trial
from seldon_workbench.doctor.observations import Observation
from seldon_workbench.doctor.trial import Order, in_kernel, in_process
from seldon_workbench.errors import UsageProblem
from seldon_workbench.flags_doctor import codes_of
from seldon_workbench.outcome import Outcome
from seldon_workbench.outcome_doctor import examined, explained, listed
from seldon_workbench.settings import Parameters

__all__ = ["diagnose"]


def diagnose(
    args: argparse.Namespace,
    face: str,
    namespace: Mapping[str, Any] | None,
    parameters: Parameters,
    payload: Any,
) -> Outcome:
    """Run the command; ``face`` is how its own is spelled, ``namespace`` the names of a notebook.

    Raises UsageProblem, TargetNotFound, TargetInvalid, LoadFailed for a file that does not parse.
    """
    if args.explain:
        return explained(rule_called(args.explain))
    if args.rules:
        return listed(every_rule())
    if not args.target:
        raise UsageProblem("nothing to examine", hint=f"{face} doctor TARGET; see {face} doctor --help")
    choice = {"select": codes_of(args.select), "ignore": codes_of(args.ignore)}
    report = examine(args.target, namespace, **choice)
    if args.run:
        order = Order(args.target, parameters, payload, args.timeout)
        report = with_trial(report, _tried(order, namespace), **choice)
    return examined(report, f"{face} doctor --explain")


def _tried(order: Order, namespace: Mapping[str, Any] | None) -> list[Observation]:
    if namespace is not None and order.target in namespace:
        return in_kernel(order, namespace)
    return in_process(order)
