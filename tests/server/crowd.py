"""Many requests over both wires at once, counted by how they ended."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import grpc
import requests

from .serving import NDARRAY, message
from .workers import Service

ANSWERED, LOST = "answered", "lost"


def over_rest(service: Service, count: int) -> Counter[str]:
    """Requests one after the other over kept connections; how many were answered."""
    outcomes: Counter[str] = Counter()
    url = service.addresses["rest"] + "/predict"
    with requests.Session() as session:
        for _ in range(count):
            try:
                assert session.post(url, json=NDARRAY, timeout=60).status_code == 200
                outcomes[ANSWERED] += 1
            except requests.ConnectionError:
                outcomes[LOST] += 1
    return outcomes


def over_grpc(service: Service, count: int) -> Counter[str]:
    """Calls one after the other over a channel of their own; how many were answered."""
    outcomes: Counter[str] = Counter()
    raw = message(**NDARRAY).SerializeToString()
    options = [("grpc.use_local_subchannel_pool", 1), ("grpc.initial_reconnect_backoff_ms", 100)]
    with grpc.insecure_channel(service.addresses["grpc"], options=options) as channel:
        call: Any = channel.unary_unary("/seldon.protos.Model/Predict")
        for _ in range(count):
            try:
                # A call under way fails with its worker; the next one waits for another worker.
                assert call(raw, timeout=60, wait_for_ready=True)
                outcomes[ANSWERED] += 1
            except grpc.RpcError as error:
                if error.code() is not grpc.StatusCode.UNAVAILABLE:
                    raise
                outcomes[LOST] += 1
    return outcomes


def crowd(
    service: Service, count: int, *, rest: int, rpc: int, meanwhile: Callable[[], None] = lambda: None
) -> Counter[str]:
    """``count`` requests from so many clients per wire; how many of them were answered."""
    each = count // (rest + rpc)
    with ThreadPoolExecutor(rest + rpc) as pool:
        done = [pool.submit(over_rest, service, each) for _ in range(rest)]
        done += [pool.submit(over_grpc, service, each) for _ in range(rpc)]
        meanwhile()
        return sum((future.result() for future in done), Counter())


def asked(service: Service) -> float:
    """How many requests were counted, over all workers."""
    return service.scrape().get("asked_total", 0.0)


@contextmanager
def never_falling(read: Callable[[], float]) -> Iterator[list[float]]:
    """Read a sum again and again meanwhile; it must never fall."""
    seen: list[float] = []
    over = threading.Event()

    def watch() -> None:
        while not over.is_set():
            try:
                seen.append(read())
            except requests.ConnectionError:  # the metrics worker itself was replaced
                time.sleep(0.02)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield seen
    finally:
        over.set()
        watcher.join()
    assert seen == sorted(seen), seen
