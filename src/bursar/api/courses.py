"""Routes that look ahead: the course of one budget, where budgets are heading, the forecast of all."""

from collections import defaultdict
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from bursar.access import Principal
from bursar.api.budgets import BudgetName, account_of, budgets_shown
from bursar.api.holdings import PartQuery
from bursar.api.permission import need
from bursar.api.problems import responses
from bursar.api.questions import FilterQuery, read_filters
from bursar.api.rows import account_in_sight
from bursar.api.services import Services, WithServices
from bursar.api.zones import ZoneQuery
from bursar.budgets import grants
from bursar.budgets.account import AccountState
from bursar.budgets.amount import shown
from bursar.estate.budgets import Budget, Every, Period, Unit
from bursar.estate.period import zone_of
from bursar.forecasts.course import Ahead, Course
from bursar.forecasts.courses import Courses, whole
from bursar.forecasts.pace import Range
from bursar.vocab.instant import InstantUs, format_instant
from bursar.vocab.sight import Sight

ReadsBudgets = Annotated[Principal, need("budgets.read")]
ReadsUsage = Annotated[Principal, need("usage.read")]

_ACCOUNTS_MOST: Final = 60


class RangeReply(BaseModel):
    """An amount that is expected, as decimal text, and what four of five futures lie between."""

    expected: str
    low: str | None = Field(description="Null where too few days are known; never below what was spent.")
    high: str | None


class PointReply(BaseModel):
    """How an account stood."""

    at: str
    spent: str
    limit: str


class AheadReply(RangeReply):
    """How an account will stand."""

    at: str
    limit: str = Field(description="As grants that are known now leave it.")


class CrossingReply(BaseModel):
    """When a limit is reached."""

    is_reached: bool
    reached_at: str | None = Field(description="When it was reached, if it is; null where that is not known.")
    crosses_at: str | None = Field(description="When it will be, as expected; null: not in this period.")
    may_cross_at: str | None = Field(description="When it will be at the high end of the range.")


class CourseReply(CrossingReply):
    """One account of a budget over its period; amounts in the budget's unit."""

    budget: str
    value: str
    unit: Unit
    begins_at: str = Field(description="Of a rolling window: its first day.")
    ends_at: str = Field(description="Of a rolling window: when its last day will have left it.")
    points: list[PointReply] = Field(description="The last is now.")
    ahead: list[AheadReply] = Field(description="From now on; empty where it is too early to say.")
    end: AheadReply | None = Field(description="At the end; of a rolling window where it is highest.")


class HeadingReply(CrossingReply):
    """Where one account is heading."""

    budget: str
    value: str
    unit: Unit
    end: AheadReply | None


class HeadingsReply(BaseModel):
    """Where accounts are heading, those that are closest to their limit first."""

    accounts: list[HeadingReply]
    more: int = Field(description="Accounts that are further away and were left out.")


class ForecastReply(BaseModel):
    """What calls cost since a period began, and what they will have cost at its end. USD as decimal text."""

    start: str = Field(alias="from")
    end: str = Field(alias="to")
    spent: str
    forecast: RangeReply | None = Field(description="Null where it is too early in the period to say.")


def courses_router(courses: Courses) -> APIRouter:
    """The routes; `courses` remembers what it read."""
    router = APIRouter(tags=["budgets"])

    @router.get("/budgets/{name}/course", responses=responses(404, 503))
    def read_course(
        who: ReadsBudgets,
        name: BudgetName,
        services: WithServices,
        value: PartQuery = "",
    ) -> CourseReply:
        """How a budget was used up in its period, and when it will be."""
        budget, account = account_of(services, who.sight("budgets.read"), name, value)
        given = grants.list_grants(services.engine, budget=name)
        return _course_reply(account, courses.of(account, budget, given, services.now()))

    @router.get("/budget-forecasts", responses=responses(503))
    def read_forecasts(
        who: ReadsBudgets,
        services: WithServices,
        limit: Annotated[int, Query(ge=1, le=_ACCOUNTS_MOST)] = _ACCOUNTS_MOST,
    ) -> HeadingsReply:
        """What accounts will have spent when their periods end, and when that reaches their limits."""
        sight = who.sight("budgets.read")
        budgets = budgets_shown(services, sight)
        found = sorted(_seen(services, budgets, sight), key=_closeness, reverse=True)
        given: dict[str, list[grants.Grant]] = defaultdict(list)
        for one in grants.list_grants(services.engine):
            given[one.budget].append(one)
        now = services.now()
        return HeadingsReply(
            accounts=[
                _heading_reply(each, courses.of(each, budgets[each.budget], given[each.budget], now))
                for each in found[:limit]
            ],
            more=max(0, len(found) - limit),
        )

    @router.get("/forecast", responses=responses(400, 503))
    def read_forecast(
        who: ReadsUsage,
        services: WithServices,
        period: Annotated[Every, Query(description="The calendar's period that holds now.")] = "month",
        filters: Annotated[FilterQuery, Query(alias="filter")] = [],  # noqa: B006 - never changed
        zone: ZoneQuery = "UTC",
    ) -> ForecastReply:
        """What all calls in sight will have cost when the month ends."""
        zone_of(zone)
        wanted = Period(every=period, timezone=zone)
        found = whole(services.ledger, read_filters(filters), who.sight("usage.read"), wanted, services.now())
        return ForecastReply(
            **{"from": format_instant(found.span.begins_us), "to": format_instant(found.span.ends_us)},
            spent=shown(found.spent, "usd"),
            forecast=None if found.end is None else RangeReply(**_range(found.end, "usd")),
        )

    return router


def _seen(services: Services, budgets: dict[str, Budget], sight: Sight) -> list[AccountState]:
    """The accounts of budgets that are in sight."""
    return [
        each
        for each in services.budgets.accounts()
        if each.budget in budgets and account_in_sight(budgets[each.budget], each.value, sight)
    ]


def _closeness(account: AccountState) -> tuple[bool, int]:
    """How much of its limit an account has used, in millionths."""
    return account.limit <= 0, account.spent * 1_000_000 // max(1, account.limit)


def _course_reply(account: AccountState, found: Course) -> CourseReply:
    unit = account.unit
    points = [
        PointReply(at=format_instant(one.at), spent=shown(one.spent, unit), limit=shown(one.limit, unit))
        for one in found.points
    ]
    ahead = [_ahead(one, unit) for one in found.ahead]
    return CourseReply(
        budget=account.budget,
        value=account.value,
        unit=unit,
        begins_at=points[0].at,
        ends_at=format_instant(found.ends),
        points=points,
        ahead=ahead,
        end=None if found.end is None else _ahead(found.end, unit),
        **_crossing(found),
    )


def _heading_reply(account: AccountState, found: Course) -> HeadingReply:
    return HeadingReply(
        budget=account.budget,
        value=account.value,
        unit=account.unit,
        end=None if found.end is None else _ahead(found.end, account.unit),
        **_crossing(found),
    )


def _crossing(found: Course) -> dict[str, Any]:
    def text(at: InstantUs | None) -> str | None:
        return None if at is None else format_instant(at)

    return {
        "is_reached": found.is_reached,
        "reached_at": text(found.reached_at),
        "crosses_at": text(found.crosses_at),
        "may_cross_at": text(found.may_cross_at),
    }


def _ahead(one: Ahead, unit: Unit) -> AheadReply:
    return AheadReply(at=format_instant(one.at), limit=shown(one.limit, unit), **_range(one.spent, unit))


def _range(found: Range, unit: Unit) -> dict[str, Any]:
    return {
        "expected": shown(found.expected, unit),
        "low": None if found.low is None else shown(found.low, unit),
        "high": None if found.high is None else shown(found.high, unit),
    }
