"""What tiers and policies would have done to the calls of the past.

The engine groups the calls by everything that a rule can tell apart: cells, keys, the truth of each bound
and each part of the day, the tags that rules name. Each group is decided on once, by the rulebook that
gateways use, so that precedence has one implementation. No loop goes over stored events.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from decimal import Decimal
from functools import reduce
from typing import Any, Final

import duckdb
import ibis
import msgspec
import pyarrow as pa

from bursar.estate.policies import ClampOutput, Policy, RerouteTo, Tier
from bursar.estate.snapshot import Key
from bursar.ledger.cells import read_cells
from bursar.ledger.dimensions import OWNED_BY, ROLLUP_DIMENSIONS
from bursar.ledger.statement import compile_statement, map_value, parameter, registered
from bursar.ledger.tables import EVENTS
from bursar.policy import CallFacts, Decision, Rulebook
from bursar.policy.places import Place, Places, follow
from bursar.policy.rule import Condition, Rule, Term
from bursar.policy.rulebook import required_tags
from bursar.vocab.event import ERROR
from bursar.vocab.instant import InstantUs, from_datetime, to_datetime
from bursar.vocab.money import Picodollars, from_usd, round_to_picodollars
from bursar.vocab.usage import USAGE_CLASSES

_MINUTE_US: Final = 60_000_000
_EPOCH: Final = ibis.timestamp("1970-01-01 00:00:00")
_GROUPS_MAX: Final = 200_000
_WINDOWS_MAX: Final = 60  # bits of a number of the engine
_TOP_TEAMS: Final = 5
_BYTES_PER_TOKEN: Final = 4
_TOKENS: Final = tuple(name for name in USAGE_CLASSES if name.startswith("tokens_"))
_ANSWERS: Final = ("tokens_output", "tokens_reasoning")
_ROLLED: Final = ("provider", "key")  # what cells know beside owners
_UNNAMED: Final = "\x01"  # no tag has such a value
_ACTS: Final = ("deny", "require_tags", "require_approval", "reroute", "clamp")


@dataclass(frozen=True, kw_only=True)
class RuleEffect:
    """What one rule would have done: calls, what they cost, and what a reroute would have saved.

    `saved` is None where the new model was not used in the span, so that its average price is unknown.
    """

    verdict: str
    rule: str
    calls: int
    cost: Picodollars
    saved: Picodollars | None
    teams: tuple[tuple[str, int], ...]  # with the most calls, and how many


@dataclass(frozen=True, kw_only=True)
class Effect:
    """What would have become of the calls of a span; `not_counted` are rules, and why they are left out."""

    calls: int
    rules: tuple[RuleEffect, ...]
    not_counted: tuple[tuple[str, str], ...]


@dataclass
class _Sum:
    calls: int = 0
    cost: int = 0
    saved: int | None = 0
    teams: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class _Plan:
    """What the groups must tell apart, made from the rules' matches."""

    columns: frozenset[str]  # of provider, region, key
    bytes_over: tuple[int, ...]
    answers_over: tuple[int, ...]
    windows: tuple[Condition, ...]
    tags: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]  # exact values, and patterns
    counts_tokens: bool  # whether savings are asked for


@dataclass(frozen=True, kw_only=True)
class EffectQuery:
    """Rules, and the span of calls that they are held against: `start` is in, `end` is out.

    Rules count as if they had held all the time, save those that hold no more at `now`.
    """

    tiers: Sequence[Tier]
    policies: Sequence[Policy]
    places: Places
    keys: Sequence[Key]
    start: InstantUs
    end: InstantUs
    now: InstantUs


def effect(connection: duckdb.DuckDBPyConnection, query: EffectQuery) -> Effect:
    """What the rules would have done to the calls that were answered.

    How long an answer was allowed is not in the ledger for calls of before it was kept, how far budgets were
    used for none, and no CEL expression is asked: rules with such lines are named instead of counted.
    """
    counted, left_out = _countable(query.policies, query.now)
    book = Rulebook(query.tiers, counted)
    plan = _plan(book)
    groups, more = _groups(connection, plan, query.start, query.end)
    trained = {key.id: key.tags.get("training", "") for key in query.keys}
    effects = _decided(book, groups, query.places, trained)
    if more:
        left_out.append(("all", f"the rarest calls, beyond {_GROUPS_MAX} different ones"))
    return Effect(
        calls=sum(group.calls for group in groups), rules=tuple(effects), not_counted=tuple(left_out)
    )


def _countable(policies: Iterable[Policy], now: InstantUs) -> tuple[list[Policy], list[tuple[str, str]]]:
    """The policies that stored calls can be held against, valid at any time, and why the others cannot."""
    counted, left_out = [], []
    book = {rule.name.removeprefix("policy/"): rule for rule in Rulebook((), policies).rules}
    for policy in policies:
        rule = book[policy.name]
        why = _why_not(rule)
        if rule.to_us <= now:
            continue
        if why:
            left_out.append((rule.name, why))
        else:
            counted.append(msgspec.structs.replace(policy, valid_from="", valid_to=""))
    return counted, left_out


def _why_not(rule: Rule) -> str:
    if rule.when:
        return f"its `when` is not asked of stored calls: {rule.when}"
    about = {condition.about: condition for condition in rule.conditions}
    for name, reason in (
        ("output_tokens", "how long an answer was allowed is not stored of all calls"),
        ("budget", "how far a budget was used at each call is not stored"),
    ):
        if name in about:
            return f"{reason}: {about[name].words}"
    return ""


def _plan(book: Rulebook) -> _Plan:
    terms = [term for rule in book.rules for term in rule.terms]
    terms += [term for tier in book.tiers for entry in tier.entries for term in entry.terms]
    for tier in book.tiers:
        terms += [term for term in (tier.providers, tier.regions) if term is not None]
    columns = {term.dimension for term in terms} & {"provider", "region", "key"}
    if any(tier.needs_training for tier in book.tiers):
        columns |= {"key"}
    if "region" in columns:
        columns |= {"provider"}  # where a call's region is not stored, it is its provider's
    conditions = [condition for rule in book.rules for condition in rule.conditions]
    windows = {condition.words: condition for condition in conditions if condition.about == "hours"}
    clamps = {rule.effect.output_tokens_max for rule in book.rules if isinstance(rule.effect, ClampOutput)}
    return _Plan(
        columns=frozenset(columns),
        bytes_over=_bytes_bounds(conditions),
        answers_over=tuple(sorted(clamps)),
        windows=tuple(windows[words] for words in sorted(windows))[:_WINDOWS_MAX],
        tags=_tags(book, terms),
        counts_tokens=any(isinstance(rule.effect, RerouteTo) for rule in book.rules),
    )


def _bytes_bounds(conditions: Sequence[Condition]) -> tuple[int, ...]:
    """The lengths that tell requests apart; so many tokens are exceeded from that many bytes on."""
    bounds = {one.bound for one in conditions if one.about == "bytes"}
    bounds |= {(one.bound + 1) * _BYTES_PER_TOKEN - 1 for one in conditions if one.about == "input_tokens"}
    return tuple(sorted(bounds))


def _tags(book: Rulebook, terms: Iterable[Term]) -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    """The tags that matter, each with the values and patterns that rules name."""
    found: dict[str, tuple[set[str], set[str]]] = defaultdict(lambda: (set(), set()))
    for term in terms:
        name = "data" if term.dimension == "data_class" else term.dimension.removeprefix("tag:")
        if term.dimension == "data_class" or term.dimension.startswith("tag:"):
            found[name][0].update(term.exact)
            found[name][1].update(term.globs)
    for tier in book.tiers:
        if tier.data_classes:
            found["data"][0].update(tier.data_classes)
    for rule in book.rules:
        for tag in required_tags(rule):
            if tag.startswith("tag:"):
                found[tag[4:]][0].add("")
    return {name: (tuple(sorted(exact)), tuple(sorted(globs))) for name, (exact, globs) in found.items()}


@dataclass(frozen=True)
class _Group:
    """Calls that no rule can tell apart, with the values of one of them."""

    owner: Mapping[str, str]  # by OWNED_BY
    calls: int
    cost: Picodollars
    tokens: int
    provider: str
    region: str
    key: str
    bytes: int
    answer: int
    at_us: int
    tags: dict[str, str]


def _groups(
    connection: duckdb.DuckDBPyConnection, plan: _Plan, start: InstantUs, end: InstantUs
) -> tuple[list[_Group], bool]:
    """The groups with the most calls, and whether there are more."""
    statement = compile_statement(_grouped(plan)).limited(_GROUPS_MAX + 1)
    values = {"start": _naive(start), "end": _naive(end)}
    owners, table = _owners(connection, plan)
    with (
        registered(connection, "owners", table),
        registered(connection, "parts_of_day", _parts_of_day(plan, start, end)),
    ):
        rows = statement.arrow(connection, values).to_pylist()
    found = [_group(row, owners[row["owner"]], plan) for row in rows[:_GROUPS_MAX]]
    return found, len(rows) > _GROUPS_MAX


def _owners(connection: duckdb.DuckDBPyConnection, plan: _Plan) -> tuple[list[dict[str, str]], pa.Table]:
    """What of the cells the rules tell apart, numbered, and the number of each cell.

    Keys that no rule asks about would only make more groups of the same calls.
    """
    names = [*OWNED_BY, *(name for name in _ROLLED if name in plan.columns)]
    places = [ROLLUP_DIMENSIONS.index(name) for name in names]
    numbers: dict[tuple[str, ...], int] = {}
    of_cells = [
        numbers.setdefault(tuple(cell[place] for place in places), len(numbers))
        for cell in read_cells(connection)
    ]
    table = pa.table(
        {"cell": pa.array(range(len(of_cells)), pa.int32()), "owner": pa.array(of_cells, pa.int32())}
    )
    return [dict(zip(names, owner, strict=True)) for owner in numbers], table


def _naive(at: InstantUs) -> Any:
    return to_datetime(at).replace(tzinfo=None)


def _parts_of_day(plan: _Plan, start: InstantUs, end: InstantUs) -> pa.Table:
    """For each minute of the span, by its number since 1970, which windows hold, as bits."""
    numbers = range(start // _MINUTE_US, end // _MINUTE_US + 1) if plan.windows else range(0)
    masks = [_mask(plan.windows, number * _MINUTE_US) for number in numbers]
    return pa.table({"minute": pa.array(numbers, pa.int64()), "mask": pa.array(masks, pa.int64())})


def _mask(windows: Sequence[Condition], at_us: int) -> int:
    facts = CallFacts(at_us=at_us)
    return sum(1 << place for place, window in enumerate(windows) if window.holds(facts))


def _grouped(plan: _Plan) -> ibis.Table:
    """One row for each group, those with the most calls first."""
    events = EVENTS.filter(
        EVENTS["started_at"] >= parameter("start", "timestamp"),
        EVENTS["started_at"] < parameter("end", "timestamp"),
        EVENTS["status"] != ERROR,
    )
    if plan.windows:
        parts = ibis.table({"minute": "int64", "mask": "int64"}, name="parts_of_day")
        events = events.mutate(minute=events["started_at"].delta(_EPOCH, unit="minute"))
        events = events.inner_join(parts, "minute")
    events = events.inner_join(ibis.table({"cell": "int32", "owner": "int32"}, name="owners"), "cell")
    answer = reduce(lambda one, other: one + other, (events[name] for name in _ANSWERS))
    events = events.mutate(
        answer=answer, **{f"tag_{place}": _tag(events, name) for place, name in enumerate(plan.tags)}
    )
    keys = _group_keys(events, plan)
    sums = {
        "total_calls": events["calls"].cast("int64").sum(),
        "total_cost": events["cost"].fill_null(0).sum(),
        "total_tokens": _tokens(events, plan),
        "some_bytes": events["bytes_request"].arbitrary(),
        "some_answer": events["answer"].arbitrary(),
        "some_at": events["started_at"].min(),
        **{f"some_tag_{place}": events[f"tag_{place}"].arbitrary() for place in range(len(plan.tags))},
    }
    grouped = events.group_by(keys).aggregate(**sums)
    return grouped.order_by(ibis.desc("total_calls"), "owner", "some_at")


def _tokens(events: ibis.Table, plan: _Plan) -> Any:
    """Tokens of all classes, where they matter: they are many columns to read."""
    if not plan.counts_tokens:
        return ibis.literal(0)
    return reduce(lambda one, other: one + other, (events[name].sum() for name in _TOKENS))


def _tag(events: ibis.Table, name: str) -> Any:
    """The value of a tag, or null."""
    return map_value(events["tags"], name)


def _group_keys(events: ibis.Table, plan: _Plan) -> list[Any]:
    keys: list[Any] = [events["owner"], *([events["region"]] if "region" in plan.columns else [])]
    keys += [(events["bytes_request"] > bound).name(f"bytes_{bound}") for bound in plan.bytes_over]
    keys += [(events["answer"] > bound).name(f"answer_{bound}") for bound in plan.answers_over]
    keys += [events["mask"]] if plan.windows else []
    for place, (exact, globs) in enumerate(plan.tags.values()):
        value = events[f"tag_{place}"]
        # Values that no rule names are one to the rules; that there is none at all is another thing.
        keys.append(
            value.isin(exact).ifelse(value, value.isnull().ifelse(None, _UNNAMED)).name(f"says_{place}")
        )
        for number, glob in enumerate(globs):
            keys.append(_fits_glob(value, glob).name(f"fits_{place}_{number}"))
    return keys


def _fits_glob(value: Any, glob: str) -> Any:
    """Whether a text fits a pattern with * and ?: as a regular expression that the engine reads too."""
    pattern = "".join({"*": ".*", "?": "."}.get(one, re.escape(one)) for one in glob)
    return value.re_search(f"^(?s:{pattern})$")


def _group(row: Mapping[str, Any], owner: Mapping[str, str], plan: _Plan) -> _Group:
    tags = {name: row[f"some_tag_{place}"] for place, name in enumerate(plan.tags)}
    return _Group(
        owner=owner,
        calls=int(row["total_calls"]),
        cost=from_usd(Decimal(row["total_cost"])),
        tokens=int(row["total_tokens"]),
        provider=owner.get("provider", ""),
        region=row.get("region", ""),
        key=owner.get("key", ""),
        bytes=int(row["some_bytes"]),
        answer=int(row["some_answer"]),
        at_us=from_datetime(row["some_at"].replace(tzinfo=UTC)),
        tags={name: value for name, value in tags.items() if value is not None},
    )


# -- deciding ------------------------------------------------------------------------------------------


def _decided(
    book: Rulebook, groups: Sequence[_Group], places: Places, trained: Mapping[str, str]
) -> list[RuleEffect]:
    prices = _average_prices(groups)
    sums: dict[tuple[str, str], _Sum] = defaultdict(_Sum)
    for group in groups:
        verdict, rule, model = _outcome(book, group, places, trained)
        if verdict in _ACTS:
            _add(sums[verdict, rule], group, _saving(group, model, prices) if verdict == "reroute" else 0)
    return [
        RuleEffect(
            verdict=verdict,
            rule=rule,
            calls=found.calls,
            cost=Picodollars(found.cost),
            saved=None if found.saved is None else Picodollars(found.saved),
            teams=tuple(found.teams.most_common(_TOP_TEAMS)),
        )
        for (verdict, rule), found in sorted(sums.items(), key=lambda item: (-item[1].cost, item[0]))
    ]


def _add(found: _Sum, group: _Group, saving: int | None) -> None:
    found.calls += group.calls
    found.cost += group.cost
    found.saved = None if saving is None or found.saved is None else found.saved + saving
    found.teams[group.owner["team"]] += group.calls


def _outcome(
    book: Rulebook, group: _Group, places: Places, trained: Mapping[str, str]
) -> tuple[str, str, str]:
    """The verdict on a group, the rule that made it, and the model that would have answered."""

    def decide(place: Place) -> Decision:
        return book.decide(_facts(group, place, trained.get(group.key, "")))

    steps = follow(places.of(group.owner["model"], group.provider, group.region), places, decide)
    place, decision = steps[-1]
    sent_by = steps[-2][1].rule if len(steps) > 1 else ""
    return _verdict(decision, group, sent_by, place.model)


def _facts(group: _Group, place: Place, trained: str) -> CallFacts:
    owner = group.owner
    return CallFacts(
        team=owner["team"],
        product=owner["product"],
        use_case=owner["use_case"],
        environment=owner["environment"],
        model=place.model,
        upstream_model=place.upstream_model,
        provider=place.provider,
        region=place.region,
        key=group.key,
        tags=group.tags,
        trained=trained,
        bytes=group.bytes,
        at_us=group.at_us,
    )


def _verdict(decision: Decision, group: _Group, sent_by: str, model: str) -> tuple[str, str, str]:
    """A clamp counts where the answer was longer than it allows."""
    verdict, rule = decision.verdict, decision.rule
    if verdict in ("allow", "warn", "clamp", "reroute") and sent_by:
        return "reroute", sent_by, model
    most = decision.output_tokens_max
    if verdict == "clamp" and (most is None or group.answer <= most):
        return "allow", rule, model
    return verdict, rule, model


def _average_prices(groups: Iterable[_Group]) -> dict[str, tuple[int, int]]:
    """What each model cost in the span, and its tokens."""
    found: dict[str, tuple[int, int]] = {}
    for group in groups:
        cost, tokens = found.get(group.owner["model"], (0, 0))
        found[group.owner["model"]] = (cost + group.cost, tokens + group.tokens)
    return found


def _saving(group: _Group, model: str, prices: Mapping[str, tuple[int, int]]) -> int | None:
    """What the group cost more than as many tokens of the new model, at its average price."""
    cost, tokens = prices.get(model, (0, 0))
    if tokens <= 0:
        return None
    return group.cost - round_to_picodollars(group.tokens * cost, tokens)
