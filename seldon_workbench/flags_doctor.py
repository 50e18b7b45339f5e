"""The flags of ``doctor``."""

import argparse

from seldon_workbench.flags import configure_parameters

__all__ = ["codes_of", "configure_doctor"]


def configure_doctor(sub: argparse.ArgumentParser, *, in_kernel: bool) -> None:
    """Give ``doctor`` its flags."""
    absent = "; the one that is served without it" if in_kernel else ""
    sub.add_argument("target", metavar="TARGET", nargs="?", help=f"what to examine{absent}")
    for flag, what in (("--select", "report these rules alone"), ("--ignore", "leave these rules out")):
        sub.add_argument(
            flag,
            action="append",
            default=[],
            metavar="CODE",
            help=f"{what}: D101, D2 for a theme; a,b for several",
        )
    sub.add_argument("--explain", metavar="CODE", help="tell all about one rule, with an example")
    sub.add_argument("--rules", action="store_true", help="list every rule")
    trial = sub.add_argument_group("a trial")
    where = "in this kernel, or for a file in a process" if in_kernel else "in a process of its own"
    trial.add_argument("--run", action="store_true", help=f"construct, load and call it too, {where}")
    trial.add_argument("--data", "-d", metavar="JSON|@FILE", help="a request in place of the made-up example")
    trial.add_argument(
        "--timeout", type=float, default=60.0, metavar="S", help="seconds for all of it (default 60)"
    )
    configure_parameters(sub)


def codes_of(given: list[str]) -> tuple[str, ...]:
    """The codes that a flag was given, one at a time or with commas between them."""
    return tuple(code.strip().upper() for each in given for code in each.split(",") if code.strip())
