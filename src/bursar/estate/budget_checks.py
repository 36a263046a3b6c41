"""What a budget demands beyond the types of its fields: by itself, and beside the other documents."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any, Final

from bursar.estate.budgets import Budget, Period, UseBased
from bursar.estate.document import Document
from bursar.estate.period import period_of, zone_of
from bursar.estate.scope import is_glob, terms
from bursar.vocab.errors import InvalidInput, near_names
from bursar.vocab.instant import InstantUs, parse_instant

Found = Iterable[tuple[str, str]]
"""(field, what is wrong with it)."""

BEFORE_ALL: Final = InstantUs(0)
"""An instant at which nothing has ended yet."""

_COUNTED: Final = ("team", "product", "use_case", "environment", "model", "provider")
"""Dimensions whose values are documents, so that a budget with `each` has a known number of them."""


def check_amounts(plain: dict[str, Any]) -> Found:
    """Tokens and calls are whole numbers."""
    unit = plain.get("unit", "usd")
    amount = plain["amount"]
    texts = [amount] if isinstance(amount, str) else [amount.get("base", "0"), amount.get("cap") or "0"]
    for text in [*texts, plain.get("experiments_max") or "0"]:
        if unit != "usd" and Decimal(text) != Decimal(text).to_integral_value():
            yield "amount", f"amount is {text}: {unit} are whole numbers"
    if isinstance(amount, dict) and not amount.get("per"):
        yield (
            "amount",
            "amount.per is empty: write a driver and how much for one unit of it, or a fixed amount",
        )


def check_period(plain: dict[str, Any]) -> Found:
    """One way of beginning anew, with a beginning before its end, in a zone that exists."""
    period = plain.get("period", "month")
    if isinstance(period, str):
        return
    ways = [name for name in ("every", "rolling_days", "from") if period.get(name)]
    if len(ways) != 1:
        yield "period", "period says one of every, rolling_days, or from and to"
    if bool(period.get("from")) != bool(period.get("to")):
        yield "period", "period.from and period.to go together"
    if period.get("fiscal_start", 1) != 1 and period.get("every") not in ("quarter", "year"):
        yield "period", "period.fiscal_start moves quarters and years: it goes with every: quarter or year"
    try:
        zone_of(period.get("timezone", "UTC"))
    except InvalidInput as error:
        yield "period", f"period.timezone: {error}"
    yield from _check_order(plain, period)


def _check_order(plain: dict[str, Any], period: dict[str, Any]) -> Found:
    if not period.get("from") or not period.get("to"):
        return
    try:
        begins, ends = parse_instant(period["from"]), parse_instant(period["to"])
    except InvalidInput as error:
        yield "period", f"period: {error}"
        return
    if ends <= begins:
        yield "period", f"period ends ({period['to']}) before it begins ({period['from']})"
    if plain.get("roll_over"):
        yield "roll_over", "roll_over needs a period that begins anew: leave it out with from and to"


def check_end(plain: dict[str, Any]) -> Found:
    """An experiment has an owner and an end."""
    if plain.get("expires"):
        try:
            parse_instant(plain["expires"])
        except InvalidInput as error:
            yield "expires", f"expires: {error}"
    if plain.get("class") == "experiment":
        for field in ("owner", "expires"):
            if not plain.get(field):
                yield "class", f"an experiment needs {field}: somebody who answers for it, and a day it ends"
    period = plain.get("period", "month")
    if plain.get("roll_over") and isinstance(period, dict) and period.get("rolling_days"):
        yield "roll_over", "roll_over needs a period that begins anew: leave it out with rolling_days"


def check_thresholds(plain: dict[str, Any]) -> Found:
    """A rolling budget is foreseen from what its days have cost, which has to be known."""
    period = plain.get("period", "month")
    rolling = isinstance(period, dict) and period.get("rolling_days")
    foresees = any(threshold.get("on") == "forecast" for threshold in plain.get("thresholds", ()))
    if rolling and foresees and plain.get("scope", {}).get("tier"):
        sentence = (
            "the ledger does not keep what the calls of a tier cost by the day, so a rolling budget of a "
            "tier has no forecast: write on: actual, or name models in the scope instead of the tier"
        )
        yield "thresholds", sentence


def check_beside(
    budget: Budget, documents: Sequence[Document], *, now: InstantUs = BEFORE_ALL
) -> Iterator[str]:
    """What is wrong with a budget in an estate of these documents, which hold it too, at an instant.

    An experiment that has ended promises nothing: what is left of it is its parent's again.
    """
    names: dict[str, set[str]] = {}
    for document in documents:
        names.setdefault(document.KIND, set()).add(document.name)
    yield from _unknown_scope(budget, names)
    yield from _unknown_model(budget, names)
    declared = [document for document in documents if isinstance(document, Budget)]
    budgets = {one.name: one for one in declared}
    live = {one.name: one for one in declared if one is budget or not _has_ended(one, now)}
    if budget.parent:
        yield from _bad_parent(budget, budgets)
    yield from _overpromised(budget, live, names)
    parent = budgets.get(budget.parent)
    if parent is not None and parent is not budget:
        for sentence in _overpromised(parent, live, names):
            yield f"its parent {parent.name!r}: {sentence}"


def _has_ended(budget: Budget, now: InstantUs) -> bool:
    return budget.class_ == "experiment" and parse_instant(budget.expires) <= now


def _unknown_scope(budget: Budget, names: dict[str, set[str]]) -> Iterator[str]:
    """Names that no document has, though there are documents of their kind."""
    for dimension, values in terms(budget.scope):
        known = names.get(dimension, set())
        for value in values:
            if known and dimension in (*_COUNTED, "tier") and not is_glob(value) and value not in known:
                if dimension in ("model", "environment"):  # used without documents too
                    continue
                near = near_names(value, known, count=1)
                hint = f"; did you mean {near[0]!r}?" if near else ""
                yield f"the scope names {dimension} {value!r}, which does not exist{hint}"


def _unknown_model(budget: Budget, names: dict[str, set[str]]) -> Iterator[str]:
    wanted = budget.on_exhausted
    known = names.get("model", set())
    if wanted != "refuse" and "/" not in wanted and wanted not in known:
        near = near_names(wanted, {*known, "refuse"}, count=1)
        hint = f"; did you mean {near[0]!r}?" if near else ": write refuse, or a model document's name"
        yield f"on_exhausted names the model {wanted!r}, which does not exist{hint}"


def _bad_parent(budget: Budget, budgets: dict[str, Budget]) -> Iterator[str]:
    parent = budgets.get(budget.parent)
    if parent is None:
        near = near_names(budget.parent, budgets, count=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        yield f"the parent {budget.parent!r} does not exist{hint}"
        return
    if parent.unit != budget.unit:
        yield f"the parent {parent.name!r} counts {parent.unit}, this budget {budget.unit}"
    if parent.each:
        yield f"the parent {parent.name!r} is one for each {parent.each}: a parent is a single budget"
    seen = [budget.name]
    while parent is not None and parent.name not in seen:
        seen.append(parent.name)
        parent = budgets.get(parent.parent) if parent.parent else None
    if parent is not None:
        yield f"the parents go in a circle: {' -> '.join([*seen, parent.name])}"


def _overpromised(budget: Budget, budgets: dict[str, Budget], names: dict[str, set[str]]) -> Iterator[str]:
    """Whether the budgets below this one promise more than it has."""
    children = [child for child in budgets.values() if child.parent == budget.name]
    most = _fixed(budget)
    if not children or most is None:
        return
    if not budget.overcommit:
        yield from _promises(budget, [child for child in children if child.unit == budget.unit], most, names)
    experiments = [child for child in children if child.class_ == "experiment"]
    if budget.experiments_max and experiments:
        promised = sum((_promise(child, names) or Decimal(0) for child in experiments), Decimal(0))
        if promised > Decimal(budget.experiments_max):
            yield f"its experiments may have {budget.experiments_max} together and are promised {promised}"


def _promises(
    budget: Budget, children: Sequence[Budget], most: Decimal, names: dict[str, set[str]]
) -> Iterator[str]:
    total = Decimal(0)
    for child in children:
        promise = _promise(child, names)
        if promise is None:
            yield (
                f"the budget {child.name!r} below it is one for each {child.each} or moves without a cap, so "
                "what it promises has no bound: write overcommit: true, or a fixed amount"
            )
            return
        if not _same_length(period_of(child), period_of(budget)) and child.class_ == "production":
            yield (
                f"the budget {child.name!r} below it begins anew at other times: give both the same period, "
                "or write overcommit: true"
            )
            return
        total += promise
    if total > most:
        parts = ", ".join(child.name for child in children)
        yield (
            f"it has {most} and the budgets below it promise {total} ({parts}): lower them or write "
            "overcommit: true"
        )


def _promise(budget: Budget, names: dict[str, set[str]]) -> Decimal | None:
    """What a budget may spend at most in all; None where nobody can say."""
    fixed = _fixed(budget)
    if fixed is None or not budget.each:
        return fixed
    known = names.get(budget.each) if budget.each in _COUNTED else None
    return fixed * len(known) if known else None


def _fixed(budget: Budget) -> Decimal | None:
    if isinstance(budget.amount, UseBased):
        return Decimal(budget.amount.cap) if budget.amount.cap else None
    return Decimal(budget.amount)


def _same_length(one: Period, other: Period) -> bool:
    return (one.every, one.rolling_days, one.from_, one.to) == (
        other.every,
        other.rolling_days,
        other.from_,
        other.to,
    )
