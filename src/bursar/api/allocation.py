"""GET /api/v1/allocation: what of the spend is meant to last, and what of it nobody can be charged with."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlalchemy import Engine

from bursar import directory
from bursar.access import Principal
from bursar.api.permission import need
from bursar.api.problems import responses
from bursar.api.questions import FromQuery, ToQuery
from bursar.api.rows import budget_is_shown
from bursar.api.services import WithServices
from bursar.api.times import read_span
from bursar.budgets.temporary import aside_of, is_temporary
from bursar.estate.budgets import Budget
from bursar.ledger.dimensions import OWNED_BY
from bursar.ledger.spans import NOTHING, Aside, Spans, SpansQuery, Sums, TiersOf
from bursar.policy import tiers_by_model
from bursar.vocab.event import UNKNOWN
from bursar.vocab.instant import InstantUs, format_instant
from bursar.vocab.money import Picodollars, usd_text
from bursar.vocab.sight import Sight

ReadsUsage = Annotated[Principal, need("usage.read")]

router: Final = APIRouter(tags=["usage"])

_WINDOW: Final = "span"


class Amount(BaseModel):
    """Calls and what they cost, as exact decimal text in USD."""

    calls: int
    cost_usd: str


class AllocationReply(BaseModel):
    """`temporary` and `persistent` add up to `total`; allocated and `untagged` do, for each dimension."""

    start: str = Field(alias="from")
    end: str = Field(alias="to")
    total: Amount
    temporary: Amount = Field(description="Of experiments and of budgets that end; each call once.")
    persistent: Amount
    temporary_budgets: list[str] = Field(description="By whose scopes it is told apart.")
    not_told_apart: list[str] = Field(
        description="Temporary budgets whose calls count as persistent: their scope names a tag, and calls "
        "of too many sets of tags have the same other values."
    )
    untagged: dict[str, Amount] = Field(description="By dimension: calls of which nobody said whose.")
    unpriced_calls: int
    estimated_calls: int


@dataclass(frozen=True)
class TemporaryBudgets:
    """The budgets that are there for a while only, and the tiers of models that their scopes may name."""

    budgets: Sequence[Budget]
    tiers_of: TiersOf

    @property
    def asides(self) -> list[Aside]:
        """The calls of each, in their order."""
        return list(map(aside_of, self.budgets))


def temporary_budgets(engine: Engine) -> TemporaryBudgets:
    """As they are declared now."""
    snapshot = directory.snapshot(engine)
    return TemporaryBudgets(list(filter(is_temporary, snapshot.budgets)), tiers_by_model(snapshot))


@router.get("/allocation", responses=responses(400, 503))
def get_allocation(
    who: ReadsUsage, services: WithServices, start: FromQuery = "30d", end: ToQuery = "now"
) -> AllocationReply:
    """Temporary against persistent spend, and what carries no team, product, use case or environment."""
    span = read_span(start, end, now=services.now())
    sight = who.sight("usage.read")
    budgets = temporary_budgets(services.engine)
    query = SpansQuery(
        windows={_WINDOW: span},
        by=OWNED_BY,
        asides=budgets.asides,
        aside_window=_WINDOW,
        tiers_of=budgets.tiers_of,
        sight=sight,
    )
    return allocation_of(services.ledger.spans(query), _WINDOW, span, budgets, sight)


def allocation_of(
    found: Spans,
    window: str,
    span: tuple[InstantUs, InstantUs],
    budgets: TemporaryBudgets,
    sight: Sight,
) -> AllocationReply:
    """What an answer says of one of its windows, whose asides are those of `budgets`."""
    total, temporary = found.windows[window], found.aside
    shown = {budget.name for budget in budgets.budgets if budget_is_shown(budget, sight)}
    untold = {budgets.budgets[place].name for place in found.untold}
    return AllocationReply(
        **dict(zip(("from", "to"), map(format_instant, span), strict=True)),
        total=amount_of(total),
        temporary=amount_of(temporary),
        persistent=amount_of(Sums(total.calls - temporary.calls, total.cost - temporary.cost)),
        temporary_budgets=sorted(shown - untold),
        not_told_apart=sorted(shown & untold),
        untagged={name: amount_of(found.by[name][window].get(UNKNOWN, NOTHING)) for name in OWNED_BY},
        unpriced_calls=total.unpriced_calls,
        estimated_calls=total.estimated_calls,
    )


def amount_of(sums: Sums) -> Amount:
    """As text, exact."""
    return Amount(calls=sums.calls, cost_usd=usd_text(Picodollars(sums.cost)))
