"""Budgets in the running gateway: held before, posted after, shortened near the end, refused with words."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import openai
import pytest
from running import SECRET, RunningGateway, accounts, estate, running_gateway
from upstream import serving

from bursar.estate.budgets import Budget, Period
from bursar.estate.kinds import Model
from bursar.estate.scope import Scope
from bursar.http1 import Reply, Request
from bursar.simulate import Running, write_directive


@contextmanager
def with_budgets(
    provider: Running, folder: Path, *budgets: Budget, **more: object
) -> Iterator[RunningGateway]:
    with running_gateway(folder, estate(provider.url, budgets=budgets, **more)) as running:
        yield running


def wish(**fields: int) -> list[dict[str, str]]:
    """A prompt of at least as many bytes as the tokens of input that the provider will count."""
    return [{"role": "user", "content": write_directive(**fields) + "a" * fields.get("input", 0)}]


def client_of(gateway: RunningGateway) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{gateway.url}/v1", api_key=SECRET, max_retries=0)


def test_a_call_is_posted_to_every_budget_that_pays_for_it(provider: Running, tmp_path: Path) -> None:
    budgets = [
        Budget(name="company", amount="100", period="year"),
        Budget(name="teams", amount="50", each="team"),
        Budget(name="searching", amount="1000000", unit="tokens", scope=Scope(team="search", model="gpt-*")),
        Budget(name="calls", amount="10", unit="calls", period=Period(rolling_days=7)),
        Budget(name="other", amount="1", scope=Scope(team="ads")),
    ]
    with with_budgets(provider, tmp_path, *budgets) as gateway:
        with client_of(gateway) as client:
            client.chat.completions.create(model="gpt-4o-mini", messages=wish(input=1000, output=50))
        event = gateway.only_event()
        assert len(event.budgets.split(",")) == 4
    found = accounts(tmp_path)
    assert found.keys() == {"company", "teams[search]", "searching", "calls"}
    assert found["company"].spent == found["teams[search]"].spent == event.cost_pico
    assert found["searching"].spent == 1050
    assert found["calls"].spent == 1
    assert all(state.held == state.leased == 0 for state in found.values()), "leases are home after the end"


def test_near_the_limit_the_answer_is_shortened_and_the_caller_is_told(
    provider: Running, tmp_path: Path
) -> None:
    with with_budgets(provider, tmp_path, Budget(name="tiny", amount="0.001")) as gateway:
        with client_of(gateway) as client:
            raw = client.chat.completions.with_raw_response.create(
                model="gpt-4o-mini", messages=wish(input=1000, output=50), max_completion_tokens=100_000
            )
        assert "limited to" in raw.headers["x-bursar-advice"]
        assert "output_clamped" in gateway.only_event().flags


def test_what_does_not_fit_is_refused_with_what_to_do(provider: Running, tmp_path: Path) -> None:
    budget = Budget(name="tiny", amount="0.0001", owner="alice@example.com")
    with with_budgets(provider, tmp_path, budget) as gateway, client_of(gateway) as client:
        with pytest.raises(openai.APIStatusError) as caught:
            client.chat.completions.create(model="gpt-4o-mini", messages=wish(input=1000, output=50))
        error = caught.value
        assert error.status_code == 402
        assert error.code == "budget_exhausted"
        assert "alice@example.com" in error.message
        assert error.body["left"] == "$0.0001"
        assert error.body["resets_at"].endswith("Z")
        assert gateway.only_event().budgets == ""
    assert accounts(tmp_path)["tiny"].spent == 0


def test_a_used_up_budget_can_name_a_cheaper_model(provider: Running, tmp_path: Path) -> None:
    budget = Budget(name="dear", amount="1", scope=Scope(model="gpt-4o"), on_exhausted="gpt-4o-mini")
    models = (Model(name="gpt-4o-mini", provider="mock"), Model(name="gpt-4o", provider="mock"))
    prices = (
        *estate(provider.url).prices,
        estate(provider.url)
        .prices[0]
        .__class__(
            name="dear",
            provider="mock",
            model="gpt-4o",
            valid_from="2020-01-01",
            per_million_tokens={"input": "900", "output": "90000"},
        ),
    )
    with with_budgets(provider, tmp_path, budget, models=models, prices=prices) as gateway:
        with client_of(gateway) as client:
            raw = client.chat.completions.with_raw_response.create(
                model="gpt-4o", messages=wish(input=2000, output=5)
            )
        assert "no longer fits" in raw.headers["x-bursar-advice"]
        event = gateway.only_event()
        assert (event.model, event.model_requested) == ("gpt-4o-mini", "gpt-4o")
        assert "rerouted_by_budget" in event.flags


def test_an_experiment_that_has_ended_stops(provider: Running, tmp_path: Path) -> None:
    budget = Budget(name="try-out", amount="5", class_="experiment", owner="bob", expires="2026-01-01")
    with (
        with_budgets(provider, tmp_path, budget) as gateway,
        client_of(gateway) as client,
        pytest.raises(openai.PermissionDeniedError, match="ended on 2026-01-01"),
    ):
        client.chat.completions.create(model="gpt-4o-mini", messages=wish(input=10, output=5))


def test_a_soft_budget_counts_and_lets_pass(provider: Running, tmp_path: Path) -> None:
    with with_budgets(provider, tmp_path, Budget(name="watch", amount="0.0001", mode="soft")) as gateway:
        with client_of(gateway) as client:
            for _ in range(3):
                client.chat.completions.create(model="gpt-4o-mini", messages=wish(input=1000, output=50))
        spent = sum(event.cost_pico or 0 for event in gateway.events())
    assert accounts(tmp_path)["watch"].spent == spent > 100_000_000


def test_calls_at_once_never_spend_more_than_there_is(provider: Running, tmp_path: Path) -> None:
    """Three hundred clients against a budget for about a hundred calls."""
    budget = Budget(name="small", amount="0.02")

    async def tried(client: openai.AsyncOpenAI) -> int:
        try:
            await client.chat.completions.create(
                model="gpt-4o-mini", messages=wish(input=1000, output=100), max_completion_tokens=100
            )
        except openai.APIStatusError as error:
            return error.status_code
        return 200

    async def work() -> list[int]:
        statuses: list[int] = []
        async with openai.AsyncOpenAI(base_url=f"{gateway.url}/v1", api_key=SECRET, max_retries=0) as client:

            async def one() -> None:
                for _ in range(40):
                    statuses.append(await tried(client))
                    if statuses[-1] != 429:
                        return
                    await asyncio.sleep(0.05)

            await asyncio.gather(*(one() for _ in range(300)))
        return statuses

    with with_budgets(provider, tmp_path, budget) as gateway:
        statuses = asyncio.run(work())
        spent = sum(event.cost_pico or 0 for event in gateway.events() if event.budgets)
    one = 1000 * 150_000 + 100 * 600_000
    assert set(statuses) <= {200, 402, 429}
    state = accounts(tmp_path)["small"]
    assert state.spent == spent <= state.limit
    assert statuses.count(200) == 95
    assert state.limit - spent < one, "money was left while calls were refused"


def immodest(request: Request, reply: Reply) -> Reply:
    """Counts more tokens than the request has bytes, and does not keep to the maximum that it was given."""
    usage = {"prompt_tokens": 5000, "completion_tokens": 500, "total_tokens": 5500}
    choice = {"index": 0, "message": {"role": "assistant", "content": "x"}, "finish_reason": "stop"}
    body = {
        "id": "c1",
        "object": "chat.completion",
        "model": "gpt-4o-mini",
        "choices": [choice],
        "usage": usage,
    }
    reply.send(200, [(b"content-type", b"application/json")], json.dumps(body).encode())
    return reply


async def answer_immodestly(request: Request, reply: Reply) -> None:
    await asyncio.sleep(0.02)
    immodest(request, reply)


def test_a_provider_that_goes_over_its_bounds_is_found_out(tmp_path: Path) -> None:
    """Also by many calls at once, of which none knows yet what the first will teach."""
    budget = Budget(name="small", amount="0.2")
    with serving(answer_immodestly) as upstream:
        snapshot = estate(upstream, budgets=(budget,))
        with running_gateway(tmp_path, snapshot) as gateway:
            statuses = asyncio.run(_call_until_refused(gateway))
    state = accounts(tmp_path)["small"]
    one = 5000 * 150_000 + 500 * 600_000
    assert state.spent == statuses.count(200) * one
    assert state.limit - 2 * one < state.spent <= state.limit


async def _call_until_refused(gateway: RunningGateway) -> list[int]:
    """Thirty clients; each goes on until it is told that nothing is left."""
    statuses: list[int] = []
    messages = [{"role": "user", "content": "hi"}]

    async def one(client: openai.AsyncOpenAI) -> None:
        for _ in range(200):
            try:
                await client.chat.completions.create(model="gpt-4o-mini", messages=messages, max_tokens=10)
                statuses.append(200)
            except openai.APIStatusError as error:
                statuses.append(error.status_code)
                if error.status_code == 402:
                    return
                await asyncio.sleep(0.05)

    async with openai.AsyncOpenAI(base_url=f"{gateway.url}/v1", api_key=SECRET, max_retries=0) as client:
        await asyncio.gather(*(one(client) for _ in range(30)))
    return statuses
