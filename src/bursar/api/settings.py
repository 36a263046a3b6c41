"""GET /api/v1/settings: how one signs in here, how long what is kept, and in which zone days begin."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from bursar import __version__, directory
from bursar.access import Principal
from bursar.access.links import LINK_US
from bursar.access.sessions import ABSOLUTE_US, IDLE_US, ROTATE_US
from bursar.api.permission import need
from bursar.api.problems import responses
from bursar.api.roles import RoleReply
from bursar.api.services import WithServices
from bursar.estate.document import listed
from bursar.estate.retention import in_force
from bursar.estate.sign_in import GroupRole, SignIn

ReadsSettings = Annotated[Principal, need("settings.read")]

_KEPT: tuple[str, ...] = ("events", "prices", "estate", "audit", "alerts")


class GroupReply(BaseModel):
    """A group of an identity provider and what its members may do."""

    group: str
    roles: list[RoleReply]


class SignInReply(BaseModel):
    """An identity provider; its secret is not shown, also not where it is."""

    name: str
    label: str
    issuer: str
    client_id: str
    redirect_url: str = Field(description="What the provider must allow as the way back.")
    scopes: list[str]
    groups_claim: str
    groups: list[GroupReply]
    default_roles: list[RoleReply]
    email_domains: list[str]
    ask: str


class RetentionReply(BaseModel):
    """How many days what is over is kept; what is kept for good is never deleted or rewritten."""

    messages_days: int
    sessions_days: int
    links_days: int
    tokens_days: int
    declared: bool = Field(description="Whether the estate says so; otherwise these are the defaults.")
    kept_for_good: list[str]


class SessionsSetting(BaseModel):
    """How long a browser stays signed in."""

    ends_after_s: int
    ends_idle_after_s: int
    rotates_after_s: int
    link_ends_after_s: int


class SettingsReply(BaseModel):
    """What holds for this installation."""

    version: str
    console_url: str
    time_zone: str = Field(description="Where days begin if a question does not say.")
    currency: str
    sign_in: list[SignInReply]
    sign_in_link: bool
    sessions: SessionsSetting
    retention: RetentionReply


def settings_router(*, console_url: str) -> APIRouter:
    """The route; `console_url` is how browsers reach the console."""
    router = APIRouter(tags=["access"])

    @router.get("/settings", responses=responses(503))
    def read_settings(who: ReadsSettings, services: WithServices) -> SettingsReply:
        """What holds for this installation. It is changed by documents of the kinds sign_in and retention."""
        snapshot = directory.snapshot(services.engine)
        kept = in_force(snapshot.retention)
        return SettingsReply(
            version=__version__,
            console_url=console_url,
            time_zone="UTC",
            currency="USD",
            sign_in=[_sign_in(one, console_url) for one in snapshot.sign_ins],
            sign_in_link=True,
            sessions=SessionsSetting(
                ends_after_s=ABSOLUTE_US // 1_000_000,
                ends_idle_after_s=IDLE_US // 1_000_000,
                rotates_after_s=ROTATE_US // 1_000_000,
                link_ends_after_s=LINK_US // 1_000_000,
            ),
            retention=RetentionReply(
                messages_days=kept.messages_days,
                sessions_days=kept.sessions_days,
                links_days=kept.links_days,
                tokens_days=kept.tokens_days,
                declared=bool(snapshot.retention),
                kept_for_good=list(_KEPT),
            ),
        )

    return router


def _sign_in(document: SignIn, console_url: str) -> SignInReply:
    return SignInReply(
        name=document.name,
        label=document.label or document.name,
        issuer=document.issuer,
        client_id=document.client_id,
        redirect_url=f"{console_url}/api/v1/auth/oidc/{document.name}/callback",
        scopes=list(listed(document.scopes)),
        groups_claim=document.groups_claim,
        groups=[
            GroupReply(group=group, roles=[_role(one) for one in roles])
            for group, roles in sorted(document.groups.items())
        ],
        default_roles=[_role(one) for one in document.default_roles],
        email_domains=[one for one in listed(document.email_domains) if one],
        ask=document.ask,
    )


def _role(role: GroupRole) -> RoleReply:
    teams, products = (list(filter(None, listed(names))) for names in (role.teams, role.products))
    # As it was declared, which holds no names that a document may not have: nothing is to be checked again.
    return RoleReply.model_construct(role=role.role, teams=teams, products=products)
