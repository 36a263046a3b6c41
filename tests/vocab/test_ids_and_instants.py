"""Ids sort by the instant they were made at; instants are UTC and never guessed."""

import uuid
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bursar.vocab.errors import InvalidInput, InvariantBroken, check, near_names
from bursar.vocab.ids import IdSource, uuid7
from bursar.vocab.instant import InstantUs, format_instant, from_datetime, parse_instant, to_datetime

instants = st.integers(0, 4_102_444_800_000_000).map(InstantUs)


@given(instant=instants, noise=st.binary(min_size=8, max_size=8))
def test_an_id_is_a_uuid_of_version_7_that_holds_its_millisecond(instant: InstantUs, noise: bytes) -> None:
    made = uuid.UUID(uuid7(instant, noise))
    assert made.version == 7
    assert made.variant == uuid.RFC_4122
    assert made.int >> 80 == instant // 1000


@given(earlier=instants, microseconds=st.integers(1, 10**9), noise=st.binary(min_size=16, max_size=16))
def test_a_later_microsecond_makes_a_greater_id(earlier: InstantUs, microseconds: int, noise: bytes) -> None:
    later = InstantUs(earlier + microseconds)
    assert uuid7(earlier, noise[:8]) < uuid7(later, noise[8:])


def test_ids_of_one_instant_differ() -> None:
    drawn = iter(range(100))

    def random_bytes(count: int) -> bytes:
        return next(drawn).to_bytes(1, "big") + bytes(range(256)) * (count // 256)

    source = IdSource(lambda: InstantUs(0), lambda count: random_bytes(count)[:count])
    ids = [source.next() for _ in range(32)]
    assert len(set(ids)) == 32


@given(instant=instants)
def test_an_instant_survives_the_way_through_text_and_datetime(instant: InstantUs) -> None:
    assert parse_instant(format_instant(instant)) == instant
    assert from_datetime(to_datetime(instant)) == instant


def test_a_date_is_its_first_instant_in_utc() -> None:
    assert parse_instant("2026-11-23") == from_datetime(datetime(2026, 11, 23, tzinfo=UTC))


def test_an_offset_is_heeded() -> None:
    eastern = datetime(2026, 11, 23, 11, tzinfo=timezone(timedelta(hours=2)))
    assert parse_instant("2026-11-23T11:00:00+02:00") == from_datetime(eastern)
    assert format_instant(from_datetime(eastern)) == "2026-11-23T09:00:00.000000Z"


@pytest.mark.parametrize("text", ["2026-11-23T09:00:00", "yesterday", ""])
def test_a_time_that_would_have_to_be_guessed_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        parse_instant(text)


def test_a_check_runs_always_and_says_what_does_not_hold() -> None:
    check(True, "one is one")
    with pytest.raises(InvariantBroken, match="one is two"):
        check(False, "one is two")


def test_near_names_come_best_first() -> None:
    assert near_names("gpt-4o-mni", ["gpt-4o", "gpt-4o-mini", "claude"])[0] == "gpt-4o-mini"
