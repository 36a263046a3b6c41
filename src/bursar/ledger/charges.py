"""What events cost the budgets: by the accounts that they name, and what no account was charged with."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

import duckdb
import ibis

from bursar.ledger.columns import integers
from bursar.ledger.statement import Statement, compile_statement, parameter
from bursar.ledger.tables import EVENTS
from bursar.vocab.event import ERROR
from bursar.vocab.instant import InstantUs, to_datetime
from bursar.vocab.usage import TOKEN_CLASSES

_ASIDE: Final = "aside"  # what is billed beside a call is no call of its own
_KINDS: Final = ("usd", "tokens", "calls")
_SLICE_MINUTES: Final = 15
_MINUTE_US: Final = 60_000_000


@dataclass(frozen=True)
class Charged:
    """What events cost, in the units that budgets count: picodollars, tokens, calls."""

    usd: int
    tokens: int
    calls: int

    def of(self, unit: str) -> int:
        """The amount in one of the units."""
        return int(getattr(self, unit))


@dataclass(frozen=True)
class Used:
    """What events of one kind and quarter of an hour cost; `accounts` are those they were charged to."""

    team: str
    product: str
    use_case: str
    environment: str
    model: str
    provider: str
    key: str
    tags: dict[str, str]
    accounts: frozenset[str]
    at: InstantUs
    charged: Charged

    @property
    def kind(self) -> tuple[object, ...]:
        """All that budgets can tell apart, save the time."""
        return (
            self.team,
            self.product,
            self.use_case,
            self.environment,
            self.model,
            self.provider,
            self.key,
            self.tags,
        )


def charged_by_account(connection: duckdb.DuckDBPyConnection) -> dict[str, Charged]:
    """What was charged to each account when it happened, as the events say."""
    return _charges(_by_account(), connection, {})


def charged_by_worker(
    connection: duckdb.DuckDBPyConnection, worker: str, *, after: int
) -> dict[str, Charged]:
    """The same of one worker's events with a number above `after`."""
    return _charges(_by_account_of_worker(), connection, {"worker": worker, "after": after})


def _charges(
    statement: Statement, connection: duckdb.DuckDBPyConnection, values: Mapping[str, object]
) -> dict[str, Charged]:
    table = statement.arrow(connection, values)
    columns = [integers(table[kind]) for kind in _KINDS]
    return {
        account: Charged(*amounts)
        for account, *amounts in zip(table["account"].to_pylist(), *columns, strict=True)
    }


def used_since(
    connection: duckdb.DuckDBPyConnection, *, after: int, since: InstantUs
) -> tuple[list[Used], int]:
    """What the events of all commits after one cost, by what budgets can tell apart; and the last commit.

    What differs only in its time stands together, oldest first.
    Only events that began at `since` or later; periods of budgets begin at quarters of an hour everywhere.
    What failed is no call here: most of it was refused and never sent.
    """
    state = connection.execute("SELECT commit_last FROM ledger_state").fetchall()
    through = int(state[0][0])
    if through <= after:
        return [], through
    values = {"after": after, "through": through, "since": to_datetime(since).replace(tzinfo=None)}
    table = _by_kind().arrow(connection, values)
    columns = {name: table[name].to_pylist() for name in _NAMES}
    amounts = zip(*(integers(table[kind]) for kind in _KINDS), strict=True)
    slices = integers(table["slice"])
    found = []
    for place, charged in enumerate(amounts):
        kind = {name: columns[name][place] for name in _NAMES}
        accounts = frozenset(filter(None, (kind.pop("budgets") or "").split(",")))
        tags = dict(zip(kind.pop("tag_keys"), kind.pop("tag_values"), strict=True))
        key = kind.pop("key_id")
        at = InstantUs(slices[place] * _SLICE_MINUTES * _MINUTE_US)
        found.append(Used(**kind, key=key, tags=tags, accounts=accounts, at=at, charged=Charged(*charged)))
    return found, through


_DIMENSIONS: Final = ("team", "product", "use_case", "environment", "model", "provider", "key_id")
_NAMES: Final = (*_DIMENSIONS, "tag_keys", "tag_values", "budgets")


def _amounts(events: ibis.Table, is_call: ibis.Value) -> dict[str, ibis.Value]:
    """Plain sums; rows that take others back have negated quantities."""
    tokens = sum((events[name] for name in TOKEN_CLASSES[1:]), events[TOKEN_CLASSES[0]])
    calls = is_call.ifelse(events["calls"].cast("int64"), 0)
    return {
        "usd": events["cost"].coalesce(0).sum(),
        "tokens": tokens.sum().cast("int64"),
        "calls": calls.sum().cast("int64"),
    }


@cache
def _by_account() -> Statement:
    return compile_statement(_grouped(EVENTS))


@cache
def _by_account_of_worker() -> Statement:
    is_one = (EVENTS["worker"] == parameter("worker", "string")) & (
        EVENTS["seq"] > parameter("after", "int64")
    )
    return compile_statement(_grouped(EVENTS.filter(is_one)))


def _grouped(events: ibis.Table) -> ibis.Table:
    named = events.filter(events["budgets"] != "")
    each = named.mutate(account=named["budgets"].split(",").unnest())
    return each.group_by("account").aggregate(**_amounts(each, ~each["flags"].contains(_ASIDE)))


@cache
def _by_kind() -> Statement:
    later = EVENTS.filter(
        (EVENTS["commit_no"] > parameter("after", "int64"))
        & (EVENTS["commit_no"] <= parameter("through", "int64"))
        & (EVENTS["started_at"] >= parameter("since", "timestamp"))
    )
    minutes = later["started_at"].epoch_seconds() // (60 * _SLICE_MINUTES)
    kinds = later.mutate(
        slice=minutes.cast("int64"), tag_keys=later["tags"].keys(), tag_values=later["tags"].values()
    )
    is_call = ~kinds["flags"].contains(_ASIDE) & (kinds["status"] != ERROR)
    who = [*_DIMENSIONS, "tag_keys", "tag_values"]
    found = kinds.group_by([*who, "budgets", "slice"]).aggregate(**_amounts(kinds, is_call))
    return compile_statement(found.order_by([*who, "slice"]))
