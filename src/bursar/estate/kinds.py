"""The kinds of estate documents: one typed record each, in the visible tuple KINDS."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from bursar.estate.budgets import Budget
from bursar.estate.channels import Channel
from bursar.estate.document import DecimalText, Document, Name, Text
from bursar.estate.limits import Limit
from bursar.estate.policies import Policy, Tier
from bursar.estate.retention import Retention
from bursar.estate.routes import ModelRoute
from bursar.estate.sign_in import SignIn

Wire = Literal["openai", "anthropic", "gemini", "azure"]
PriceClass = Literal[
    "input",
    "cache_read",
    "cache_write",
    "cache_write_5m",
    "cache_write_30m",
    "cache_write_1h",
    "cache_write_12h",
    "input_audio",
    "input_image",
    "input_video",
    "cache_read_audio",
    "cache_read_image",
    "cache_read_video",
    "output",
    "reasoning",
    "output_audio",
    "output_image",
    "output_video",
]


class Timeouts(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """How long an upstream may take, in seconds."""

    connect_s: Annotated[float, Meta(gt=0, le=600, description="Until the connection stands.")] = 10.0
    first_byte_s: Annotated[float, Meta(gt=0, le=3600, description="Until the reply begins.")] = 600.0
    idle_s: Annotated[float, Meta(gt=0, le=3600, description="Between two parts of a reply.")] = 300.0


class Provider(Document, frozen=True, tag_field="kind", tag="provider"):
    """A place that answers calls: a vendor's API or any server that speaks one of the wires."""

    KIND = "provider"

    wire: Annotated[Wire, Meta(description="The vendor's way of speaking that it understands.")]
    base_url: Annotated[
        str,
        Meta(
            pattern=r"^https?://[^\s]+$",
            max_length=2000,
            description="Where it answers, an http or https URL such as https://api.openai.com.",
        ),
    ]
    credential: Annotated[
        str,
        Meta(
            pattern=r"^(env:[A-Za-z_][A-Za-z0-9_]*|file:.+|literal:.*|none)$",
            description="Where the upstream key is: env:NAME, file:PATH, literal:KEY (warned about) or none.",
        ),
    ] = "none"
    headers: Annotated[dict[str, str], Meta(description="Sent with every call to it.")] = {}
    timeouts: Annotated[Timeouts, Meta(description="How long it may take.")] = Timeouts()
    api_version: Annotated[Text, Meta(description="Azure's api-version, where the caller gives none.")] = ""
    catalogue: Annotated[
        Text, Meta(description="The price catalogue's id of the vendor, where the name does not say it.")
    ] = ""
    region: Annotated[Text, Meta(description="Where it runs; some prices depend on it.")] = ""


class Model(Document, frozen=True, tag_field="kind", tag="model"):
    """A name that callers ask for, and where it goes."""

    KIND = "model"

    provider: Annotated[Name, Meta(description="The provider document that answers for it.")]
    upstream_model: Annotated[
        Text, Meta(description="What the provider calls it; the same name if not written.")
    ] = ""


class PriceTier(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """Rates for calls whose whole input is longer than `input_over` tokens; all their tokens pay them."""

    input_over: Annotated[int, Meta(ge=0, le=10**12, description="Tokens of input, cached ones included.")]
    per_million_tokens: Annotated[
        dict[PriceClass, DecimalText], Meta(description="USD for a million tokens, by class.")
    ]


class Price(Document, frozen=True, tag_field="kind", tag="price"):
    """A price of our own, in USD; wins over the catalogue for the model, from `valid_from` on."""

    KIND = "price"

    provider: Annotated[Name, Meta(description="The provider document whose calls it prices.")]
    model: Annotated[Name, Meta(description="The model, as callers or as the provider call it.")]
    valid_from: Annotated[str, Meta(description="A date or an instant, ISO 8601, UTC if it says no zone.")]
    per_million_tokens: Annotated[
        dict[PriceClass, DecimalText], Meta(description="USD for a million tokens, by class.")
    ] = {}
    tiers: Annotated[list[PriceTier], Meta(description="Other rates for calls with a long input.")] = []
    per_call: Annotated[DecimalText, Meta(description="USD for each call.")] = "0"
    per_image: Annotated[DecimalText, Meta(description="USD for each picture made.")] = "0"
    per_second: Annotated[DecimalText, Meta(description="USD for each second of audio.")] = "0"
    per_thousand: Annotated[
        dict[
            Literal["web_searches", "web_fetches", "file_searches", "code_executions", "pages"], DecimalText
        ],
        Meta(description="USD for a thousand uses of a tool, or pages."),
    ] = {}
    service_tier: Annotated[Text, Meta(description="Only for calls that were served in this tier.")] = ""
    processing: Annotated[
        Literal["", "batch"], Meta(description="`batch`: only for calls of the batch API.")
    ] = ""
    region: Annotated[Text, Meta(description="Only for calls that were served in this region.")] = ""


class Team(Document, frozen=True, tag_field="kind", tag="team"):
    """Who pays: an organisational unit."""

    KIND = "team"

    owner: Annotated[Text, Meta(description="Who answers for it.")] = ""
    cost_centre: Annotated[Text, Meta(description="Where finance books what it spends.")] = ""


class Product(Document, frozen=True, tag_field="kind", tag="product"):
    """What it is for: a thing the company makes or runs."""

    KIND = "product"

    team: Annotated[Text, Meta(description="The team document that it belongs to.")] = ""
    owner: Annotated[Text, Meta(description="Who answers for it.")] = ""


class UseCase(Document, frozen=True, tag_field="kind", tag="use_case"):
    """Why: the purpose of a call inside a product."""

    KIND = "use_case"

    product: Annotated[Text, Meta(description="The product document that it belongs to.")] = ""
    owner: Annotated[Text, Meta(description="Who answers for it.")] = ""


class Environment(Document, frozen=True, tag_field="kind", tag="environment"):
    """Where in the life of software a call happens; used without documents too: production, staging, ..."""

    KIND = "environment"

    experiment: Annotated[bool, Meta(description="Whether what runs there is tried out, not relied on.")] = (
        False
    )


AnyDocument = (
    Provider
    | Model
    | Price
    | Team
    | Product
    | UseCase
    | Environment
    | Budget
    | ModelRoute
    | Limit
    | Tier
    | Policy
    | Channel
    | SignIn
    | Retention
)

KINDS: tuple[type[Document], ...] = (
    Provider,
    Model,
    Price,
    Team,
    Product,
    UseCase,
    Environment,
    Budget,
    ModelRoute,
    Limit,
    Tier,
    Policy,
    Channel,
    SignIn,
    Retention,
)
