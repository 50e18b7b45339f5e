"""Hooks may be coroutines; a thread awaits them on one loop of its own."""

import asyncio
from typing import Any

from .serving import NDARRAY, Serving, message, status_of

ARRAY = message(**NDARRAY)


class Async:
    """Every hook a coroutine."""

    async def load(self) -> None:
        self.loop = asyncio.get_running_loop()

    async def predict(self, X: Any, names: Any, meta: Any = None) -> Any:
        await asyncio.sleep(0)
        assert self.loop is asyncio.get_running_loop(), "one loop for the life of a thread"
        return X

    async def tags(self) -> Any:
        return {"async": True}

    async def metrics(self) -> Any:
        return [{"key": "k", "type": "COUNTER", "value": 1}]

    async def class_names(self) -> Any:
        return ["x", "y"]

    async def transform_input_raw(self, msg: Any) -> Any:
        return msg

    async def health_status(self) -> Any:
        return "well"


def test_coroutine_hooks_are_awaited_on_one_loop(serve_here: Serving) -> None:
    served = serve_here(Async)
    for _ in range(2):
        reply = served.post(NDARRAY).json()
    assert reply["data"] == {"names": ["x", "y"], "ndarray": [[1, 2]]}
    assert reply["meta"]["tags"] == {"async": True}
    assert served.call("Model/Predict", ARRAY).meta.tags["async"].bool_value
    assert served.post({"a": 1}, "/transform-input").json() == {"a": 1}
    assert served.ask("GET", "/health/status").json()["strData"] == "well"


class AsyncFailing:
    async def predict(self, X: Any, names: Any) -> Any:
        raise asyncio.CancelledError("gave up")


def test_a_cancelled_coroutine_is_an_error_and_the_server_goes_on(serve_here: Serving) -> None:
    served = serve_here(AsyncFailing)
    for _ in range(2):
        assert status_of(served.post(NDARRAY))["info"] == "gave up"
