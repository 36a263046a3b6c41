"""A worker whose life with the budgets was ended from outside: what calls cost is told once, all of it."""

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
from running import SECRET, RunningGateway, estate, running_gateway
from sqlalchemy import update
from upstream import serving

from bursar.budgets.store import BudgetStore
from bursar.budgets.tables import PURSES
from bursar.clock import now_us
from bursar.estate.budgets import Budget
from bursar.http1 import Reply, Request
from bursar.store.state import open_state, writing

BODY = {
    "id": "c1",
    "object": "chat.completion",
    "model": "gpt-4o-mini",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "x"}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15},
}
ONE = 10 * 150_000 + 5 * 600_000


class Provider:
    """Answers when it is let go."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self.go = threading.Event()

    async def answer(self, request: Request, reply: Reply) -> None:
        self.reached.set()
        while not self.go.is_set():
            await asyncio.sleep(0.005)
        reply.send(200, [(b"content-type", b"application/json")], json.dumps(BODY).encode())


class HeldUp(BudgetStore):
    """A store that is slow to begin a life, if it is told so."""

    def __init__(self, folder: Path) -> None:
        super().__init__(open_state(f"sqlite:///{folder}/state.sqlite"), now=now_us, silent_us=15_000_000)
        self.slow = False
        self.reached = threading.Event()
        self.go = threading.Event()
        self.began = threading.Event()
        self.held_at_begin = 0

    def start_life(self, *arguments: object, **named: object) -> int:
        if not self.slow:
            return super().start_life(*arguments, **named)  # type: ignore[arg-type]
        self.reached.set()
        assert self.go.wait(20)
        epoch = super().start_life(*arguments, **named)  # type: ignore[arg-type]
        self.held_at_begin = self.accounts()[0].held
        self.began.set()
        return epoch


def call(gateway: RunningGateway) -> int:
    return httpx.post(
        f"{gateway.url}/v1/chat/completions",
        json={"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "hi"}], "max_tokens": 5},
        headers={"authorization": f"Bearer {SECRET}"},
        timeout=30,
    ).status_code


def end_life(folder: Path) -> None:
    """As an operator does who writes the worker off."""
    with writing(open_state(f"sqlite:///{folder}/state.sqlite")) as connection:
        connection.execute(update(PURSES).values(epoch=PURSES.c.epoch + 1))


def wait_spent(store: BudgetStore, amount: int) -> None:
    deadline = time.monotonic() + 10
    while (state := store.accounts()[0]).spent != amount or state.held:
        assert time.monotonic() < deadline, (
            f"{state.spent} is spent and {state.held} held, not {amount} and 0"
        )
        time.sleep(0.02)


@contextmanager
def one_call_in_flight(folder: Path) -> Iterator[tuple[RunningGateway, Provider, HeldUp, "Future[int]"]]:
    """A gateway with a budget, and a call that waits at its provider."""
    provider, store = Provider(), HeldUp(folder)
    with (
        serving(provider.answer) as upstream,
        ThreadPoolExecutor(1) as pool,
        running_gateway(
            folder, estate(upstream, budgets=(Budget(name="company", amount="5"),)), budgets=store
        ) as gateway,
    ):
        calling = pool.submit(call, gateway)
        assert provider.reached.wait(10)
        store.slow = True
        yield gateway, provider, store, calling


def test_a_call_that_ends_while_a_new_life_begins_is_told(tmp_path: Path) -> None:
    with one_call_in_flight(tmp_path) as (gateway, provider, store, calling):
        end_life(tmp_path)
        assert store.reached.wait(10), "the worker is told by its next report"
        provider.go.set()
        assert calling.result(10) == 200
        store.go.set()
        wait_spent(store, ONE)
        assert call(gateway) == 200
        wait_spent(store, 2 * ONE)


def test_a_call_in_flight_keeps_what_it_holds_in_the_new_life(tmp_path: Path) -> None:
    with one_call_in_flight(tmp_path) as (_, provider, store, calling):
        held = store.accounts()[0].held
        assert held >= ONE
        store.go.set()
        end_life(tmp_path)
        assert store.reached.wait(10)
        assert store.began.wait(10)
        assert store.held_at_begin == held, "it was never anybody else's"
        provider.go.set()
        assert calling.result(10) == 200
        wait_spent(store, ONE)


def test_a_call_that_the_disk_takes_only_in_the_new_life_is_told(tmp_path: Path) -> None:
    with one_call_in_flight(tmp_path) as (gateway, provider, store, calling):
        gateway.fill_disk()
        provider.go.set()
        gateway.wait_disk_full()
        store.go.set()
        end_life(tmp_path)
        assert store.began.wait(10)
        gateway.free_disk()
        assert calling.result(10) == 200
        wait_spent(store, ONE)
