"""A program that repeats a refused call cannot fill the ledger, and no refusal is lost from sight."""

from pathlib import Path

import httpx
from hypothesis import given
from hypothesis import strategies as st
from running import SECRET, estate, key, running_gateway

from bursar.gateway.repeats import SINGLE_MOST, Repeats
from bursar.simulate import Running
from bursar.vocab.event import Event

SECOND = 1_000_000


def event(at_us: int, key_id: str = "key_1") -> Event:
    return Event(call_id=f"call-{at_us}", started_at_us=at_us, finished_at_us=at_us, key_id=key_id)


def stands_for(event: Event) -> int:
    return next((int(flag.removeprefix("repeated_")) for flag in event.flags if "repeated_" in flag), 1)


pauses = st.lists(st.integers(0, 9 * SECOND), max_size=300)


@given(pauses=pauses)
def test_single_and_told_refusals_are_all_there_were_and_few_of_them_are_single(pauses: list[int]) -> None:
    repeats, now_us, recorded = Repeats(), 0, []
    for number, pause_us in enumerate(pauses):
        now_us += pause_us
        if repeats.is_single(event(now_us), "model_not_found"):
            recorded.append(event(now_us))
        if number % 50 == 49:
            recorded += repeats.told(now_us)
    recorded += repeats.told(now_us)
    assert sum(map(stands_for, recorded)) == len(pauses)
    assert len(recorded) <= SINGLE_MOST * (now_us // (60 * SECOND) + 1) + len(pauses) // 50 + 1


def test_each_key_and_each_reason_is_counted_for_itself_and_forgotten_after_a_minute() -> None:
    repeats = Repeats()
    for number in range(SINGLE_MOST + 5):
        repeats.is_single(event(number), "model_not_found")
    assert repeats.is_single(event(9), "model_not_allowed")
    assert repeats.is_single(event(9, "key_2"), "model_not_found")
    (told,) = repeats.told(10)
    assert (told.call_id, told.flags) == (f"call-{SINGLE_MOST + 4}", ["repeated", "repeated_5"])
    assert list(repeats.told(61 * SECOND)) == []
    assert repeats._runs == {}


def test_a_loop_of_refused_calls_writes_a_bounded_number_of_events(provider: Running, tmp_path: Path) -> None:
    snapshot = estate(provider.url, keys=(key(models=("gpt-4o-mini",)),))
    body = {"model": "gpt-9", "messages": []}
    headers = {"authorization": f"Bearer {SECRET}"}
    with (
        running_gateway(tmp_path, snapshot, durability="process") as gateway,
        httpx.Client(trust_env=False, headers=headers) as client,
    ):
        for _ in range(300):
            reply = client.post(f"{gateway.url}/v1/chat/completions", json=body)
            assert (reply.status_code, reply.json()["error"]["code"]) == (403, "model_not_allowed")
        gateway._loop.call_soon_threadsafe(gateway.gateway.tell_repeats)
        last = gateway.event(reply.headers["x-bursar-call-id"])
        events = gateway.events()
        metrics = client.get(f"{gateway.url}/metrics").text
    assert len(events) == SINGLE_MOST + 1
    assert last.flags[-2:] == ["repeated", f"repeated_{300 - SINGLE_MOST}"]
    assert 'bursar_gateway_refusals_total{worker="0",code="model_not_allowed"} 300' in metrics
