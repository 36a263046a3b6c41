"""What is held for calls whose price, tier or length their request does not tell, against a real upstream."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest
from running import SECRET, RunningGateway, estate, running_gateway
from upstream import serving

from bursar.budgets.store import BudgetStore
from bursar.clock import now_us
from bursar.estate.budgets import Budget
from bursar.estate.kinds import Model, Price, Provider
from bursar.http1 import Handler, Reply, Request
from bursar.store.state import open_state

JSON = [(b"content-type", b"application/json")]


def answering(model: str, *, tokens: tuple[int, int], seen: list[dict[str, Any]], **said: str) -> Handler:
    """A provider whose every reply says this model and this usage; `seen` are the requests as they came."""
    reply_body = {
        "id": "c1",
        "object": "chat.completion",
        "model": model,
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "x"}, "finish_reason": "stop"}],
        "usage": {
            "prompt_tokens": tokens[0],
            "completion_tokens": tokens[1],
            "total_tokens": sum(tokens),
        },
        **said,
    }

    async def answer(request: Request, reply: Reply) -> None:
        seen.append(json.loads(request.body))
        await asyncio.sleep(0.01)  # so that calls at once are in flight together
        reply.send(200, JSON, json.dumps(reply_body).encode())

    return answer


@contextmanager
def gateway_before(
    handler: Handler, folder: Path, amount: str, *, catalogue: str, name: str = "cloud", **more: object
) -> Iterator[RunningGateway]:
    """A gateway with one hard budget and one provider, which the catalogue knows by `catalogue`."""
    with serving(handler) as url:
        fields: dict[str, object] = {
            "providers": (Provider(name=name, wire="openai", base_url=url, catalogue=catalogue),),
            "models": (Model(name="house-model", provider=name),),
            "prices": (),
            "budgets": (Budget(name="small", amount=amount),),
        }
        with running_gateway(folder, estate(url, **{**fields, **more})) as running:
            yield running


def ask(gateway: RunningGateway, *, prompt: str = "hi", **fields: object) -> httpx.Response:
    body = {"model": "house-model", "messages": [{"role": "user", "content": prompt}], **fields}
    headers = {"authorization": f"Bearer {SECRET}"}
    return httpx.post(f"{gateway.url}/v1/chat/completions", json=body, headers=headers, timeout=20)


async def ask_at_once(gateway: RunningGateway, calls: int, **fields: object) -> list[int]:
    """The statuses of so many calls that begin together."""
    statuses: list[int] = []
    messages = [{"role": "user", "content": "hi"}]

    async def one(client: openai.AsyncOpenAI) -> None:
        try:
            await client.chat.completions.create(
                model="house-model", messages=messages, max_tokens=10, extra_body=fields
            )
            statuses.append(200)
        except openai.APIStatusError as error:
            statuses.append(error.status_code)

    async with openai.AsyncOpenAI(base_url=f"{gateway.url}/v1", api_key=SECRET, max_retries=0) as client:
        await asyncio.gather(*(one(client) for _ in range(calls)))
    return statuses


def spent_and_limit(folder: Path) -> tuple[int, int]:
    store = BudgetStore(open_state(f"sqlite:///{folder}/state.sqlite"), now=now_us, silent_us=10**9)
    (state,) = store.accounts()
    return state.spent, state.limit


def test_a_deployment_of_the_dearest_model_does_not_overspend_before_a_reply_has_named_it(
    tmp_path: Path,
) -> None:
    handler = answering("o1-pro", tokens=(60, 10), seen=[])
    with gateway_before(handler, tmp_path, "0.1", catalogue="azure") as gateway:
        statuses = asyncio.run(ask_at_once(gateway, 40))
    spent, limit = spent_and_limit(tmp_path)
    assert statuses.count(200) >= 2
    assert statuses.count(200) * (60 * 150_000_000 + 10 * 600_000_000) == spent <= limit


def test_once_named_a_deployment_is_held_at_its_own_model_s_rates_by_the_length_of_each_call(
    tmp_path: Path,
) -> None:
    seen: list[dict[str, Any]] = []
    handler = answering("gpt-4o-2024-08-06", tokens=(20, 10), seen=seen)
    with gateway_before(handler, tmp_path, "0.1", catalogue="azure") as gateway:
        assert ask(gateway, max_tokens=10).status_code == 200
        # Four thousand tokens of o1-pro are $2.40, of gpt-4o 4 cents: they fit, whole.
        assert ask(gateway, max_tokens=4000).status_code == 200
        assert seen[-1]["max_tokens"] == 4000
        refused = ask(gateway, prompt="a" * 60_000, max_tokens=10)
        assert refused.status_code == 402, "what the first call cost says nothing of a longer one"
        assert "no reply has shown" not in refused.text
    assert len(seen) == 2


def test_a_model_that_is_held_for_the_dearest_is_refused_with_what_to_do(tmp_path: Path) -> None:
    handler = answering("gpt-4o", tokens=(20, 10), seen=[])
    with gateway_before(handler, tmp_path, "0.001", catalogue="azure") as gateway:
        refused = ask(gateway, max_tokens=100)
    assert refused.status_code == 402
    assert "No price is known for house-model" in refused.text
    assert "kind: price" in refused.text


def test_with_little_left_the_first_answer_of_an_unknown_model_is_shortened(tmp_path: Path) -> None:
    seen: list[dict[str, Any]] = []
    handler = answering("gpt-4o", tokens=(20, 10), seen=seen)
    with gateway_before(handler, tmp_path, "0.2", catalogue="azure") as gateway:
        assert ask(gateway, max_tokens=100_000).status_code == 200
        assert "output_clamped" in gateway.only_event().flags
    assert 64 <= seen[0]["max_tokens"] < 400


def test_a_model_of_a_provider_that_sells_nothing_is_never_refused_for_money(tmp_path: Path) -> None:
    handler = answering("house-model", tokens=(20, 10), seen=[])
    with gateway_before(handler, tmp_path, "0.000001", catalogue="none", name="racks") as gateway:
        assert [ask(gateway).status_code for _ in range(3)] == [200, 200, 200]
        assert all("unpriced" in event.flags for event in gateway.events())


def test_a_model_whose_replies_have_no_price_either_holds_nothing_from_then_on(tmp_path: Path) -> None:
    seen: list[dict[str, Any]] = []
    handler = answering("house-model", tokens=(20, 10), seen=seen)
    with gateway_before(handler, tmp_path, "0.2", catalogue="azure") as gateway:
        assert ask(gateway, max_tokens=100_000).status_code == 200
        assert ask(gateway, max_tokens=100_000).status_code == 200
    assert [one["max_tokens"] == 100_000 for one in seen] == [False, True]


@pytest.mark.parametrize(("output", "held"), [("90", 429), ("0.1", 200)])
def test_beside_models_with_prices_of_ours_an_unknown_one_is_held_for_the_dearest(
    tmp_path: Path, output: str, held: int
) -> None:
    """A provider that the public list does not know, with one price document."""
    price = Price(
        name="other",
        provider="racks",
        model="big",
        valid_from="2020-01-01",
        per_million_tokens={"input": "0", "output": output},
    )
    handler = answering("house-model", tokens=(20, 10), seen=[])
    with gateway_before(
        handler, tmp_path, "0.001", catalogue="none", name="racks", prices=(price,)
    ) as gateway:
        statuses = asyncio.run(ask_at_once(gateway, 2))
        assert statuses.count(200) >= 1
        assert held in statuses


PRIORITY = 60 * 8_750_000 + 10 * 70_000_000
"""What `house-model` costs in the priority tier of `tiered`."""


def tiered() -> tuple[Price, ...]:
    """A model with a price of the standard way, and a dearer one of the priority tier."""
    return tuple(
        Price(
            name=f"house-{tier or 'standard'}",
            provider="cloud",
            model="house-model",
            valid_from="2020-01-01",
            service_tier=tier,
            per_million_tokens={"input": given, "output": made},
        )
        for tier, given, made in (("", "1.25", "10"), ("priority", "8.75", "70"))
    )


@pytest.mark.parametrize("named", ["priority", "auto", " Priority "])
def test_a_tier_that_may_be_dearer_is_held_for_before_any_reply_has_come_at_it(
    tmp_path: Path, named: str
) -> None:
    handler = answering("house-model", tokens=(60, 10), seen=[], service_tier="priority")
    with gateway_before(handler, tmp_path, "0.01", catalogue="none", prices=tiered()) as gateway:
        statuses = asyncio.run(ask_at_once(gateway, 60, service_tier=named))
    spent, limit = spent_and_limit(tmp_path)
    assert statuses.count(200) * PRIORITY == spent <= limit
    assert spent > limit / 2


def test_what_names_no_tier_is_held_at_the_standard_price(tmp_path: Path) -> None:
    """A hundred tokens of output are 1 tenth of a cent, in the priority tier 7."""
    seen: list[dict[str, Any]] = []
    handler = answering("house-model", tokens=(20, 10), seen=seen, service_tier="default")
    with gateway_before(handler, tmp_path, "0.002", catalogue="none", prices=tiered()) as gateway:
        for tier in ({}, {"service_tier": "default"}, {"service_tier": "flex"}):
            assert ask(gateway, max_tokens=100, **tier).status_code == 200
        assert [one["max_tokens"] for one in seen] == [100, 100, 100]
        assert ask(gateway, max_tokens=100, service_tier="priority").status_code == 402


def test_a_dearer_tier_that_nobody_named_is_learned_from_its_first_reply(tmp_path: Path) -> None:
    handler = answering("house-model", tokens=(60, 10), seen=[], service_tier="priority")
    with gateway_before(handler, tmp_path, "0.01", catalogue="none", prices=tiered()) as gateway:
        statuses = [ask(gateway, max_tokens=10).status_code for _ in range(12)]
    spent, limit = spent_and_limit(tmp_path)
    assert statuses.count(200) * PRIORITY == spent <= limit
    assert 402 in statuses


def test_prices_of_a_region_are_held_for_targets_there(tmp_path: Path) -> None:
    prices = tuple(
        Price(
            name=f"house-{region or 'anywhere'}",
            provider="cloud",
            model="house-model",
            valid_from="2020-01-01",
            region=region,
            per_million_tokens={"input": given, "output": given},
        )
        for region, given in (("", "1"), ("eu", "100"))
    )
    handler = answering("house-model", tokens=(60, 10), seen=[])
    with serving(handler) as url:
        provider = Provider(name="cloud", wire="openai", base_url=url, catalogue="none", region="eu")
        more = {"providers": (provider,), "models": (Model(name="house-model", provider="cloud"),)}
        snapshot = estate(url, prices=prices, budgets=(Budget(name="small", amount="0.02"),), **more)
        with running_gateway(tmp_path, snapshot) as gateway:
            statuses = asyncio.run(ask_at_once(gateway, 20))
    spent, limit = spent_and_limit(tmp_path)
    assert statuses.count(200) * 70 * 100_000_000 == spent <= limit


FILE = [{"role": "user", "content": [{"type": "file", "file": {"file_id": "file-1"}}]}]


@pytest.mark.parametrize(
    ("model", "window"),
    [
        ("gpt-4o", 128_000),
        ("gpt-4.1", 1_000_000),
        ("claude-sonnet-4-5", 1_048_576),
        ("house-model", 1_048_576),
    ],
)
def test_what_a_request_refers_to_is_held_as_long_as_its_model_can_read(
    tmp_path: Path, model: str, window: int
) -> None:
    """By a budget of tokens: a call passes that has just room for it, and none that has not.

    The list says 200,000 of claude-sonnet-4-5, and has a price for longer inputs, so it is not believed.
    """
    handler = answering(model, tokens=(20, 10), seen=[])
    catalogue = "anthropic" if model.startswith("claude") else "openai"
    for room, status in ((window + 10, 200), (window + 9, 402)):
        folder = tmp_path / str(room)
        folder.mkdir()
        fields = {
            "models": (Model(name=model, provider="cloud"),),
            "budgets": (Budget(name="small", amount=str(room), unit="tokens"),),
        }
        with gateway_before(handler, folder, "1", catalogue=catalogue, **fields) as gateway:
            assert ask(gateway, model=model, messages=FILE, max_tokens=10).status_code == status


def test_a_file_that_fills_a_long_context_does_not_overspend(tmp_path: Path) -> None:
    handler = answering("gpt-4.1", tokens=(900_000, 10), seen=[])
    models = (Model(name="house-model", provider="cloud", upstream_model="gpt-4.1"),)
    with gateway_before(handler, tmp_path, "5", catalogue="openai", models=models) as gateway:
        statuses = asyncio.run(ask_at_once(gateway, 12, messages=FILE))
    spent, limit = spent_and_limit(tmp_path)
    assert 0 < spent <= limit
    assert statuses.count(200) == 2, "two of $1.80 are paid, and the hold of a third is $2"


def searching(seen: list[dict[str, Any]]) -> Handler:
    """OpenAI's responses, which search as often as they may, or Anthropic's messages, which do not."""

    async def answer(request: Request, reply: Reply) -> None:
        seen.append(json.loads(request.body))
        await asyncio.sleep(0.01)
        calls = 0 if request.path == "/v1/messages" else seen[-1].get("max_tool_calls", 10)
        tokens = sum(100 + 16_384 * place for place in range(calls + 1))
        usage = {"input_tokens": tokens, "output_tokens": 10}
        body: dict[str, Any] = {"id": "r1", "model": seen[-1]["model"], "usage": usage}
        if request.path == "/v1/messages":
            body |= {"type": "message", "role": "assistant", "content": [], "stop_reason": "end_turn"}
        else:
            body |= {"object": "response", "status": "completed", "output": []}
            usage["total_tokens"] = tokens + 10
        reply.send(200, JSON, json.dumps(body).encode())

    return answer


OPENAI = {"input": "hi", "max_output_tokens": 200, "tools": [{"type": "web_search"}]}
ANTHROPIC = {
    "messages": [{"role": "user", "content": "hi"}],
    "max_tokens": 200,
    "tools": [{"type": "web_search_20250305", "name": "web_search"}, {"name": "mine", "input_schema": {}}],
}
THREE = {**ANTHROPIC, "tools": [{**ANTHROPIC["tools"][0], "max_uses": 3}]}


def search(folder: Path, room: int, wire: str, body: dict[str, Any], seen: list[dict[str, Any]]) -> Any:
    """The reply to a call with a budget of so many tokens, and the flags of its event."""
    folder.mkdir()
    with serving(searching(seen)) as url:
        snapshot = estate(
            url,
            providers=(Provider(name="cloud", wire=wire, base_url=url, catalogue="none"),),
            models=(Model(name="house-model", provider="cloud"),),
            budgets=(Budget(name="small", amount=str(room), unit="tokens"),),
        )
        path = "messages" if wire == "anthropic" else "responses"
        with running_gateway(folder, snapshot) as gateway:
            headers = {"authorization": f"Bearer {SECRET}", "x-api-key": SECRET}
            sent = {"model": "house-model", **body}
            found = httpx.post(f"{gateway.url}/v1/{path}", json=sent, headers=headers, timeout=20)
            return found, gateway.only_event().flags


@pytest.mark.parametrize(
    ("wire", "body", "rounds"),
    [
        ("openai", OPENAI, 11),
        ("openai", {**OPENAI, "max_tool_calls": 2}, 3),
        ("openai", {**OPENAI, "tools": [{"type": "function", "name": "f"}]}, 1),
        ("anthropic", ANTHROPIC, 11),
        ("anthropic", THREE, 4),
    ],
)
def test_every_round_of_a_provider_s_tools_is_held_to_read_all_again(
    tmp_path: Path, wire: str, body: dict[str, Any], rounds: int
) -> None:
    """Rounds of 0, 16,384, 2 x 16,384 ... found tokens beside the request, which is less than 2,000."""
    found = sum(16_384 * place for place in range(rounds))
    seen: list[dict[str, Any]] = []
    reply, flags = search(tmp_path / "enough", found + 2_000 * rounds, wire, body, seen)
    assert reply.status_code == 200
    assert not {"tools_clamped", "output_clamped"} & set(flags)
    assert seen == [{"model": "house-model", **body}]
    reply, flags = search(tmp_path / "less", found, wire, body, seen)
    assert reply.status_code == 402 or "tools_clamped" in flags


def test_with_little_left_a_provider_s_tools_are_used_less_often(tmp_path: Path) -> None:
    seen: list[dict[str, Any]] = []
    reply, flags = search(tmp_path / "openai", 60_000, "openai", OPENAI, seen)
    assert reply.status_code == 200
    assert "tools_clamped" in flags
    assert "limited to 2 uses" in reply.headers["x-bursar-advice"]
    assert seen.pop()["max_tool_calls"] == 2
    reply, flags = search(tmp_path / "anthropic", 60_000, "anthropic", ANTHROPIC, seen)
    assert reply.status_code == 200
    assert "tools_clamped" in flags
    assert [tool.get("max_uses") for tool in seen.pop()["tools"]] == [2, None]


def test_tools_that_take_no_bound_are_refused_where_they_do_not_fit(tmp_path: Path) -> None:
    body = {**ANTHROPIC, "tools": [{"type": "code_execution_20250825", "name": "code_execution"}]}
    reply, flags = search(tmp_path / "anthropic", 60_000, "anthropic", body, [])
    assert reply.status_code == 402
    assert "tools_clamped" not in flags


def test_ten_rounds_do_not_overspend(tmp_path: Path) -> None:
    """Before a reply has shown how much such calls read."""
    budget = Budget(name="small", amount="2")
    with serving(searching([])) as url:
        snapshot = estate(url, budgets=(budget,))
        with running_gateway(tmp_path, snapshot) as gateway:
            statuses = asyncio.run(_search_at_once(gateway, 40))
    spent, limit = spent_and_limit(tmp_path)
    assert 0 < spent <= limit
    assert statuses.count(200) > 5


async def _search_at_once(gateway: RunningGateway, calls: int) -> list[int]:
    async with httpx.AsyncClient(headers={"authorization": f"Bearer {SECRET}"}, timeout=20) as client:
        sent = {"model": "gpt-4o-mini", **OPENAI}
        replies = await asyncio.gather(
            *(client.post(f"{gateway.url}/v1/responses", json=sent) for _ in range(calls))
        )
    return [reply.status_code for reply in replies]


def test_what_another_model_does_beside_a_reply_is_held_for_once_it_was_seen(tmp_path: Path) -> None:
    """An advisor that reads fifty thousand tokens at $5 a million: a quarter of a dollar beside each call."""
    advice = {
        "type": "advisor_message",
        "model": "claude-opus-4-5",
        "input_tokens": 50_000,
        "output_tokens": 10,
    }
    said = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-haiku-4-5",
        "content": [{"type": "text", "text": "x"}],
        "stop_reason": "end_turn",
        "usage": {"input_tokens": 20, "output_tokens": 10, "iterations": [advice]},
    }

    async def answer(request: Request, reply: Reply) -> None:
        reply.send(200, JSON, json.dumps(said).encode())

    with serving(answer) as url:
        world = estate(
            url,
            providers=(Provider(name="cloud", wire="anthropic", base_url=url, catalogue="anthropic"),),
            models=(Model(name="claude-haiku-4-5", provider="cloud"),),
            prices=(),
            budgets=(Budget(name="small", amount="0.4"),),
        )
        body = {
            "model": "claude-haiku-4-5",
            "max_tokens": 10,
            "messages": [{"role": "user", "content": "hi"}],
        }
        with running_gateway(tmp_path, world) as gateway:
            statuses = [
                httpx.post(
                    f"{gateway.url}/v1/messages", json=body, headers={"x-api-key": SECRET}, timeout=20
                ).status_code
                for _ in range(2)
            ]
    assert statuses == [200, 402]
    spent, limit = spent_and_limit(tmp_path)
    assert 250_000_000_000 < spent <= limit
