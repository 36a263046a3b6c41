"""Routes of drivers: numbers of the business that budgets move with."""

from collections.abc import Iterable
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from bursar import directory
from bursar.access import Principal
from bursar.api.permission import need
from bursar.api.problems import responses
from bursar.api.rows import budget_is_shown
from bursar.api.services import WithServices
from bursar.directory.drivers import list_drivers, set_driver
from bursar.estate.budgets import Budget
from bursar.estate.snapshot import Driver
from bursar.vocab.instant import InstantUs, format_instant, parse_instant

ReadsBudgets = Annotated[Principal, need("budgets.read")]
WritesDrivers = Annotated[Principal, need("drivers.write")]

router: Final = APIRouter(tags=["budgets"])

_AMOUNT: Final[dict[str, Any]] = {"pattern": r"^[0-9]{1,12}(\.[0-9]{1,12})?$"}
_NAME: Final[dict[str, Any]] = {"pattern": r"^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$"}


class DriverRequest(BaseModel):
    """What a driver of the business is."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: str = Field(json_schema_extra=_NAME)
    value: str = Field(description="Decimal text.", json_schema_extra=_AMOUNT)
    valid_from: str | None = Field(
        default=None,
        description="Since when, ISO 8601; now if not given.",
        json_schema_extra={"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]},
    )


class DriverReply(BaseModel):
    """A driver's value from an instant on."""

    name: str
    value: str
    valid_from: str


class DriversReply(BaseModel):
    """Every value that was ever said, newest first."""

    drivers: list[DriverReply]


@router.post("/drivers", status_code=201, responses=responses(400, 503))
def say_driver(who: WritesDrivers, request: DriverRequest, services: WithServices) -> DriverReply:
    """Say what a driver is; budgets that move with it follow within a second."""
    now = services.now()
    driver = set_driver(
        services.engine,
        request.name,
        request.value,
        valid_from=now if request.valid_from is None else parse_instant(request.valid_from),
        actor=who.actor,
        now=now,
    )
    return _driver_reply(driver)


@router.get("/drivers", responses=responses(503))
def read_drivers(
    who: ReadsBudgets,
    services: WithServices,
    limit: Annotated[int, Query(ge=1, le=10_000, description="The most values.")] = 1000,
) -> DriversReply:
    """What was said of drivers, newest first; of those that a budget in sight moves with."""
    sight = who.sight("budgets.read")
    said = list_drivers(services.engine)
    if not sight.is_everything:
        budgets = directory.snapshot(services.engine).budgets
        shown = [budget for budget in budgets if budget_is_shown(budget, sight)]
        known = {name for budget in shown for name in _drivers_of(budget)}
        said = [one for one in said if one.name in known]
    return DriversReply(drivers=[_driver_reply(one) for one in said[:limit]])


def _driver_reply(driver: Driver) -> DriverReply:
    return DriverReply(
        name=driver.name, value=driver.value, valid_from=format_instant(InstantUs(driver.valid_from_us))
    )


def _drivers_of(budget: Budget) -> Iterable[str]:
    return () if isinstance(budget.amount, str) else budget.amount.per
