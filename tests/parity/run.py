"""The run: both servers per component, the same requests to both, a verdict on every pair."""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from itertools import groupby

from .cast import CAST, Component
from .client import Addresses, Client
from .compare import same, same_info
from .deviations import Deviation, explained_by
from .exchange import Answer, Pair, Request
from .traits import blames_itself

Serve = Callable[[Component], AbstractContextManager[Addresses]]

EQUAL = "equal"
UNEXPLAINED = "UNEXPLAINED"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one pair."""

    pair: Pair
    finding: str
    """`equal`, the id of a deviation, or `UNEXPLAINED`."""

    @property
    def is_reworded(self) -> bool:
        """Whether both fail alike in other words."""
        return (
            self.finding == EQUAL
            and not self.pair.theirs.ok
            and not same_info(self.pair.theirs, self.pair.ours)
        )


def verdict(pair: Pair, deviations: Iterable[Deviation], *, strict: bool = True) -> Verdict:
    """Equal, a listed deviation, or unexplained.

    Strictly, a malformed request that ours calls its own failure is unexplained, whatever the original says.
    """
    if strict and blames_itself(pair):
        return Verdict(pair, UNEXPLAINED)
    if same(pair.theirs, pair.ours):
        return Verdict(pair, EQUAL)
    found = explained_by(pair, deviations)
    return Verdict(pair, found.id if found else UNEXPLAINED)


def by_component(requests: Iterable[Request]) -> Iterator[tuple[str, list[Request]]]:
    """The requests grouped by component."""
    ordered = sorted(requests, key=lambda each: each.component)
    for name, group in groupby(ordered, key=lambda each: each.component):
        yield name, list(group)


def pairs(requests: Iterable[Request], serve_theirs: Serve, serve_ours: Serve) -> Iterator[Pair]:
    """Every request put to both servers."""
    for name, group in by_component(requests):
        progress(name, len(group))
        with asking(serve_theirs, name) as their_client, asking(serve_ours, name) as our_client:
            for request in group:
                yield Pair(request, their_client.ask(request), our_client.ask(request))


def answers(requests: Iterable[Request], serve: Serve) -> Iterator[tuple[Request, Answer]]:
    """Every request put to one server."""
    for name, group in by_component(requests):
        progress(name, len(group))
        with asking(serve, name) as client:
            for request in group:
                yield request, client.ask(request)


@contextmanager
def asking(serve: Serve, name: str) -> Iterator[Client]:
    """A client of a server that serves the component while it is needed."""
    with serve(CAST[name]) as addresses, closing(Client(addresses)) as client:
        yield client


def progress(name: str, number: int) -> None:
    """One line on what is being asked now."""
    print(f"  {name}: {number} requests", file=sys.stderr, flush=True)
