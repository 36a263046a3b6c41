"""Which budgets pay for a call, and under which accounts: compiled once for an estate."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from hashlib import blake2b
from typing import Final, NamedTuple

import msgspec

from bursar.budgets.amount import amount_of
from bursar.budgets.protocol import Opening
from bursar.estate.budgets import Budget
from bursar.estate.period import Span, period_of, span_at, spans_before
from bursar.estate.scope import Facts, any_fits, is_glob, terms
from bursar.estate.snapshot import Snapshot
from bursar.vocab.instant import InstantUs, parse_instant

NEVER_US: Final = 1 << 62
_ID_BYTES: Final = 8
_DECLARED_BYTES: Final = 7  # fits into a column of 64 bits with a sign


def declared_of(snapshot: Snapshot) -> int:
    """A hash of what says who pays for what; a new key or rule changes nothing of it."""
    parts = (snapshot.budgets, snapshot.drivers, snapshot.tiers, snapshot.models)
    digest = blake2b(msgspec.json.encode(parts, order="deterministic"), digest_size=_DECLARED_BYTES)
    return int.from_bytes(digest.digest(), "big")


class Payers(NamedTuple):
    """The accounts that pay for calls of one kind, from `valid_from_us` until before `valid_until_us`.

    `ended` is an experiment that is over: its calls stop.
    """

    openings: tuple[Opening, ...]
    budgets: tuple[Budget, ...]
    valid_from_us: int
    valid_until_us: int
    ended: Budget | None = None


class Matcher:
    """Finds the budgets of a call by their most selective term, so that others are not looked at."""

    def __init__(
        self, budgets: Sequence[Budget], drivers: Mapping[str, Decimal], *, revision: int, declared: int
    ) -> None:
        self._plans = [_Plan(budget, amount_of(budget, drivers), revision, declared) for budget in budgets]
        self._by_value: dict[tuple[str, str], list[_Plan]] = {}
        self._wide: list[_Plan] = []
        for plan in self._plans:
            key = plan.index_key()
            (self._wide if key is None else self._by_value.setdefault(key, [])).append(plan)
        self._dimensions = tuple(sorted({dimension for dimension, _ in self._by_value}))

    def __bool__(self) -> bool:
        return bool(self._plans)

    def payers(self, facts: Facts, at: InstantUs) -> Payers:
        """The accounts that pay for a call at an instant."""
        valid_from, valid_until = 0, NEVER_US
        openings, budgets = [], []
        ended: Budget | None = None
        for plan in self._fitting(facts):
            if at >= plan.expires_us:
                if plan.budget.class_ == "experiment":
                    ended = plan.budget
                continue
            valid_until = min(valid_until, plan.expires_us)
            span = span_at(plan.period, at)
            if span is None:
                valid_from, valid_until = _narrowed(plan, at, valid_from, valid_until)
                continue
            valid_from, valid_until = max(valid_from, span.begins_us), min(valid_until, span.ends_us)
            openings.append(plan.opening(facts, span))
            budgets.append(plan.budget)
        return Payers(tuple(openings), tuple(budgets), valid_from, valid_until, ended)

    def earliest(self, at: InstantUs) -> InstantUs:
        """The first instant that counts in any account of an instant."""
        begins = [at]
        for plan in self._plans:
            span = span_at(plan.period, at)
            if span is None:
                continue
            carried = plan.period.rolling_days - 1 if plan.period.rolling_days else int(plan.budget.roll_over)
            begins += [one.begins_us for one in (span, *spans_before(plan.period, span, carried))]
        return min(begins)

    def standing(self, at: InstantUs) -> list[Opening]:
        """The accounts of an instant that exist without any call: of budgets that are one for all."""
        nobody = Facts("", "", "", "", "", "", "", (), {})
        return [
            plan.opening(nobody, span)
            for plan in self._plans
            if not plan.budget.each and at < plan.expires_us and (span := span_at(plan.period, at))
        ]

    def _fitting(self, facts: Facts) -> Iterator["_Plan"]:
        for plan in self._wide:
            if plan.fits(facts):
                yield plan
        for dimension in self._dimensions:
            for value in facts.values(dimension):
                for plan in self._by_value.get((dimension, value), ()):
                    if plan.fits(facts):
                        yield plan


def _narrowed(plan: "_Plan", at: InstantUs, valid_from: int, valid_until: int) -> tuple[int, int]:
    """The validity of an answer that leaves a budget out because its own span lies elsewhere."""
    begins, ends = parse_instant(plan.period.from_), parse_instant(plan.period.to)
    return (valid_from, min(valid_until, begins)) if at < begins else (max(valid_from, ends), valid_until)


class _Plan:
    """One budget document, ready to be held against calls."""

    def __init__(self, budget: Budget, amount: int, revision: int, declared: int) -> None:
        self.budget = budget
        self.period = period_of(budget)
        self.expires_us = parse_instant(budget.expires) if budget.expires else NEVER_US
        self._amount = amount
        self._revision = revision
        self._declared = declared
        self._terms = terms(budget.scope)
        self._spans: tuple[Span, list[Span]] | None = None
        # What makes it another account when it is changed: whom it pays for, what it counts.
        self._kind = msgspec.json.encode((budget.name, self._terms, budget.each, budget.unit))

    def index_key(self) -> tuple[str, str] | None:
        """The exact value that a call must have to fit, if there is a single one."""
        for dimension, allowed in reversed(self._terms):
            if len(allowed) == 1 and not is_glob(allowed[0]):
                return dimension, allowed[0]
        return None

    def fits(self, facts: Facts) -> bool:
        return all(any_fits(allowed, facts.values(dimension)) for dimension, allowed in self._terms)

    def opening(self, facts: Facts, span: Span) -> Opening:
        """The account of a call of these facts in a span."""
        budget = self.budget
        values = facts.values(budget.each) if budget.each else ()
        value = values[0] if values else ""
        earlier = self.period.rolling_days - 1 if self.period.rolling_days else int(budget.roll_over)
        return Opening(
            id=self._account_id(value, span),
            budget=budget.name,
            value=value,
            owner=budget.owner,
            unit=budget.unit,
            hard=budget.mode == "hard",
            begins_at_us=span.begins_us,
            ends_at_us=span.ends_us,
            amount=self._amount,
            revision=self._revision,
            rolling=bool(self.period.rolling_days),
            roll_over=budget.roll_over,
            before=tuple([self._account_id(value, one) for one in self._before(span, earlier)]),
            declared=self._declared,
        )

    def _before(self, span: Span, count: int) -> list[Span]:
        """The spans before one; the calls of a day all ask for the same."""
        if self._spans is None or self._spans[0] != span:
            self._spans = (span, spans_before(self.period, span, count))
        return self._spans[1]

    def _account_id(self, value: str, span: Span) -> str:
        text = self._kind + f"\0{value}\0{span.begins_us}\0{span.ends_us}".encode()
        return blake2b(text, digest_size=_ID_BYTES).hexdigest()
