"""Budgets in the running gateway: held before, posted after, shortened near the end, refused with words."""

import asyncio
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import msgspec
import openai
import pytest
from running import SECRET, RunningGateway, accounts, estate, key, running_gateway
from sdks import openai_async_client
from upstream import serving

from bursar.budgets.store import set_counted
from bursar.clock import now_us
from bursar.estate.budgets import Budget, Period
from bursar.estate.kinds import Model
from bursar.estate.policies import Match, Policy
from bursar.estate.routes import ModelRoute, RouteTarget
from bursar.estate.scope import Scope
from bursar.http1 import Reply, Request
from bursar.jobs import CONTROL_PLANE, Leader
from bursar.simulate import Running, write_directive
from bursar.store.state import open_state, writing


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


def test_callers_whose_heads_all_differ_pay_from_their_own_budgets(provider: Running, tmp_path: Path) -> None:
    """As with the id of a trace in each; what is remembered of one caller is never another's."""
    budget = Budget(name="teams", amount="50", each="team")
    policy = Policy(name="no-ads", match=Match(team="ads"), effect="deny")
    keys = (key(may_set=("team",)),)
    with with_budgets(provider, tmp_path, budget, policies=(policy,), keys=keys) as gateway:
        with client_of(gateway) as client:
            for number in range(6):
                trace = {"traceparent": f"00-{number:032x}-{number:016x}-01"}
                client.chat.completions.create(
                    model="gpt-4o-mini", messages=wish(input=10, output=5), extra_headers=trace
                )
                with pytest.raises(openai.PermissionDeniedError, match="no-ads"):
                    client.chat.completions.create(
                        model="gpt-4o-mini",
                        messages=wish(input=10, output=5),
                        extra_headers={**trace, "x-bursar-team": "ads"},
                    )
        spent = sum(event.cost_pico or 0 for event in gateway.events())
    found = accounts(tmp_path)
    assert found.keys() == {"teams[search]"}
    assert found["teams[search]"].spent == spent > 0


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


def test_a_refusal_names_the_maximum_that_would_pass(provider: Running, tmp_path: Path) -> None:
    with (
        with_budgets(provider, tmp_path, Budget(name="tiny", amount="0.00019")) as gateway,
        client_of(gateway) as client,
    ):
        with pytest.raises(openai.APIStatusError, match="With a maximum of") as caught:
            client.chat.completions.create(model="gpt-4o-mini", messages=wish(input=1000, output=50))
        most = caught.value.body["output_tokens_max"]
        assert 0 < most < 64
        done = client.chat.completions.create(
            model="gpt-4o-mini", messages=wish(input=1000, output=50), max_completion_tokens=most
        )
        assert done.usage is not None
        assert done.usage.completion_tokens <= most


@pytest.mark.parametrize(
    ("period", "said"),
    [
        (Period(from_="2026-01-01", to="2036-01-01"), "does not begin anew"),
        (Period(rolling_days=7), "the oldest day of its window is over"),
        ("month", "begins anew at"),
    ],
    ids=["once", "rolling", "monthly"],
)
def test_a_refusal_says_when_there_is_money_again(
    provider: Running, tmp_path: Path, period: Period, said: str
) -> None:
    budget = Budget(name="tiny", amount="0.0001", period=period)
    with (
        with_budgets(provider, tmp_path, budget) as gateway,
        client_of(gateway) as client,
        pytest.raises(openai.APIStatusError, match=said),
    ):
        client.chat.completions.create(model="gpt-4o-mini", messages=wish(input=1000, output=50))


def two_models(provider: Running) -> dict[str, object]:
    """A cheap model and a very dear one."""
    prices = estate(provider.url).prices
    dear = msgspec.structs.replace(
        prices[0],
        name="dear",
        model="gpt-4o",
        per_million_tokens={"input": "900", "output": "90000"},
    )
    models = (Model(name="gpt-4o-mini", provider="mock"), Model(name="gpt-4o", provider="mock"))
    return {"models": models, "prices": (*prices, dear)}


def test_a_refusal_names_models_that_would_be_paid_for(provider: Running, tmp_path: Path) -> None:
    budgets = [
        Budget(name="company", amount="1"),
        Budget(name="mini", amount="0.0001", unit="usd", scope=Scope(model="gpt-4o-mini", team="ads")),
    ]
    with (
        with_budgets(provider, tmp_path, *budgets, **two_models(provider)) as gateway,
        client_of(gateway) as client,
    ):
        for _ in range(2):
            with pytest.raises(openai.APIStatusError, match="would be paid for at gpt-4o-mini") as caught:
                client.chat.completions.create(model="gpt-4o", messages=wish(input=2000, output=5))
        assert caught.value.body["models_paid"] == ["gpt-4o-mini"]
    assert accounts(tmp_path).keys() == {"company"}, "what was only looked at has no account"


@pytest.mark.parametrize(
    "policies", [(), (Policy(name="no", match=Match(model="gpt-4o-mini"), effect="deny"),)]
)
def test_a_model_that_rules_deny_is_not_named(
    provider: Running, tmp_path: Path, policies: tuple[Policy, ...]
) -> None:
    budgets = [Budget(name="company", amount="1")]
    with (
        with_budgets(provider, tmp_path, *budgets, policies=policies, **two_models(provider)) as gateway,
        client_of(gateway) as client,
        pytest.raises(openai.APIStatusError) as caught,
    ):
        client.chat.completions.create(model="gpt-4o", messages=wish(input=2000, output=5))
    assert ("models_paid" in caught.value.body) is not bool(policies)


def test_the_last_target_of_a_route_gives_way_to_the_model_that_its_budget_names(
    provider: Running, tmp_path: Path
) -> None:
    budget = Budget(name="dear", amount="1", scope=Scope(model="gpt-4o"), on_exhausted="gpt-4o-mini")
    route = ModelRoute(name="best", targets=(RouteTarget(model="gpt-4o"),))
    with with_budgets(provider, tmp_path, budget, routes=(route,), **two_models(provider)) as gateway:
        with client_of(gateway) as client:
            raw = client.chat.completions.with_raw_response.create(
                model="best", messages=wish(input=2000, output=5)
            )
        assert "no longer fits" in raw.headers["x-bursar-advice"]
        event = gateway.only_event()
        assert (event.model, event.model_requested) == ("gpt-4o-mini", "best")
        assert "rerouted_by_budget" in event.flags


def test_a_used_up_budget_can_name_a_cheaper_model(provider: Running, tmp_path: Path) -> None:
    budget = Budget(name="dear", amount="1", scope=Scope(model="gpt-4o"), on_exhausted="gpt-4o-mini")
    with with_budgets(provider, tmp_path, budget, **two_models(provider)) as gateway:
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
        async with openai_async_client(
            gateway, timeout=120
        ) as client:  # 300 connections at once take a while

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


def test_more_tokens_than_bytes_are_no_dearer_rate_too(provider: Running, tmp_path: Path) -> None:
    """Held as much as was seen to be used, and not that times itself: the budget is spent to its end."""
    messages = [{"role": "user", "content": write_directive(input=5000, output=5)}]
    one = 5000 * 150_000 + 5 * 600_000
    with with_budgets(provider, tmp_path, Budget(name="small", amount="0.02")) as gateway:
        statuses = []
        for _ in range(100):
            reply = httpx.post(
                f"{gateway.url}/v1/chat/completions",
                headers={"authorization": f"Bearer {SECRET}"},
                json={"model": "gpt-4o-mini", "messages": messages, "max_tokens": 5},
            )
            statuses.append(reply.status_code)
        assert set(statuses) == {200, 402}
    state = accounts(tmp_path)["small"]
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

    async with openai_async_client(gateway, timeout=120) as client:
        await asyncio.gather(*(one(client) for _ in range(30)))
    return statuses


def led(folder: Path) -> Leader:
    """A control plane leads; whether it counts is the test's business."""
    leader = Leader(open_state(f"sqlite:///{folder}/state.sqlite"), CONTROL_PLANE, "a")
    assert leader.renew(now_us())
    return leader


def test_a_call_waits_for_a_new_budget_to_be_counted(provider: Running, tmp_path: Path) -> None:
    led(tmp_path)
    engine = open_state(f"sqlite:///{tmp_path}/state.sqlite")
    budgets = (Budget(name="company", amount="5"), Budget(name="watch", amount="1", mode="soft"))
    with with_budgets(provider, tmp_path, *budgets) as gateway, ThreadPoolExecutor(1) as pool:

        def call() -> int:
            with client_of(gateway) as client:
                return client.chat.completions.with_raw_response.create(
                    model="gpt-4o-mini", messages=wish(input=10, output=5), max_tokens=5
                ).status_code

        calling = pool.submit(call)
        while len(accounts(tmp_path)) < 2:
            assert not calling.done()
        assert not calling.done()
        assert gateway.events() == []
        with writing(engine) as connection:
            set_counted(connection, revision=1)
        assert calling.result(timeout=5) == 200


def test_a_call_that_nobody_counts_for_is_told_so_and_may_come_again(
    provider: Running, tmp_path: Path
) -> None:
    leader = led(tmp_path)
    budget = Budget(name="company", amount="5", owner="alice")
    with with_budgets(provider, tmp_path, budget) as gateway, client_of(gateway) as client:
        with pytest.raises(openai.RateLimitError) as caught:
            client.chat.completions.create(model="gpt-4o-mini", messages=wish(input=10, output=5))
        leader.give_back(now_us())
        client.chat.completions.create(model="gpt-4o-mini", messages=wish(input=10, output=5))
    error = caught.value
    assert error.code == "budget_not_counted"
    assert "has not yet counted" in error.message
    assert "alice" in error.message
    assert error.response.headers["retry-after"] == "1"
