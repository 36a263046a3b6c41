"""Reads recorded traffic: when each call came and how many tokens it took, one row a call."""

import csv
import gzip
import io
import itertools
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, Final

import msgspec

from bursar.vocab.errors import InvalidInput, near_names

ROLES: Final = ("time", "input", "output", "cached")

# Names that published traces give the columns, compared in small letters and digits alone.
_NAMES: Final[dict[str, tuple[str, ...]]] = {
    "time": ("timestamp", "time", "arrivedat", "arrivaltime", "startedat", "arrivaltimestamp", "ts", "ats"),
    "input": ("contexttokens", "inputlength", "inputtokens", "prompttokens", "requesttokens", "tokensinput"),
    "output": (
        "generatedtokens",
        "outputlength",
        "outputtokens",
        "completiontokens",
        "responsetokens",
        "tokensoutput",
    ),
    "cached": ("cachedtokens", "cachereadtokens", "cachedinputtokens", "tokenscacheread"),
}
_UNITS: Final = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}


class Row(msgspec.Struct, frozen=True):
    """One call of the trace. `number` counts from 1; `at_s` is seconds after the first row."""

    number: int
    at_s: float
    tokens_input: int
    tokens_output: int
    tokens_cached: int = 0


class Columns(msgspec.Struct, frozen=True):
    """The column of each role; no time column means that all calls come at once."""

    input: str
    output: str
    time: str = ""
    cached: str = ""
    time_unit: str = ""  # for times that are plain numbers: s, ms, us or ns


def parse_columns(text: str) -> dict[str, str]:
    """Read `time=TIMESTAMP,input=ContextTokens`; a numeric time may name its unit: `time=timestamp:ms`."""
    given: dict[str, str] = {}
    for pair in filter(None, (part.strip() for part in text.split(","))):
        role, equals, column = pair.partition("=")
        if role not in ROLES or not equals or not column:
            raise InvalidInput(f"--columns {pair!r}: write role=column, with a role of {', '.join(ROLES)}")
        given[role] = column
    return given


def read_trace(path: Path, columns: str = "", limit: int | None = None) -> list[Row]:
    """All rows, or the first `limit`, in the file's order.

    InvalidInput names the file's columns if the right ones are not found, or the line that cannot be read.
    """
    return list(itertools.islice(_rows(path, parse_columns(columns)), limit))


def _rows(path: Path, given: dict[str, str]) -> Iterator[Row]:
    records = iter(_records(path))
    first = next(records, None)
    if first is None:
        raise InvalidInput(f"{path} holds no rows")
    found = _find_columns(path, first[1], given)
    clock = _Clock(found)
    for number, (line, record) in enumerate(itertools.chain([first], records), start=1):
        try:
            yield Row(
                number=number,
                at_s=clock.seconds(record),
                tokens_input=_tokens(record, found.input),
                tokens_output=_tokens(record, found.output),
                tokens_cached=_tokens(record, found.cached) if found.cached else 0,
            )
        except (ValueError, KeyError, TypeError) as error:
            raise InvalidInput(f"{path} line {line} cannot be read: {error}") from error


def _records(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Line numbers and records of a CSV or JSONL file, compressed or not."""
    try:
        with _open(path) as raw, io.TextIOWrapper(raw, encoding="utf-8-sig", newline="") as text:
            name = path.name.removesuffix(".gz")
            yield from (
                _json_records(path, text) if name.endswith((".jsonl", ".ndjson")) else _csv_records(text)
            )
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{path} is not UTF-8 text") from error


def _open(path: Path) -> BinaryIO | gzip.GzipFile:
    return gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb")


def _csv_records(text: io.TextIOWrapper) -> Iterator[tuple[int, Mapping[str, Any]]]:
    reader = csv.DictReader(text)
    for record in reader:
        yield reader.line_num, record


def _json_records(path: Path, lines: Iterable[str]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            yield number, msgspec.json.decode(line, type=dict[str, Any])
        except msgspec.MsgspecError as error:
            raise InvalidInput(f"{path} line {number} is not a JSON object: {error}") from error


def _find_columns(path: Path, record: Mapping[str, Any], given: dict[str, str]) -> Columns:
    there = {_plain(name): name for name in record if name}
    time, _, unit = given.get("time", "").partition(":")
    found = {role: given.get(role, "") for role in ROLES} | {"time": time}
    for role, column in found.items():
        if column and column not in record:
            near = ", ".join(near_names(column, record)) or ", ".join(record)
            raise InvalidInput(f"{path} has no column {column!r} for {role}; near names: {near}")
        if not column:
            found[role] = next((there[name] for name in _NAMES[role] if name in there), "")
    missing = [role for role in ("input", "output") if not found[role]]
    if missing:
        raise InvalidInput(
            f"{path} has no column known as {' or '.join(missing)}: say --columns "
            f"{','.join(f'{role}=NAME' for role in missing)} with names out of {', '.join(record)}"
        )
    if unit and unit not in _UNITS:
        raise InvalidInput(f"--columns time={time}:{unit}: the unit is one of {', '.join(_UNITS)}")
    # Mooncake's traces count milliseconds, and are the ones that speak of lengths.
    return Columns(**found, time_unit=unit or ("ms" if _plain(found["input"]) == "inputlength" else "s"))


def _plain(name: str) -> str:
    return "".join([letter for letter in name.lower() if letter.isalnum()])


def _tokens(record: Mapping[str, Any], column: str) -> int:
    text = record[column]
    count = float(text)
    if count < 0 or count != int(count):
        raise ValueError(f"{column} is {text!r}, not a count of tokens")
    return int(count)


class _Clock:
    """Turns the time column into seconds after the first row."""

    def __init__(self, columns: Columns) -> None:
        self._column = columns.time
        self._unit = _UNITS[columns.time_unit]
        self._first: float | None = None

    def seconds(self, record: Mapping[str, Any]) -> float:
        if not self._column:
            return 0.0
        now = self._read(str(record[self._column]).strip())
        if self._first is None:
            self._first = now
        return max(0.0, now - self._first)

    def _read(self, text: str) -> float:
        try:
            return float(text) * self._unit
        except ValueError:
            moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
