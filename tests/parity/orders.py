"""Reading back, from a request, what its components were ordered to do."""

import base64
import json
import re
from collections.abc import Iterator
from typing import Any

from .exchange import Request

ORDER = re.compile(r'pick:[^"\\]*')
ENCODED = re.compile(r'"(cGljazp[^"\\]*)"')
"""An order as base64."""


def orders(request: Request) -> Iterator[dict[str, str]]:
    """Every order in a request: `what` and the options."""
    encoded = (base64.b64decode(each).decode() for each in ENCODED.findall(request.body))
    for text in [*ORDER.findall(request.body), *encoded]:
        what, *options = text.removeprefix("pick:").split(";")
        yield {"what": what, **dict(option.split("=", 1) for option in options)}


def orders_any(request: Request, *words: str, option: str = "what") -> bool:
    """Whether any order names one of these under an option."""
    return any(each.get(option) in words for each in orders(request))


def tags_any(request: Request, *words: str) -> bool:
    """Whether tags of the component or of its response are ordered to be one of these."""
    return orders_any(request, *words, option="tags") or orders_any(request, *words, option="rtags")


def metrics_any(request: Request, *words: str) -> bool:
    """Whether metrics of the component or of its response are ordered to be one of these."""
    return orders_any(request, *words, option="metrics") or orders_any(request, *words, option="rmetrics")


def parsed(request: Request) -> Any:
    """The body as a value, None if it is no JSON."""
    try:
        return json.loads(request.body)
    except (ValueError, RecursionError):
        return None


def messages(request: Request) -> list[dict[str, Any]]:
    """Every SeldonMessage in a request: the body, the elements of a list, the parts of a feedback."""
    body = parsed(request)
    if isinstance(body, dict) and isinstance(body.get("seldonMessages"), list):
        body = body["seldonMessages"]
    found = body if isinstance(body, list) else [body]
    if isinstance(body, dict):
        found = [body, *(body.get(name) for name in ("request", "response", "truth"))]
    return [each for each in found if isinstance(each, dict)]


def tensors(request: Request) -> Iterator[tuple[Any, Any]]:
    """Shape and values of every tensor in a request."""
    for message in messages(request):
        data = message.get("data")
        tensor = data.get("tensor") if isinstance(data, dict) else None
        if isinstance(tensor, dict):
            yield tensor.get("shape", []), tensor.get("values", [])


def parts(value: Any) -> Iterator[Any]:
    """A value and everything inside it."""
    waiting = [value]
    while waiting:
        value = waiting.pop()
        yield value
        waiting += value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
