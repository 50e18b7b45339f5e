"""A worker that is gone is replaced by its like, and what it counted stays counted."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import pytest
import requests

from .crowd import ANSWERED, LOST, asked, crowd, never_falling
from .serving import NDARRAY, eventually, message, sums
from .workers import CAST, Service, ServiceOf

pytestmark = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="looks at processes in /proc")

WHERE = f"{CAST.name}:Where"
ROLES = ("rest", "grpc", "metrics")


def answers_everywhere(service: Service) -> bool:
    try:
        service.call("Model/Predict", message(**NDARRAY))
        return service.post(NDARRAY).ok and bool(service.scrape())
    except (requests.ConnectionError, grpc.RpcError):
        return False


def replaced(service: Service, before: dict[str, list[int]], role: str) -> bool:
    now = service.roles()
    same_size = all(len(now[each]) == len(before[each]) for each in ROLES)
    return same_size and set(now[role]) != set(before[role])


@pytest.mark.parametrize("role", ROLES)
def test_a_killed_worker_is_replaced_by_its_like(service_of: ServiceOf, role: str) -> None:
    service = service_of(WHERE, "--workers", "2", "--grpc-workers", "2")
    eventually(lambda: service.has_workers(rest=2, grpc=2, metrics=1))
    before = service.roles()
    os.kill(before[role][0], signal.SIGKILL)
    eventually(lambda: replaced(service, before, role))
    assert eventually(lambda: answers_everywhere(service))
    for other in set(ROLES) - {role}:
        assert service.roles()[other] == before[other]


def test_all_workers_killed_at_once_come_back(service_of: ServiceOf) -> None:
    service = service_of(WHERE, "--workers", "2")
    eventually(lambda: service.has_workers(rest=2, grpc=1, metrics=1))
    for pid in (old := service.children()):
        os.kill(pid, signal.SIGKILL)
    eventually(
        lambda: service.has_workers(rest=2, grpc=1, metrics=1) and not set(service.children()) & set(old)
    )
    assert eventually(lambda: answers_everywhere(service))


def test_a_component_that_ends_its_process_ends_one_worker(service_of: ServiceOf) -> None:
    service = service_of(f"{CAST.name}:Fragile", "--grpc-workers", "0")
    with pytest.raises(requests.ConnectionError):
        service.post({"strData": "die"})
    assert service.post({"strData": "x"}).json()["strData"] == "x"


def test_hup_replaces_every_worker_and_keeps_the_counts(service_of: ServiceOf) -> None:
    service = service_of(WHERE, "--workers", "2")
    eventually(lambda: service.has_workers(rest=2, grpc=1, metrics=1))
    old = set(service.children())
    for _ in range(10):
        service.post(NDARRAY)
    service.call("Model/Predict", message(**NDARRAY))
    service.process.send_signal(signal.SIGHUP)
    eventually(
        lambda: service.has_workers(rest=2, grpc=1, metrics=1) and not set(service.children()) & old, 20
    )
    assert service.scrape()["asked_total"] == 11
    service.post(NDARRAY)
    assert service.scrape()["asked_total"] == 12
    text = requests.get(service.addresses["metrics"], timeout=10).text
    assert 'worker_id="exited"' in text
    assert not [pid for pid in old if f'worker_id="{pid}"' in text]


IMPATIENT = """
from seldon_workbench.remote import serve_with_workers
from seldon_workbench.settings import Settings

settings = Settings(http_port=0, metrics_port=0, grpc_workers=0, timeout=1)
serve_with_workers("{target}", {{}}, settings, lambda addresses: print(addresses.rest.url, flush=True))
"""


def test_a_call_beyond_the_timeout_costs_its_worker() -> None:
    program = IMPATIENT.format(target=f"{CAST}:Sleeper")
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            assert process.stdout is not None
            url = f"{process.stdout.readline().strip()}/predict"
            assert requests.post(url, json={"jsonData": 0}, timeout=20).ok
            with pytest.raises(requests.ConnectionError):
                requests.post(url, json={"jsonData": 60}, timeout=20)
            assert requests.post(url, json={"jsonData": 0}, timeout=20).ok
        finally:
            process.terminate()


# ---- counting ------------------------------------------------------------------------------------


def test_every_request_over_all_workers_and_threads_is_counted(service_of: ServiceOf) -> None:
    service = service_of(
        WHERE, "--workers", "2", "--threads", "8", "--grpc-workers", "2", "--grpc-threads", "4"
    )
    eventually(lambda: service.has_workers(rest=2, grpc=2, metrics=1))
    with never_falling(lambda: asked(service)):
        assert crowd(service, 2000, rest=6, rpc=4) == {ANSWERED: 2000}
    assert asked(service) == 2000
    assert sums(service.ask("GET", "/metrics").text)["asked_total"] == 2000


@pytest.mark.parametrize("role", ["rest", "grpc"])
def test_a_worker_killed_under_load_costs_what_was_in_it_and_no_count(
    service_of: ServiceOf, role: str
) -> None:
    service = service_of(WHERE, "--workers", "2", "--threads", "2", "--grpc-workers", "2")
    eventually(lambda: service.has_workers(rest=2, grpc=2, metrics=1))

    def kill_one() -> None:
        time.sleep(0.3)
        os.kill(service.roles()[role][0], signal.SIGKILL)

    with never_falling(lambda: asked(service)):
        outcomes = crowd(service, 2000, rest=4, rpc=4, meanwhile=kill_one)
    assert outcomes.total() == 2000
    assert outcomes[LOST] <= 4, "only what was in that worker is lost, one request of each client"
    assert outcomes[ANSWERED] <= asked(service) <= outcomes[ANSWERED] + outcomes[LOST]
    eventually(lambda: service.has_workers(rest=2, grpc=2, metrics=1))


@pytest.mark.parametrize("how", ["max-requests", "kill", "hup"])
def test_the_sum_never_falls_while_workers_come_and_go(service_of: ServiceOf, how: str) -> None:
    flags = ("--max-requests", "60") if how == "max-requests" else ()
    service = service_of(WHERE, "--workers", "2", "--grpc-workers", "0", *flags)
    eventually(lambda: service.has_workers(rest=2, grpc=0, metrics=1))
    outcomes: Counter[str] = Counter()

    def ask() -> None:
        for _ in range(100):
            try:
                outcomes[str(service.post(NDARRAY).status_code)] += 1
            except requests.ConnectionError:
                outcomes["lost"] += 1  # was in the worker that was killed

    with never_falling(lambda: asked(service)), ThreadPoolExecutor(2) as pool:
        done = [pool.submit(ask) for _ in range(2)]
        if how != "max-requests":
            disturb(service, how)
        for each in done:
            each.result()
    counted = asked(service)
    assert outcomes["200"] + outcomes["lost"] == 200
    assert outcomes["200"] <= counted <= 200
    if how != "kill":
        assert outcomes["lost"] == 0
    assert 'worker_id="exited"' in service.ask("GET", "/metrics").text


def disturb(service: Service, how: str) -> None:
    for _ in range(2):
        if how == "hup":
            service.process.send_signal(signal.SIGHUP)
        else:
            eventually(lambda: service.has_workers(rest=2, grpc=0, metrics=1), 20)
            os.kill(service.roles()["rest"][0], signal.SIGKILL)
        time.sleep(0.5)
    eventually(lambda: service.has_workers(rest=2, grpc=0, metrics=1), 30)


def test_a_recycled_worker_says_so_once(service_of: ServiceOf) -> None:
    service = service_of(WHERE, "--max-requests", "10", "--grpc-workers", "0")
    (old,) = eventually(lambda: service.roles()["rest"])
    for _ in range(10):
        service.post(NDARRAY)
    eventually(lambda: service.roles()["rest"] not in ([old], []), 20)
    assert service.log.count(f"worker {old} has answered its requests and is replaced") == 1
    assert service.post(NDARRAY).ok
