"""Budgets: how much may be spent on a scope in a period, and what happens on the way there."""

from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from bursar.estate.document import DecimalText, Document, Name, OptionalDecimal, Text, Values
from bursar.estate.scope import Scope

Unit = Literal["usd", "tokens", "calls"]
Every = Literal["day", "week", "month", "quarter", "year"]
Span = Annotated[
    str,
    Meta(pattern=r"^[0-9]{1,5}[smhdw]$", description="A length of time such as 30s, 15m, 4h, 2d or 1w."),
]


class Period(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True, rename={"from_": "from"}):
    """When a budget begins anew: by the calendar, or the last N days, or once from a day to another."""

    every: Annotated[
        Every | Literal[""], Meta(description="The calendar's length; weeks begin on Monday.")
    ] = ""
    timezone: Annotated[
        Text, Meta(description="Where midnight is, such as Europe/Berlin; UTC if not written.")
    ] = "UTC"
    fiscal_start: Annotated[
        int, Meta(ge=1, le=12, description="The month in which the year, and with it its quarters, begins.")
    ] = 1
    rolling_days: Annotated[int, Meta(ge=0, le=366, description="The last so many days, at any moment.")] = 0
    from_: Annotated[Text, Meta(description="The first day, or an instant.")] = ""
    to: Annotated[Text, Meta(description="The day or instant at which it is over.")] = ""


class UseBased(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """An amount that moves with what the business does: base + per x driver, at most `cap`."""

    base: Annotated[DecimalText, Meta(description="What there is in any case.")] = "0"
    per: Annotated[
        dict[Name, DecimalText],
        Meta(description="How much for one unit of a driver, such as active_users; see `bursar driver set`."),
    ]
    cap: Annotated[OptionalDecimal, Meta(description="Never more than this.")] = ""


class Notify(
    msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True, tag_field="do", tag="notify"
):
    """Tell somebody."""

    to: Annotated[Values, Meta(description="`owner`, or the names of channel documents.")] = "owner"


class Acknowledge(
    msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True, tag_field="do", tag="acknowledge"
):
    """Ask somebody to acknowledge; the steps that follow wait for `within`, and are not taken if they do."""

    to: Annotated[Values, Meta(description="`owner`, or the names of channel documents.")] = "owner"
    within: Annotated[Span, Meta(description="How long to wait for the answer.")] = "4h"


class RequireApproval(
    msgspec.Struct,
    kw_only=True,
    frozen=True,
    forbid_unknown_fields=True,
    tag_field="do",
    tag="require_approval",
):
    """Further calls need an approval."""

    tier: Annotated[Text, Meta(description="Only calls of this tier; all if not written.")] = ""


class Reroute(
    msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True, tag_field="do", tag="reroute"
):
    """Further calls go to a cheaper model."""

    to: Annotated[Name, Meta(description="The model that answers instead.")]
    models: Annotated[Values, Meta(description="Only for these models; all if not written.")] = ""


class Clamp(
    msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True, tag_field="do", tag="clamp"
):
    """Further calls get shorter answers."""

    output_tokens_max: Annotated[int, Meta(ge=1, le=10**9, description="The most tokens of one answer.")]


class Throttle(
    msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True, tag_field="do", tag="throttle"
):
    """Further calls come no faster than this."""

    requests_per_minute: Annotated[int, Meta(ge=1, le=10**9, description="Calls in a minute.")]


class StopExperiments(
    msgspec.Struct,
    kw_only=True,
    frozen=True,
    forbid_unknown_fields=True,
    tag_field="do",
    tag="stop_experiments",
):
    """What is tried out stops: calls of experiments and of environments that are declared as such."""


class StopNonProduction(
    msgspec.Struct,
    kw_only=True,
    frozen=True,
    forbid_unknown_fields=True,
    tag_field="do",
    tag="stop_non_production",
):
    """Everything outside the environment `production` stops."""


class Stop(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True, tag_field="do", tag="stop"):
    """Everything in the budget's scope stops."""


Step = (
    Notify
    | Acknowledge
    | RequireApproval
    | Reroute
    | Clamp
    | Throttle
    | StopExperiments
    | StopNonProduction
    | Stop
)
STEPS: Final = (
    Notify,
    Acknowledge,
    RequireApproval,
    Reroute,
    Clamp,
    Throttle,
    StopExperiments,
    StopNonProduction,
    Stop,
)
"""The rungs of the ladder, mildest first."""


class Threshold(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """A share of the amount, and the steps that are taken when it is reached, in their order."""

    at: Annotated[int, Meta(ge=1, le=1000, description="Percent of the amount.")]
    on: Annotated[
        Literal["actual", "forecast"],
        Meta(
            description="What was spent, or what will have been at the period's end; of a rolling budget, "
            "the most that its last N days will hold within the next N."
        ),
    ] = "actual"
    steps: Annotated[
        list[Step], Meta(description="What is done, in this order; the owner is told if none.")
    ] = []


class Budget(Document, kw_only=True, frozen=True, tag_field="kind", tag="budget", rename={"class_": "class"}):
    """A limit on what a scope may spend in a period."""

    KIND = "budget"

    owner: Annotated[Text, Meta(description="Who answers for it; refusals and alerts name them.")] = ""
    scope: Annotated[Scope, Meta(description="The calls that it pays for; all if not written.")] = Scope()
    each: Annotated[
        str,
        Meta(
            pattern=r"^(|team|product|use_case|environment|model|provider|key|tag:[a-z0-9][a-z0-9_.-]{0,63})$",
            description="One budget of this amount for every value of a dimension: team, product, use_case, "
            "environment, model, provider, key or tag:NAME.",
        ),
    ] = ""
    amount: Annotated[DecimalText | UseBased, Meta(description="How much; USD unless `unit` says otherwise.")]
    unit: Annotated[Unit, Meta(description="What is counted.")] = "usd"
    period: Annotated[Every | Period, Meta(description="When it begins anew.")] = "month"
    class_: Annotated[
        Literal["production", "experiment"],
        Meta(description="An experiment needs an owner and `expires`; when it ends, its calls stop."),
    ] = "production"
    mode: Annotated[
        Literal["hard", "soft"],
        Meta(description="`hard` never lets more be spent; `soft` only counts and warns."),
    ] = "hard"
    parent: Annotated[
        Text,
        Meta(description="The budget out of which this one is: all such may promise no more than it has."),
    ] = ""
    overcommit: Annotated[
        bool, Meta(description="Whether the budgets below this one may promise more than it has.")
    ] = False
    experiments_max: Annotated[
        OptionalDecimal,
        Meta(description="What all experiments below this budget may have together."),
    ] = ""
    roll_over: Annotated[
        bool, Meta(description="Whether what is left at a period's end is added to the next one.")
    ] = False
    thresholds: Annotated[list[Threshold], Meta(description="What happens on the way to the limit.")] = []
    on_exhausted: Annotated[
        Text,
        Meta(description="`refuse`, or the name of a model that answers when the asked one no longer fits."),
    ] = "refuse"
    on_store_loss: Annotated[
        Literal["refuse", "allow_and_flag"],
        Meta(description="What a worker does that cannot reach the state store and has used up its lease."),
    ] = "refuse"
    expires: Annotated[
        Text, Meta(description="The day or instant from which on it pays for nothing more.")
    ] = ""
