"""Our server against the recorded answers of the original, and against every listed deviation."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing

import pytest

from . import corpus, deviations, ours
from .cast import CAST
from .client import Client
from .compare import same
from .deviations import Deviation
from .exchange import WELL, Answer, Pair, Request
from .report import EQUAL_SHARE, of_form, share_equal, shown
from .run import UNEXPLAINED, Verdict, verdict

EXCHANGES = corpus.read(corpus.FILE.read_text(encoding="utf-8"))
DEVIATIONS = deviations.load()
COMPONENTS = sorted({request.component for request, _ in EXCHANGES})

pytestmark = [
    pytest.mark.filterwarnings("ignore:coroutine 'AsyncPredict.predict' was never awaited:RuntimeWarning"),
    pytest.mark.filterwarnings("ignore:the matrix subclass:PendingDeprecationWarning"),
]

Ask = Callable[[Request], Answer]


@pytest.fixture(scope="module")
def ask() -> Iterator[Ask]:
    """Puts a request to our server; every component is started once, when first asked."""
    clients: dict[str, Client] = {}
    with ExitStack() as servers:

        def asked(request: Request) -> Answer:
            if request.component not in clients:
                addresses = servers.enter_context(ours.serving_in_process(CAST[request.component]))
                clients[request.component] = servers.enter_context(closing(Client(addresses)))
            return clients[request.component].ask(request)

        yield asked


@pytest.fixture(scope="module")
def verdicts(ask: Ask) -> list[Verdict]:
    """The verdict on every exchange of the corpus."""
    return [verdict(Pair(request, theirs, ask(request)), DEVIATIONS) for request, theirs in EXCHANGES]


@pytest.mark.parametrize("component", COMPONENTS)
def test_every_recorded_exchange_is_answered_alike_or_is_a_listed_deviation(
    component: str, verdicts: list[Verdict]
) -> None:
    of_component = [each for each in verdicts if each.pair.request.component == component]
    unexplained = [each for each in of_component if each.finding == UNEXPLAINED]
    assert not unexplained, "\n\n" + "\n\n".join("\n".join(shown(each)) for each in unexplained)


def test_well_formed_recorded_requests_are_answered_alike(verdicts: list[Verdict]) -> None:
    assert share_equal(of_form(verdicts, WELL)) >= EQUAL_SHARE


@pytest.mark.parametrize("deviation", DEVIATIONS, ids=[each.id for each in DEVIATIONS])
def test_a_listed_deviation_shows_as_its_example_says(deviation: Deviation, ask: Ask) -> None:
    example = deviation.example
    answer = ask(example.request)
    assert answer.status == example.ours.status, shown(
        Verdict(Pair(example.request, example.theirs, answer), "?")
    )
    assert same(example.ours, answer), shown(Verdict(Pair(example.request, example.ours, answer), "?"))
    assert deviation.covers(Pair(example.request, example.theirs, answer))
