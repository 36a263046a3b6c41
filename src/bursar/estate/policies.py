"""Tiers and policies: which models may be used under which conditions, and what happens to which calls."""

from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from bursar.estate.document import Document, Name, Text, Values, listed
from bursar.estate.scope import Scope

Verdict = Literal["allow", "warn", "clamp", "reroute", "require_approval", "require_tags", "deny"]
"""What becomes of a call, mildest first."""

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: Final[tuple[Weekday, ...]] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
TimeOfDay = Annotated[
    str,
    Meta(
        pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$",
        description="Hours and minutes in quotes, such as 09:00.",
    ),
]
TagName = Annotated[
    str,
    Meta(
        pattern=r"^(team|product|use_case|environment|tag:[a-z0-9][a-z0-9_.-]{0,63})$",
        description="team, product, use_case, environment or tag:NAME.",
    ),
]


class Hours(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True, rename={"from_": "from"}):
    """A part of the day; over midnight where `from` is later than `to`, and then of the day it began on."""

    from_: Annotated[TimeOfDay, Meta(description="The first minute, such as 09:00.")] = "00:00"
    to: Annotated[TimeOfDay, Meta(description="The minute from which on it is over; 24:00 is midnight.")] = (
        "24:00"
    )
    timezone: Annotated[Text, Meta(description="Whose clock it is, such as Europe/Berlin.")] = "UTC"
    weekdays: Annotated[list[Weekday], Meta(description="Only on these days; every day if not written.")] = []


class BudgetState(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """How much of a budget that pays for the call is used."""

    name: Annotated[Name, Meta(description="The budget.")]
    used_over: Annotated[int, Meta(ge=0, le=100_000, description="Percent of its limit that are used up.")]


class Match(Scope, kw_only=True, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Calls for which every written line fits: all that a scope can say, and more of the call itself."""

    region: Annotated[Values, Meta(description="The region of the provider that answers.")] = ""
    data_class: Annotated[Values, Meta(description="The value of the further tag `data`.")] = ""
    hours: Annotated[Hours | None, Meta(description="A time of day.")] = None
    bytes_over: Annotated[
        int, Meta(ge=1, le=10**12, description="Requests with a longer body, in bytes.")
    ] = 0
    input_tokens_over: Annotated[
        int, Meta(ge=1, le=10**12, description="Longer inputs, estimated as four bytes a token.")
    ] = 0
    output_tokens_over: Annotated[
        int,
        Meta(ge=1, le=10**12, description="Calls that ask for a longer answer; not those that ask for none."),
    ] = 0
    budget: Annotated[BudgetState | None, Meta(description="How far a budget is used up.")] = None


class Allow(
    msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="allow"
):
    """An exception: the wider rules do nothing to the call, save a deny, which always stands."""


class Deny(
    msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="deny"
):
    """The call is refused."""


class RerouteTo(
    msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="reroute"
):
    """Another model answers."""

    to: Annotated[Name, Meta(description="The model that answers instead; it must speak the same wire.")]


class ClampOutput(
    msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="clamp"
):
    """The answer may be no longer than this."""

    output_tokens_max: Annotated[int, Meta(ge=1, le=10**9, description="The most tokens of one answer.")]


class RequireTags(
    msgspec.Struct,
    kw_only=True,
    frozen=True,
    forbid_unknown_fields=True,
    tag_field="type",
    tag="require_tags",
):
    """A call without these tags is sent back."""

    tags: Annotated[list[TagName], Meta(min_length=1, description="The tags that must be there.")]


class AskApproval(
    msgspec.Struct,
    kw_only=True,
    frozen=True,
    forbid_unknown_fields=True,
    tag_field="type",
    tag="require_approval",
):
    """The call waits for somebody's approval."""

    approvers: Annotated[
        Values,
        Meta(description="Who is asked, one after the other if nobody answers; the owner if not written."),
    ] = ""


class Warn(
    msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="warn"
):
    """The call goes on, and the reply says something in `x-bursar-advice`."""

    message: Annotated[Text, Meta(description="What is said; the policy's reason if not written.")] = ""


Would = Allow | Deny | RerouteTo | ClampOutput | RequireTags | AskApproval | Warn
BareWord = Literal["allow", "deny", "require_approval", "warn"]
"""Effects that need no field may be written as their name alone."""


class Shadow(
    msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="shadow"
):
    """Nothing happens but a flag at the event, `shadow_<effect>`: what would have happened is recorded."""

    would: Annotated[BareWord | Would, Meta(description="The effect that is tried out.")]


Effect = Would | Shadow
EFFECTS: Final[tuple[type[Effect], ...]] = (
    Allow,
    Deny,
    RerouteTo,
    ClampOutput,
    RequireTags,
    AskApproval,
    Warn,
    Shadow,
)
"""All that a policy can do to a call."""
EFFECT_NAMES: Final = {kind: str(kind.__struct_config__.tag) for kind in EFFECTS}


class ExampleCall(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A call that is made up, to say what the policies do to it. What is not written is `unknown`."""

    team: Text = "unknown"
    product: Text = "unknown"
    use_case: Text = "unknown"
    environment: Text = "unknown"
    model: Text = "unknown"
    provider: Annotated[Text, Meta(description="The model's own if not written.")] = ""
    key: Annotated[Text, Meta(description="The id of a key.")] = ""
    region: Annotated[Text, Meta(description="The provider's own if not written.")] = ""
    tags: Annotated[dict[str, str], Meta(description="Further tags, such as data or training.")] = {}
    bytes: Annotated[int, Meta(ge=0, le=10**12, description="The length of the request's body.")] = 0
    output_tokens: Annotated[
        int, Meta(ge=1, le=10**12, description="The longest answer that it asks for.")
    ] = 0
    at: Annotated[Text, Meta(description="The instant, ISO 8601; the moment of the test if not written.")] = (
        ""
    )
    budgets: Annotated[
        dict[str, int], Meta(description="Percent that are used of each budget that pays.")
    ] = {}


class Example(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A call and what should become of it; `bursar policy test` holds them against all policies."""

    call: ExampleCall
    expect: Annotated[Verdict, Meta(description="The verdict.")]
    rule: Annotated[Text, Meta(description="The rule that should have made it, such as policy/NAME.")] = ""


class Tier(Document, kw_only=True, frozen=True, tag_field="kind", tag="tier"):
    """A class of models with the conditions for their use; it restricts only the models that it lists."""

    KIND = "tier"

    models: Annotated[Values, Meta(description="The models, by their name here or at the provider; * and ?.")]
    providers: Annotated[
        Values, Meta(description="Only where these providers answer; all if not written.")
    ] = ""
    allowed: Annotated[
        Scope | list[Scope], Meta(description="Who may use it: one scope, or several of which one must fit.")
    ] = Scope()
    data_classes: Annotated[
        Values,
        Meta(
            description="The values of the tag `data` that may be sent; all if not written. A value that any "
            "tier names is never sent to a model that is in no tier."
        ),
    ] = ""
    regions: Annotated[Values, Meta(description="The regions of providers that may answer; all if none.")] = (
        ""
    )
    needs_training: Annotated[
        Text,
        Meta(description="A word that must stand in the tag `training` of the key, among others or alone."),
    ] = ""
    needs_approval: Annotated[bool, Meta(description="Whether somebody must approve the use.")] = False
    approvers: Annotated[
        Values, Meta(description="Who approves, one after the other; the owner if not written.")
    ] = ""
    owner: Annotated[Text, Meta(description="Who answers for it; refusals name them.")] = ""


class Policy(Document, kw_only=True, frozen=True, tag_field="kind", tag="policy"):
    """What happens to which calls, and why."""

    KIND = "policy"

    match: Annotated[Match, Meta(description="The calls; all if not written.")] = Match()
    when: Annotated[
        Text,
        Meta(description="A CEL expression for what `match` cannot say; it must be true too."),
    ] = ""
    effect: Annotated[BareWord | Effect, Meta(description="What happens to them.")]
    owner: Annotated[Text, Meta(description="Who answers for it; refusals name them.")] = ""
    reason: Annotated[Text, Meta(description="Why it is there; refusals and advice say it.")] = ""
    valid_from: Annotated[Text, Meta(description="The day or instant from which on it holds.")] = ""
    valid_to: Annotated[Text, Meta(description="The day or instant at which it ends.")] = ""
    examples: Annotated[list[Example], Meta(description="Calls and what should become of them.")] = []


_BARE: Final[dict[str, Would]] = {
    "allow": Allow(),
    "deny": Deny(),
    "require_approval": AskApproval(),
    "warn": Warn(),
}


def effect_of(written: BareWord | Effect) -> Effect:
    """The effect as a record, also where only its name was written."""
    return _BARE[written] if isinstance(written, str) else written


def would_of(shadow: Shadow) -> Would:
    """The effect that a shadow tries out, as a record."""
    return _BARE[shadow.would] if isinstance(shadow.would, str) else shadow.would


def effect_name(effect: Effect) -> str:
    """The word of an effect: allow, deny, reroute, ..."""
    return EFFECT_NAMES[type(effect)]


def scopes_of(tier: Tier) -> tuple[Scope, ...]:
    """The scopes of which one must fit for a tier to be used."""
    return (tier.allowed,) if isinstance(tier.allowed, Scope) else tuple(tier.allowed)


def approvers_of(approvers: Values, owner: str) -> tuple[str, ...]:
    """Who is asked for an approval, in turn: those written, then the owner, then the administrator."""
    named = [one for one in (*listed(approvers), owner) if one]
    return tuple(dict.fromkeys(named)) or ("administrator",)
