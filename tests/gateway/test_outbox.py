"""Nothing that was said to be durable is lost, nothing is there twice: kills, full disks, restarts."""

import asyncio
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest
from running import SECRET, estate, running_gateway

from bursar.catalogue import RateCard
from bursar.estate.kinds import Model
from bursar.gateway.journal import NO_SLOT, SLOT_BYTES, SLOTS, Journal
from bursar.gateway.outbox import Outbox, OutboxBusy, OutboxReader
from bursar.gateway.recovery import recover
from bursar.gateway.sender import Sender
from bursar.vocab.event import Event, decode_events

BEARER = {"authorization": f"Bearer {SECRET}"}
CHAT = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "hello"}]}

# Takes calls as fast as it can: into the journal, a little later into the outbox, and says which are durable.
WRITER = """
import asyncio, sys
from pathlib import Path
from bursar.gateway.journal import Journal
from bursar.gateway.outbox import Outbox
from bursar.vocab.event import Event

async def main(folder, durability, run):
    journal = Journal(folder / "o.journal")
    outbox = Outbox(folder / "o.sqlite", worker="w", durability=durability, journal=journal)
    outbox.start(asyncio.get_running_loop())

    async def calls(lane):
        for number in range(10**9):
            event = Event(call_id=f"{run}-{lane}-{number}", started_at_us=1, finished_at_us=2, key_id="k")
            slot = journal.open(event)
            print("sent", event.call_id, flush=True)
            await asyncio.sleep(0.001 * (lane % 3))
            event.status = "complete"
            event.http_status = 200
            await outbox.append(slot, event)
            print("done", event.call_id, flush=True)

    await asyncio.gather(*(calls(lane) for lane in range(20)))

asyncio.run(main(Path(sys.argv[1]), sys.argv[2], sys.argv[3]))
"""


def stored(path: Path) -> list[Event]:
    reader = OutboxReader(path)
    try:
        return [event for group in reader.all_groups() for event in decode_events(group.body)]
    finally:
        reader.close()


def open_both(folder: Path) -> tuple[Journal, Outbox]:
    journal = Journal(folder / "o.journal")
    return journal, Outbox(folder / "o.sqlite", worker="w", durability="process", journal=journal)


def no_cards(event: Event) -> list[RateCard]:
    return []


def event_of(call_id: str, **fields: Any) -> Event:
    return Event(call_id=call_id, started_at_us=1, finished_at_us=2, **fields)


# -- kills -------------------------------------------------------------------------------------------------


def run_and_kill(folder: Path, durability: str, run: str, after_s: float) -> tuple[set[str], set[str]]:
    """The calls that a writer said to be sent, and those it said to be durable, before it was killed."""
    command = [sys.executable, "-c", WRITER, str(folder), durability, run]
    said = folder / f"{run}.txt"  # a pipe that fills up would choose the moment of the kill
    with said.open("w") as output, subprocess.Popen(command, stdout=output) as process:
        while not said.stat().st_size and process.poll() is None:
            time.sleep(0.01)
        time.sleep(after_s)
        process.send_signal(signal.SIGKILL)
    whole = [line.split() for line in said.read_text().splitlines(keepends=True) if line.endswith("\n")]
    return {name for what, name in whole if what == "sent"}, {name for what, name in whole if what == "done"}


@pytest.mark.parametrize("durability", ["disk", "process"])
def test_after_a_kill_every_call_is_there_once_as_what_it_was_or_as_interrupted(tmp_path, durability):
    rng = random.Random(7)
    sent: set[str] = set()
    done: set[str] = set()
    for run in range(3):
        more_sent, more_done = run_and_kill(tmp_path, durability, f"r{run}", rng.uniform(0.05, 0.4))
        sent |= more_sent
        done |= more_done
        journal, outbox = open_both(tmp_path)
        recover(outbox, journal, no_cards)
        assert recover(outbox, journal, no_cards) == 0
        outbox.close()
        journal.close()
    events = stored(tmp_path / "o.sqlite")
    count = Counter(event.call_id for event in events)
    status = {event.call_id: event.status for event in events}
    assert max(count.values()) == 1
    assert done
    assert {call for call in done if status.get(call) != "complete"} == set()
    assert sent - status.keys() == set()
    assert set(status.values()) <= {"complete", "interrupted"}


def test_recovery_that_is_killed_itself_writes_nothing_twice(tmp_path):
    journal, outbox = open_both(tmp_path)
    journal.open(event_of("a"))
    journal.open(event_of("b"))
    for _ in range(2):  # the second time as if killed after the commit and before the journal was cleared
        found = journal.leftover()
        assert {event.call_id for event in found} == {"a", "b"}
        recover(outbox, journal, no_cards)
        for event in found:
            journal.open(event)
    recover(outbox, journal, no_cards)
    assert sorted(event.call_id for event in stored(outbox.path)) == ["a", "b"]
    assert {event.status for event in stored(outbox.path)} == {"interrupted"}
    outbox.close()
    journal.close()


def test_a_call_whose_event_was_committed_just_before_the_kill_is_not_interrupted(tmp_path):
    journal, outbox = open_both(tmp_path)
    event = event_of("a")
    journal.open(event)
    outbox.store([event_of("a", http_status=200)])
    recover(outbox, journal, no_cards)
    (only,) = stored(outbox.path)
    assert (only.status, only.http_status) == ("complete", 200)
    outbox.close()
    journal.close()


def test_a_fault_of_our_own_does_not_lose_a_call_that_was_sent(provider, tmp_path, caplog):
    class Failing:
        async def request(self, *_: object) -> None:
            raise RuntimeError("planted")

        def close(self) -> None:
            pass

    with running_gateway(tmp_path, estate(provider.url)) as gateway:
        gateway.gateway._client = Failing()
        reply = httpx.post(f"{gateway.url}/v1/chat/completions", json=CHAT, headers=BEARER, trust_env=False)
        event = gateway.only_event()
        deadline = time.monotonic() + 5  # the slot is free a moment after the event is durable
        while len(gateway.gateway._journal._free) < SLOTS and time.monotonic() < deadline:
            time.sleep(0.01)
        assert len(gateway.gateway._journal._free) == SLOTS
    assert reply.status_code == 500
    assert (event.status, event.flags) == ("partial", ["gateway_failed"])
    assert event.cost_pico is None  # unpriced, which is not zero
    assert any("handler failed" in record.message for record in caplog.records)


# -- full disks --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("durability", ["disk", "process"])
def test_a_full_disk_refuses_calls_loses_nothing_and_recovers_by_itself(provider, tmp_path, durability):
    models = (Model(name="gpt-4o-mini", provider="mock"), Model(name="gpt-4o", provider="mock"))
    with running_gateway(tmp_path, estate(provider.url, models=models), durability=durability) as gateway:
        url = f"{gateway.url}/v1/chat/completions"

        def call(model: str = "gpt-4o-mini") -> httpx.Response:
            wish = {**CHAT, "model": model}
            return httpx.post(url, json=wish, headers=BEARER, timeout=20, trust_env=False)

        assert call().status_code == 200
        gateway.fill_disk()
        with ThreadPoolExecutor(40) as pool:
            waiting = [pool.submit(call) for _ in range(40)]
            deadline = time.monotonic() + 10
            while not gateway.gateway._outbox.fault and time.monotonic() < deadline:
                waiting.append(pool.submit(call))
                time.sleep(0.02)
            began = time.monotonic()
            refused = call("gpt-4o")
            assert time.monotonic() - began < 5, "it is refused at once, not when patience ends"
            assert refused.status_code == 503
            assert "Free disk space" in refused.json()["error"]["message"]
            assert "gpt-4o" not in {row.model for row in provider.provider.tally.rows}
            assert httpx.get(f"{gateway.url}/readyz", trust_env=False).status_code == 503
            metrics = httpx.get(f"{gateway.url}/metrics", trust_env=False).text
            assert 'bursar_gateway_outbox_writable{worker="0"} 0' in metrics
            gateway.free_disk()
            replies = [one.result() for one in waiting]
        deadline = time.monotonic() + 5
        while gateway.gateway._outbox.fault and time.monotonic() < deadline:
            time.sleep(0.02)
        assert call().status_code == 200
        assert httpx.get(f"{gateway.url}/readyz", trust_env=False).status_code == 200
        known = Counter(event.call_id for event in gateway.events())
    complete = [reply.headers["x-bursar-call-id"] for reply in replies if reply.status_code == 200]
    assert complete
    assert max(known.values()) == 1
    assert set(complete) <= known.keys()


@pytest.mark.parametrize("stream", [False, True])
def test_a_reply_is_withheld_when_its_event_cannot_be_recorded_in_time_and_recorded_later(
    provider, tmp_path, stream
):
    padding = {"metadata": {str(number): "x" * 500 for number in range(20)}}
    provider.provider.tally.clear()
    with running_gateway(tmp_path, estate(provider.url), patience_s=0.5) as gateway:
        gateway.fill_disk()
        began = time.monotonic()
        withheld = 0
        while not withheld and time.monotonic() - began < 10:
            try:
                httpx.post(
                    f"{gateway.url}/v1/chat/completions",
                    json={**CHAT, **padding, "stream": stream},
                    headers=BEARER,
                    timeout=8,
                    trust_env=False,
                )
            except httpx.RemoteProtocolError:
                withheld += 1
        assert withheld
        gateway.free_disk()
        deadline = time.monotonic() + 5
        while gateway.gateway._outbox.fault and time.monotonic() < deadline:
            time.sleep(0.02)
        events = gateway.events()
    assert {event.status for event in events} == {"complete"}
    assert len(events) == provider.tally()["calls"]


# -- files -------------------------------------------------------------------------------------------------


def test_an_outbox_belongs_to_one_process_at_a_time(tmp_path):
    journal, outbox = open_both(tmp_path)
    with pytest.raises(OutboxBusy, match="in use by another process"):
        Outbox(tmp_path / "o.sqlite", worker="other", durability="process", journal=journal)
    outbox.close()
    again = Outbox(tmp_path / "o.sqlite", worker="other", durability="process", journal=journal)
    assert again.worker == "w"  # the file's own stream goes on
    again.close()
    journal.close()


def test_numbers_go_on_after_a_restart_though_all_rows_were_confirmed(tmp_path):
    journal, outbox = open_both(tmp_path)
    outbox.store([event_of("a"), event_of("b")])
    outbox.confirm(2)
    assert stored(outbox.path) == []
    outbox.close()
    outbox = Outbox(tmp_path / "o.sqlite", worker="w", durability="process", journal=journal)
    outbox.store([event_of("c")])
    reader = OutboxReader(outbox.path)
    assert [(group.seq_first, group.seq_last) for group in reader.all_groups()] == [(3, 3)]
    assert (reader.delivered(), reader.last_seq()) == (2, 3)
    reader.close()
    outbox.close()
    journal.close()


@pytest.mark.parametrize("durability", ["disk", "process"])
def test_events_are_committed_in_groups_in_order_and_their_slots_are_free_then(tmp_path, durability):
    async def story() -> None:
        journal = Journal(tmp_path / "o.journal")
        outbox = Outbox(tmp_path / "o.sqlite", worker="w", durability=durability, journal=journal)
        outbox.start(asyncio.get_running_loop())
        for round_ in range(5):
            events = [event_of(f"{round_}-{number}") for number in range(200)]
            waiting = [outbox.append(journal.open(event), event) for event in events]
            await asyncio.gather(*waiting)
        assert journal.leftover() == []
        assert len(journal._free) == SLOTS
        outbox.close()
        journal.close()

    asyncio.run(story())
    reader = OutboxReader(tmp_path / "o.sqlite")
    groups = list(reader.all_groups())
    reader.close()
    assert len(groups) < 100
    assert groups[0].seq_first == 1
    assert all(one.seq_last + 1 == next_.seq_first for one, next_ in pairwise(groups))
    ids = [event.call_id for group in groups for event in decode_events(group.body)]
    assert ids == [f"{round_}-{number}" for round_ in range(5) for number in range(200)]


class _TakesAll(BaseHTTPRequestHandler):
    """A control plane that confirms whatever comes."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *args: Any) -> None:
        pass


def test_the_log_stays_short_under_a_load_without_a_pause(tmp_path):
    """Somebody always adds to it while it is moved into the file, so only between two groups can it end."""
    log = tmp_path / "o.sqlite-wal"

    async def story(url: str) -> tuple[int, int]:
        journal = Journal(tmp_path / "o.journal")
        outbox = Outbox(tmp_path / "o.sqlite", worker="w", durability="process", journal=journal)
        outbox.start(asyncio.get_running_loop())
        sender = Sender(outbox, control_url=url, token="t", new_name=lambda: "new")
        sender.start()
        written = longest = 0
        ends = time.monotonic() + 40
        while (written < 25_000_000 or written <= longest) and time.monotonic() < ends:
            event = event_of(str(written), tags={"t": "x" * 25_000})
            await outbox.append(NO_SLOT, event)
            await asyncio.sleep(0.001)
            written += 25_000
            longest = max(longest, log.stat().st_size)
        outbox.stop_gathering()
        sender.stop(30.0)
        outbox.close()
        journal.close()
        return written, longest

    server = ThreadingHTTPServer(("127.0.0.1", 0), _TakesAll)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        written, longest = asyncio.run(story(f"http://127.0.0.1:{server.server_port}"))
    finally:
        server.shutdown()
        server.server_close()
    assert written >= 25_000_000
    assert longest < written  # without an end it would have twice as much: what is added, and its removal


# -- the journal -------------------------------------------------------------------------------------------


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    journal = Journal(tmp_path / "j.journal")
    yield journal
    journal.close()


def test_a_journal_has_so_many_places_and_no_more(journal):
    slots = [journal.open(event_of(str(number))) for number in range(SLOTS)]
    assert NO_SLOT not in slots
    assert len(set(slots)) == SLOTS
    assert journal.open(event_of("one more")) == NO_SLOT
    journal.free(NO_SLOT)
    assert journal.open(event_of("one more")) == NO_SLOT
    journal.free(slots[7])
    assert journal.open(event_of("one more")) == slots[7]
    assert len(journal.leftover()) == SLOTS
    journal.clear()
    assert journal.leftover() == []
    assert journal.open(event_of("after")) != NO_SLOT


def test_a_record_longer_than_its_place_gives_up_tags_and_the_ends_of_names(journal):
    wide = "\U0001f600"
    journal.open(event_of("tags", tags={f"tag{number}": wide * 128 for number in range(32)}, team="search"))
    names = dict.fromkeys(("team", "product", "use_case", "environment"), wide * 128)
    names |= dict.fromkeys(("model", "model_requested"), wide * 256)
    journal.open(event_of("names", key_id="k", **names))
    found = {event.call_id: event for event in journal.leftover()}
    assert (found["tags"].tags, found["tags"].team, found["tags"].flags) == ({}, "search", ["tags_lost"])
    assert found["names"].key_id == "k"
    assert found["names"].team.startswith(wide * 50)


def test_a_place_that_cannot_be_read_does_not_stop_the_start(tmp_path, caplog):
    path = tmp_path / "j.journal"
    journal = Journal(path)
    journal.open(event_of("a"))
    journal.open(event_of("b"))
    journal.close()
    content = bytearray(path.read_bytes())
    content[4:20] = b"\xc1" * 16
    content[5 * SLOT_BYTES : 5 * SLOT_BYTES + 4] = b"\xff\xff\xff\xff"
    path.write_bytes(content)
    journal = Journal(path)
    assert [event.call_id for event in journal.leftover()] == ["b"]
    journal.clear()
    assert journal.leftover() == []
    journal.close()
    assert len(caplog.records) == 2
