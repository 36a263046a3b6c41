"""What is read off single events about how tokens are used: caches, limits of answers, beginnings, lengths.

Every question reads the events of its span once; the rollups know none of this.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache, reduce
from operator import add
from typing import Any, Final, NamedTuple

import duckdb
import ibis
import pyarrow as pa

from bursar.catalogue import RateCard
from bursar.catalogue.card import Rate, picodollars
from bursar.ledger.calls import StoredCall, naive, stored_call
from bursar.ledger.cells import CellKey, read_cells
from bursar.ledger.columns import integers
from bursar.ledger.conditions import Filters, Shape, condition, shape_of, values_of
from bursar.ledger.dimensions import ROLLUP_DIMENSIONS
from bursar.ledger.statement import Statement, compile_statement, parameter, registered
from bursar.ledger.tables import EVENT_COLUMNS, EVENTS
from bursar.vocab.event import COMPLETE, PARTIAL
from bursar.vocab.instant import InstantUs
from bursar.vocab.sight import EVERYTHING, Sight
from bursar.vocab.usage import INPUT_TOKEN_CLASSES, OUTPUT_TOKEN_CLASSES, tokens_input_total

_CACHE_CLASSES: Final = tuple(name for name in INPUT_TOKEN_CLASSES if "cache" in name)
_ANSWERED: Final = (COMPLETE, PARTIAL)


@dataclass(frozen=True, kw_only=True)
class EconomyQuery:
    """`start` is in, `end` is out, by the instant a call started."""

    start: InstantUs
    end: InstantUs
    filters: Filters = field(default_factory=dict)
    sight: Sight = EVERYTHING

    def shape(self) -> Shape:
        """What of it decides the SQL."""
        return shape_of(self.filters, self.sight)

    def values(self) -> dict[str, Any]:
        """Its parameters."""
        return {
            "start": naive(self.start),
            "end": naive(self.end),
            **values_of(self.filters, self.sight),
        }


class Caching(NamedTuple):
    """One model's input; picodollars. `saved` is what reads saved less what writes cost above plain input.

    `unpriced` tokens came from a cache or went into one at a price that is not known.
    """

    model: str
    calls: int = 0
    tokens_input: int = 0
    tokens_read: int = 0
    tokens_written: int = 0
    saved_by_reads: int = 0
    paid_for_writes: int = 0
    unpriced: int = 0

    @property
    def saved(self) -> int:
        return self.saved_by_reads - self.paid_for_writes


class Limits(NamedTuple):
    """Answers of one model and use case that a limit was written for; tokens, and picodollars held for them.

    `cost` and `held` are of the calls that budgets held money for.
    """

    model: str
    use_case: str
    calls: int
    tokens_asked: int
    tokens_output: int
    cut_off: int  # answers that used all that was allowed
    calls_held: int
    held: int
    cost: int


class Beginning(NamedTuple):
    """Prompts that begin alike: their input tokens, those read from a cache, their cost (picodollars)."""

    fingerprint: str
    model: str
    team: str
    use_case: str
    models: int
    teams: int
    use_cases: int
    calls: int
    repeated: int  # about so many calls' whole prompt had been sent before in the span
    tokens_input: int
    tokens_read: int
    cost: int


def caching(connection: duckdb.DuckDBPyConnection, query: EconomyQuery) -> list[Caching]:
    """What caches saved by model, the most first: each token at the rates that its call was priced by."""
    cards = _cards(connection)
    longer = {ref: [band.input_over for band in card.content.bands[1:]] for ref, card in cards.items()}
    most = max(map(len, longer.values()), default=0)
    with registered(connection, "card_bands", _bands(longer, most)):
        table = _caching_statement(query.shape(), most).arrow(connection, query.values())
    columns = {name: integers(table[name]) for name in ("calls", "band", *INPUT_TOKEN_CLASSES)}
    by_model: dict[str, list[Caching]] = {}
    for place, (model, ref) in enumerate(
        zip(table["model"].to_pylist(), table["price_ref"].to_pylist(), strict=True)
    ):
        counts = {name: columns[name][place] for name in INPUT_TOKEN_CLASSES}
        rates = _rates(cards.get(ref), columns["band"][place])
        by_model.setdefault(model, []).append(_caching(model, columns["calls"][place], counts, rates))
    found = [reduce(caching_together, parts) for parts in by_model.values()]
    return sorted(found, key=lambda one: (-one.saved, one.model))


def caching_together(one: Caching, other: Caching) -> Caching:
    """The sums of two; of models that differ there is none."""
    model = one.model if one.model == other.model else ""
    return Caching(model, *map(add, one[1:], other[1:]))


def limits(connection: duckdb.DuckDBPyConnection, query: EconomyQuery, *, most: int) -> list[Limits]:
    """Where answers are allowed to be longer than they are: the most tokens allowed in vain first."""
    table = _limits_statement(query.shape()).limited(most).arrow(connection, query.values())
    return [Limits(*row) for row in _rows(table, Limits._fields)]


def beginnings(connection: duckdb.DuckDBPyConnection, query: EconomyQuery, *, most: int) -> list[Beginning]:
    """Prompts that begin alike and are sent again: the most input tokens that no cache served first."""
    values = query.values()
    largest = _largest_beginnings(query.shape()).limited(most).arrow(connection, values)
    with registered(connection, "beginnings", largest.select(["fingerprint_prefix"])):
        rows = _rows(_by_cell(query.shape()).arrow(connection, values), _BY_CELL)
        different = dict(_rows(_different(query.shape()).arrow(connection, values), _DIFFERENT))
    cells = read_cells(connection)
    by_fingerprint: dict[str, list[tuple[Any, ...]]] = {}
    for fingerprint, *row in rows:
        by_fingerprint.setdefault(fingerprint, []).append(tuple(row))
    found = [_beginning(name, parts, cells, different[name]) for name, parts in by_fingerprint.items()]
    return sorted(found, key=lambda one: (one.tokens_read - one.tokens_input, one.fingerprint))


def longest(connection: duckdb.DuckDBPyConnection, query: EconomyQuery, *, most: int) -> list[StoredCall]:
    """The calls with the longest prompts, the longest first."""
    ids = _longest_statement(query.shape()).limited(most).run(connection, query.values()).fetchall()
    with registered(
        connection, "longest", pa.table({"call_id": pa.array([row[0] for row in ids], pa.string())})
    ):
        rows = _of_ids().run(connection, query.values()).fetchall()
    calls = {one.event.call_id: one for one in map(stored_call, rows) if one.event.status in _ANSWERED}
    found = [calls[row[0]] for row in ids if row[0] in calls]
    return sorted(found, key=lambda one: (-tokens_input_total(one.event.usage), one.event.call_id))


# -- caches ----------------------------------------------------------------------------------------


def _cards(connection: duckdb.DuckDBPyConnection) -> dict[str, RateCard]:
    return {
        ref: _card(bytes(body))
        for ref, body in connection.execute("SELECT ref, body FROM rate_cards").fetchall()
    }


@lru_cache(maxsize=4096)
def _card(body: bytes) -> RateCard:
    return RateCard.from_json(body)


def _bands(longer: Mapping[str, Sequence[int]], most: int) -> pa.Table:
    """The lengths of the prompt, in tokens, beyond which a card has other rates; few cards have any."""
    some = {ref: over for ref, over in longer.items() if over}
    columns = {"ref": pa.array(list(some), pa.string())}
    for place, name in enumerate(_over(most)):
        over = [bounds[place] if place < len(bounds) else None for bounds in some.values()]
        columns[name] = pa.array(over, pa.int64())
    return pa.table(columns)


def _over(most: int) -> list[str]:
    return [f"over_{number}" for number in range(1, most + 1)]


def _rates(card: RateCard | None, band: int) -> Mapping[str, Rate]:
    return {} if card is None else card.content.bands[band].rates


def _caching(model: str, calls: int, counts: Mapping[str, int], rates: Mapping[str, Rate]) -> Caching:
    reads = writes = Fraction(0)
    unpriced = 0
    for name in _CACHE_CLASSES:
        plain = rates.get(name.replace("cache_read", "input")) if "read" in name else None
        plain, own = plain or rates.get("tokens_input"), rates.get(name)
        if plain is None or own is None:
            unpriced += counts[name]
            continue
        saved = counts[name] * (picodollars(plain) - picodollars(own))
        if "write" in name:
            writes -= saved
        else:
            reads += saved
    return Caching(
        model=model,
        calls=calls,
        tokens_input=sum(counts.values()),
        tokens_read=sum(count for name, count in counts.items() if "cache_read" in name),
        tokens_written=sum(count for name, count in counts.items() if "cache_write" in name),
        saved_by_reads=round(reads),
        paid_for_writes=round(writes),
        unpriced=unpriced,
    )


@lru_cache(maxsize=64)
def _caching_statement(shape: Shape, bands_most: int) -> Statement:
    names = _over(bands_most)
    bands = ibis.table({"ref": "string", **dict.fromkeys(names, "int64")}, name="card_bands")
    events = EVENTS.filter(_in_span() & condition(shape))
    total = _sum_of(events, INPUT_TOKEN_CLASSES)
    joined = events.mutate(total=total).left_join(bands, events["price_ref"] == bands["ref"])
    over = [(joined["total"] > joined[name]).fill_null(False).cast("int64") for name in names]
    banded = joined.mutate(band=reduce(add, over, ibis.literal(0, "int64")))
    sums = {name: banded[name].sum().cast("decimal(38, 0)").cast("int64") for name in INPUT_TOKEN_CLASSES}
    calls = banded["calls"].cast("int64").sum().cast("int64")
    return compile_statement(banded.group_by(["model", "price_ref", "band"]).aggregate(calls=calls, **sums))


# -- limits of answers -----------------------------------------------------------------------------


@lru_cache(maxsize=64)
def _limits_statement(shape: Shape) -> Statement:
    answered = EVENTS["status"].isin(_ANSWERED) & (EVENTS["output_tokens_asked"] > 0)
    events = EVENTS.filter(_in_span() & answered & condition(shape))
    output = _sum_of(events, OUTPUT_TOKEN_CLASSES)
    events = events.mutate(output=output, is_held=events["held_pico"].notnull())
    held = events["is_held"].ifelse(events["cost"].coalesce(0), 0)
    grouped = events.group_by(["model", "use_case"]).aggregate(
        calls=events.count(),
        tokens_asked=_whole(events["output_tokens_asked"].sum()),
        tokens_output=_whole(events["output"].sum()),
        cut_off=(events["output"] >= events["output_tokens_asked"]).sum().cast("int64"),
        calls_held=events["is_held"].sum().cast("int64"),
        held=_whole(events["held_pico"].coalesce(0).sum()),
        cost=held.sum(),
    )
    in_vain = grouped["tokens_asked"] - grouped["tokens_output"]
    ordered = grouped.order_by([in_vain.desc(), grouped["model"], grouped["use_case"]])
    return compile_statement(ordered.select(*Limits._fields))


# -- beginnings ------------------------------------------------------------------------------------


def _with_beginning(shape: Shape) -> ibis.Table:
    answered = EVENTS["status"].isin(_ANSWERED) & (EVENTS["fingerprint_prefix"] != "")
    events = EVENTS.filter(_in_span() & answered & condition(shape))
    reads = [name for name in INPUT_TOKEN_CLASSES if "cache_read" in name]
    return events.mutate(total=_sum_of(events, INPUT_TOKEN_CLASSES), read=_sum_of(events, reads))


@lru_cache(maxsize=64)
def _largest_beginnings(shape: Shape) -> Statement:
    """Those that matter, by plain sums; what there is to say of them costs more, and is asked of few."""
    events = _with_beginning(shape)
    uncached = (events["total"] - events["read"]).sum()
    grouped = events.group_by("fingerprint_prefix").aggregate(calls=events.count(), uncached=uncached)
    again = grouped.filter(grouped["calls"] > 1)
    ordered = again.order_by([again["uncached"].desc(), again["fingerprint_prefix"]])
    return compile_statement(ordered)


_BY_CELL: Final = ("fingerprint_prefix", "cell", "calls", "tokens_input", "tokens_read", "cost")
_DIFFERENT: Final = ("fingerprint_prefix", "different")


def _chosen(shape: Shape) -> ibis.Table:
    chosen = ibis.table({"fingerprint_prefix": "string"}, name="beginnings")
    return _with_beginning(shape).semi_join(chosen, "fingerprint_prefix")


@lru_cache(maxsize=64)
def _by_cell(shape: Shape) -> Statement:
    events = _chosen(shape)
    grouped = events.group_by(["fingerprint_prefix", "cell"]).aggregate(
        calls=events.count(),
        tokens_input=_whole(events["total"].sum()),
        tokens_read=_whole(events["read"].sum()),
        cost=events["cost"].coalesce(0).sum(),
    )
    return compile_statement(grouped.select(*_BY_CELL))


@lru_cache(maxsize=64)
def _different(shape: Shape) -> Statement:
    """About how many prompts differ: the exact number of millions would take four times as long."""
    events = _chosen(shape)
    grouped = events.group_by("fingerprint_prefix").aggregate(
        different=events["fingerprint_request"].approx_nunique()
    )
    return compile_statement(grouped.select(*_DIFFERENT))


def _beginning(
    fingerprint: str, parts: Sequence[tuple[Any, ...]], cells: Sequence[CellKey], different: int
) -> Beginning:
    """`parts` are (cell, calls, input, read, cost); the names are of the part with the most calls."""
    keys = [dict(zip(ROLLUP_DIMENSIONS, cells[cell], strict=True)) for cell, *_ in parts]
    largest = keys[max(range(len(parts)), key=lambda place: parts[place][1])]
    calls, tokens_input, tokens_read, cost = (sum(column) for column in list(zip(*parts, strict=True))[1:])
    return Beginning(
        fingerprint=fingerprint,
        model=largest["model"],
        team=largest["team"],
        use_case=largest["use_case"],
        models=len({key["model"] for key in keys}),
        teams=len({key["team"] for key in keys}),
        use_cases=len({key["use_case"] for key in keys}),
        calls=calls,
        repeated=max(0, calls - different),
        tokens_input=tokens_input,
        tokens_read=tokens_read,
        cost=cost,
    )


# -- long prompts ----------------------------------------------------------------------------------


@lru_cache(maxsize=64)
def _longest_statement(shape: Shape) -> Statement:
    events = EVENTS.filter(_in_span() & EVENTS["status"].isin(_ANSWERED) & condition(shape))
    total = _sum_of(events, INPUT_TOKEN_CLASSES)
    ordered = events.mutate(total=total).order_by(ibis.desc("total"))  # a second key would take twice as long
    return compile_statement(ordered.select("call_id", "total"))


@lru_cache(maxsize=1)
def _of_ids() -> Statement:
    ids = ibis.table({"call_id": "string"}, name="longest")
    return compile_statement(EVENTS.filter(_in_span()).semi_join(ids, "call_id").select(*EVENT_COLUMNS))


# -- parts -----------------------------------------------------------------------------------------


def _in_span() -> Any:
    started_at = EVENTS["started_at"]
    return (started_at >= parameter("start", "timestamp")) & (started_at < parameter("end", "timestamp"))


def _sum_of(events: ibis.Table, names: Sequence[str]) -> Any:
    return reduce(add, (events[name] for name in names))


def _whole(total: Any) -> Any:
    return total.cast("decimal(38, 0)").cast("int64")


def _rows(table: pa.Table, names: Sequence[str]) -> list[tuple[Any, ...]]:
    columns = [
        table[name].to_pylist() if pa.types.is_string(table[name].type) else integers(table[name])
        for name in names
    ]
    return list(zip(*columns, strict=True))
