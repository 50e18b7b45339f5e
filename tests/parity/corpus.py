"""The recorded corpus: requests and the original's answers, one exchange per line of a JSON list."""

import json
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
LONGEST_BODY = 2000
"""Characters; longer requests are left out to keep the corpus small."""


def written(exchanges: Iterable[tuple[Request, Answer]]) -> str:
    """The text of a corpus."""
    lines = [
        compact({**packed_request(request), "answer": packed_answer(answer)}) for request, answer in exchanges
    ]
    return "[\n" + ",\n".join(lines) + "\n]\n"


def read(text: str) -> list[tuple[Request, Answer]]:
    """The exchanges in the text of a corpus."""
    return [(unpacked_request(each), unpacked_answer(each["answer"])) for each in json.loads(text)]
