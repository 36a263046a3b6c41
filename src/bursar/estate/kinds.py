"""The kinds of estate documents: one typed record each, in the visible tuple KINDS."""

from typing import Annotated, ClassVar, Literal

import msgspec
from msgspec import Meta

Name = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=128,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/@+-]*$",
        description="Letters, digits and . _ : / @ + -, starting with a letter or digit.",
    ),
]
Text = Annotated[str, Meta(max_length=2000)]
DecimalText = Annotated[
    str,
    Meta(pattern=r"^[0-9]{1,12}(\.[0-9]{1,18})?$", description="A decimal number in quotes; never a float."),
]
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


class Document(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What every estate document has: `kind` and `name`, unique together."""

    KIND: ClassVar[str]

    name: Name
    title: Text = ""
    description: Text = ""


class Timeouts(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """How long an upstream may take, in seconds."""

    connect_s: Annotated[float, Meta(gt=0, le=600)] = 10.0
    first_byte_s: Annotated[float, Meta(gt=0, le=3600)] = 600.0
    idle_s: Annotated[float, Meta(gt=0, le=3600)] = 300.0


class Provider(Document, frozen=True, tag_field="kind", tag="provider"):
    """A place that answers calls: a vendor's API or any server that speaks one of the wires."""

    KIND = "provider"

    wire: Wire
    base_url: Annotated[str, Meta(pattern=r"^https?://[^\s]+$", max_length=2000)]
    credential: Annotated[
        str,
        Meta(
            pattern=r"^(env:[A-Za-z_][A-Za-z0-9_]*|file:.+|literal:.*|none)$",
            description="Where the upstream key is: env:NAME, file:PATH, literal:KEY (warned about) or none.",
        ),
    ] = "none"
    headers: dict[str, str] = {}
    timeouts: Timeouts = Timeouts()
    api_version: Text = ""  # Azure's api-version, where the caller gives none
    catalogue: Text = ""  # the price catalogue's provider id, where the name does not say it
    region: Text = ""


class Model(Document, frozen=True, tag_field="kind", tag="model"):
    """A name that callers ask for, and where it goes."""

    KIND = "model"

    provider: Name
    upstream_model: Text = ""  # what the provider calls it; the same name if empty


class PriceTier(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """Rates for calls whose whole input is longer than `input_over` tokens; all their tokens pay them."""

    input_over: Annotated[int, Meta(ge=0)]
    per_million_tokens: dict[PriceClass, DecimalText]


class Price(Document, frozen=True, tag_field="kind", tag="price"):
    """A price of our own, in USD; wins over the catalogue for the model, from `valid_from` on."""

    KIND = "price"

    provider: Name
    model: Name
    valid_from: Annotated[str, Meta(description="A date or an instant, ISO 8601, UTC if it says no zone.")]
    per_million_tokens: dict[PriceClass, DecimalText] = {}
    tiers: list[PriceTier] = []
    per_call: DecimalText = "0"
    per_image: DecimalText = "0"
    per_second: DecimalText = "0"
    per_thousand: dict[
        Literal["web_searches", "web_fetches", "file_searches", "code_executions", "pages"], DecimalText
    ] = {}
    service_tier: Text = ""  # only for calls that were served in this tier
    processing: Literal["", "batch"] = ""
    region: Text = ""


class Team(Document, frozen=True, tag_field="kind", tag="team"):
    """Who pays: an organisational unit."""

    KIND = "team"

    owner: Text = ""
    cost_centre: Text = ""


class Product(Document, frozen=True, tag_field="kind", tag="product"):
    """What it is for: a thing the company makes or runs."""

    KIND = "product"

    team: Text = ""
    owner: Text = ""


class UseCase(Document, frozen=True, tag_field="kind", tag="use_case"):
    """Why: the purpose of a call inside a product."""

    KIND = "use_case"

    product: Text = ""
    owner: Text = ""


class Environment(Document, frozen=True, tag_field="kind", tag="environment"):
    """Where in the life of software a call happens; used without documents too: production, staging, ..."""

    KIND = "environment"

    experiment: bool = False


AnyDocument = Provider | Model | Price | Team | Product | UseCase | Environment

KINDS: tuple[type[Document], ...] = (Provider, Model, Price, Team, Product, UseCase, Environment)
