"""The examples of the deviations, asked of both servers: the list says what the original really answers."""

from collections.abc import Iterator, Sequence

from .compare import same
from .deviations import Deviation
from .exchange import BROKEN, Answer
from .run import Serve, pairs


def agrees(recorded: Answer, answer: Answer) -> bool:
    """Whether a server still answers as recorded, code included."""
    return recorded.status == answer.status and (recorded.status == BROKEN or same(recorded, answer))


def checked(deviations: Sequence[Deviation], theirs: Serve, ours: Serve) -> Iterator[tuple[Deviation, str]]:
    """What became of every example; an empty text if both answered as recorded."""
    by_request = {each.example.request: each for each in deviations}
    for pair in pairs(by_request, theirs, ours):
        deviation = by_request[pair.request]
        if not agrees(deviation.example.theirs, pair.theirs):
            yield deviation, f"the original now answers {pair.theirs}"
        elif not agrees(deviation.example.ours, pair.ours):
            yield deviation, f"ours answers {pair.ours}"
        else:
            yield deviation, ""
