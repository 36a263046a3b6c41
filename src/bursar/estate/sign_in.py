"""Ways to sign in to the console by an identity provider that speaks OpenID Connect."""

import ipaddress
import re
from collections.abc import Iterable
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from bursar.estate.document import Document, Text, Values
from bursar.vocab.role import Role

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class GroupRole(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A role, for all rows or only for those of some teams or products."""

    role: Annotated[Role, Meta(description="What its holders may do.")]
    teams: Annotated[Values, Meta(description="Only with the rows of these teams; all if not written.")] = []
    products: Annotated[
        Values, Meta(description="Only with the rows of these products; all if not written.")
    ] = []


class SignIn(Document, kw_only=True, frozen=True, tag_field="kind", tag="sign_in"):
    """An identity provider whose people may sign in, and the roles that its groups give."""

    KIND = "sign_in"

    label: Annotated[Text, Meta(description="What the button says; the name if not written.")] = ""
    issuer: Annotated[
        str,
        Meta(
            pattern=r"^https?://[^\s?#]+$",
            max_length=2000,
            description="Its issuer, exactly as it names itself. https, save for this machine or with "
            "allow_http.",
        ),
    ]
    client_id: Annotated[
        str, Meta(min_length=1, max_length=500, description="The id under which it knows this installation.")
    ]
    client_secret: Annotated[
        str,
        Meta(
            pattern=r"^(env:[A-Za-z_][A-Za-z0-9_]*|file:.+|literal:.+|none)$",
            max_length=2000,
            description="Where the client's secret is: env:NAME, file:PATH, literal:SECRET (warned about) or "
            "none.",
        ),
    ] = "none"  # noqa: S105 - says that there is none
    scopes: Annotated[Values, Meta(description="What is asked for beside openid.")] = msgspec.field(
        default_factory=lambda: ["profile", "email"]
    )
    groups_claim: Annotated[
        Text, Meta(description="The claim that lists somebody's groups; a.b for a claim in another one.")
    ] = "groups"
    groups: Annotated[
        dict[str, list[GroupRole]],
        Meta(description="The roles of each group's members; read anew at each sign-in."),
    ] = {}
    default_roles: Annotated[
        list[GroupRole], Meta(description="The roles of everybody whom the provider signs in.")
    ] = []
    email_domains: Annotated[
        Values, Meta(description="Only people with an address in one of these; everybody if not written.")
    ] = []
    trust_email: Annotated[
        bool,
        Meta(description="Whether addresses count although the provider does not say that it checked them."),
    ] = False
    ask: Annotated[Text, Meta(description="Whom to ask for a role; told to whoever has none.")] = ""
    allow_http: Annotated[
        bool, Meta(description="Whether the provider may be reached without TLS, on any machine.")
    ] = False


def may_be_asked(url: str, *, allow_http: bool) -> bool:
    """Whether an address of a provider is one that secrets may be sent to."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return False
    if parts.scheme == "https":
        return bool(host) and not parts.username
    return parts.scheme == "http" and bool(host) and (allow_http or _is_this_machine(host))


def check_sign_in(plain: dict[str, Any]) -> Iterable[tuple[str, str]]:
    """What a record of plain values demands beyond the types of its fields."""
    if not _NAME.fullmatch(plain["name"]):
        yield "name", "name is part of an address: letters, digits and . _ -, at most 64"
    if not may_be_asked(plain["issuer"], allow_http=bool(plain.get("allow_http"))):
        yield (
            "issuer",
            "issuer is not https: write https://..., or allow_http: true",
        )


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
