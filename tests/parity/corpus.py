"""The recorded corpus: requests and the original's answers, one exchange per line of a JSON list."""

import json
import re
from collections.abc import Iterable
from pathlib import Path

from .exchange import (
    Answer,
    Request,
    compact,
    packed_answer,
    packed_request,
    unpacked_answer,
    unpacked_request,
)

FILE = Path(__file__).parent / "corpus.json"
ADDRESS = re.compile(r" at 0x[0-9a-f]{8,}")
"""Where in memory an object was, in the text of a failure."""

LONGEST_BODY = 2000
"""Characters; longer requests are left out to keep the corpus small."""


def written(exchanges: Iterable[tuple[Request, Answer]]) -> str:
    """The text of a corpus; the same for the same exchanges, whatever order maps and memory are in."""
    lines = [line(request, answer) for request, answer in exchanges]
    return "[\n" + ",\n".join(lines) + "\n]\n"


def line(request: Request, answer: Answer) -> str:
    """One exchange."""
    steady = Answer(answer.status, json.loads(json.dumps(answer.body, sort_keys=True)), answer.text)
    packed = {**packed_request(request), "answer": packed_answer(steady)}
    return ADDRESS.sub("", compact(packed))


def read(text: str) -> list[tuple[Request, Answer]]:
    """The exchanges in the text of a corpus."""
    return [(unpacked_request(each), unpacked_answer(each["answer"])) for each in json.loads(text)]
