"""What was learned of models over a restart: through the gateway, and in a file that may be anything."""

import asyncio
import logging
import time
from pathlib import Path

import pytest
from test_gateway_bounds import answering, ask, gateway_before

from bursar.gateway.habits import KEPT_MAX, Memory
from bursar.gateway.habits_file import HabitsFile


def test_a_deployment_that_was_named_before_a_restart_is_held_at_its_own_rates_after_it(
    tmp_path: Path,
) -> None:
    handler = answering("gpt-4o-2024-08-06", tokens=(20, 10), seen=(seen := []))
    with gateway_before(handler, tmp_path, "0.1", catalogue="azure") as gateway:
        assert ask(gateway, max_tokens=10).status_code == 200
    with gateway_before(handler, tmp_path, "0.1", catalogue="azure") as gateway:
        assert ask(gateway, max_tokens=4000).status_code == 200, "as the dearest it would not fit"
    assert [one["max_tokens"] for one in seen] == [10, 4000]


def test_a_provider_that_counts_more_than_it_was_sent_is_known_after_a_restart(tmp_path: Path) -> None:
    """A gpt-4o whose every call has ten thousand tokens more than its text: 2.5 cents."""
    seen: list[dict[str, object]] = []
    handler = answering("gpt-4o", tokens=(10_000, 10), seen=seen)
    fields = {"model": "cloud/gpt-4o", "max_tokens": 10}
    with gateway_before(handler, tmp_path, "0.06", catalogue="openai") as gateway:
        assert ask(gateway, **fields).status_code == 200
        assert ask(gateway, **fields).status_code == 200
    with gateway_before(handler, tmp_path, "0.06", catalogue="openai") as gateway:
        assert ask(gateway, **fields).status_code == 402, "less than a cent is left of six"
    assert len(seen) == 2


def test_what_was_learned_is_kept_soon_and_not_only_at_the_end(tmp_path: Path) -> None:
    handler = answering("gpt-4o", tokens=(20, 10), seen=[])
    path = tmp_path / "gateway-0.habits"
    with gateway_before(handler, tmp_path, "0.1", catalogue="azure") as gateway:
        assert ask(gateway, max_tokens=10).status_code == 200
        deadline = time.monotonic() + 20
        while b"gpt-4o" not in (path.read_bytes() if path.exists() else b""):
            assert time.monotonic() < deadline
            time.sleep(0.05)


@pytest.mark.parametrize(
    "content",
    [b"", b"\x00", b"not msgpack at all", b"\x92\x09\x90", b"\x92\x01\x91\x97" + b"\xff" * 7, b"\x91" * 5000],
)
def test_a_file_that_cannot_be_read_is_told_and_learned_anew(
    tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "gateway-0.habits"
    path.write_bytes(content)
    with caplog.at_level(logging.WARNING):
        memory = HabitsFile(path).load()
    assert memory.kept() == []
    assert str(path) in caplog.text
    memory.of("cloud", "house-model").take_name("gpt-4o")
    asyncio.run(HabitsFile(path).stop(memory))
    assert [one.model for one in HabitsFile(path).load().kept()] == ["house-model"]


def test_the_file_has_a_bounded_size(tmp_path: Path) -> None:
    memory = Memory()
    for number in range(KEPT_MAX + 100):
        memory.of("cloud", f"model-{number}").take_name("gpt-4o")
    path = tmp_path / "gateway-0.habits"
    asyncio.run(HabitsFile(path).stop(memory))
    assert len(HabitsFile(path).load().kept()) == KEPT_MAX
    assert path.stat().st_size < 500_000


def test_a_folder_that_cannot_be_written_does_not_stop_the_worker(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    memory = Memory()
    memory.of("cloud", "house-model").take_name("gpt-4o")
    with caplog.at_level(logging.WARNING):
        asyncio.run(HabitsFile(tmp_path / "nowhere" / "gateway-0.habits").stop(memory))
    assert "could not be kept" in caplog.text
