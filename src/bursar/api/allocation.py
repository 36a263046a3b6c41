"""GET /api/v1/allocation: what of the spend is meant to last, and what of it nobody can be charged with."""

from collections.abc import Mapping
from typing import Annotated, Final

from fastapi import APIRouter
from pydantic import BaseModel, Field

from bursar import directory
from bursar.access import Principal
from bursar.api.permission import need
from bursar.api.problems import responses
from bursar.api.questions import FromQuery, ToQuery
from bursar.api.rows import budget_is_shown
from bursar.api.services import WithServices
from bursar.api.times import read_span
from bursar.budgets.temporary import aside_of, is_temporary
from bursar.ledger.dimensions import OWNED_BY
from bursar.ledger.spans import NOTHING, SpansQuery, Sums
from bursar.vocab.event import UNKNOWN
from bursar.vocab.instant import format_instant
from bursar.vocab.money import Picodollars, usd_text

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
        description="Temporary budgets whose calls count as persistent: their scope names a tier or a "
        "further tag."
    )
    untagged: dict[str, Amount] = Field(description="By dimension: calls of which nobody said whose.")
    unpriced_calls: int
    estimated_calls: int


@router.get("/allocation", responses=responses(400, 503))
def get_allocation(
    who: ReadsUsage, services: WithServices, start: FromQuery = "30d", end: ToQuery = "now"
) -> AllocationReply:
    """Temporary against persistent spend, and what carries no team, product, use case or environment."""
    span = read_span(start, end, now=services.now())
    sight = who.sight("usage.read")
    budgets = [one for one in directory.snapshot(services.engine).budgets if is_temporary(one)]
    asides = {budget.name: aside_of(budget) for budget in budgets}
    query = SpansQuery(
        windows={_WINDOW: span},
        by=OWNED_BY,
        asides=[aside for aside in asides.values() if aside is not None],
        aside_window=_WINDOW,
        sight=sight,
    )
    found = services.ledger.spans(query)
    total, temporary = found.windows[_WINDOW], found.aside
    shown = {budget.name for budget in budgets if budget_is_shown(budget, sight)}
    return AllocationReply(
        **dict(zip(("from", "to"), map(format_instant, span), strict=True)),
        total=_amount(total),
        temporary=_amount(temporary),
        persistent=_amount(Sums(total.calls - temporary.calls, total.cost - temporary.cost)),
        temporary_budgets=sorted(name for name, aside in asides.items() if aside and name in shown),
        not_told_apart=sorted(name for name, aside in asides.items() if not aside and name in shown),
        untagged={name: _amount(_unknown(found.by[name])) for name in OWNED_BY},
        unpriced_calls=total.unpriced_calls,
        estimated_calls=total.estimated_calls,
    )


def _unknown(by_window: Mapping[str, Mapping[str, Sums]]) -> Sums:
    return by_window[_WINDOW].get(UNKNOWN, NOTHING)


def _amount(sums: Sums) -> Amount:
    return Amount(calls=sums.calls, cost_usd=usd_text(Picodollars(sums.cost)))
