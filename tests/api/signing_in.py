"""A control plane with people: browsers that sign in by link, and a clock that tests move."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from bursar.access import Doorkeeper, Role, RoleGrant, add_person, make_link
from bursar.access.secret import fresh
from bursar.api.access import access_routers
from bursar.api.app import create_app
from bursar.api.guard import Tokens
from bursar.config import credential_secret
from bursar.ledger.ledger import Ledger
from bursar.vocab.ids import uuid7
from bursar.vocab.instant import InstantUs

MINUTE_US = 60_000_000
ADMIN = {"authorization": "Bearer admin-secret"}
HOST = "http://testserver"
HTTPS_HOST = "https://testserver"


@dataclass
class Clock:
    """Stands still until it is moved."""

    at: int

    def __call__(self) -> InstantUs:
        return InstantUs(self.at)

    def move(self, minutes: float = 0, *, seconds: float = 0) -> None:
        self.at += int(minutes * MINUTE_US + seconds * 1_000_000)


@dataclass
class Browser:
    """Keeps cookies, repeats the CSRF secret, and never follows a redirect."""

    client: TestClient
    csrf: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, **further: Any) -> Any:
        return self.client.get(f"/api/v1{path}", **further)

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        sent = {"x-bursar-csrf": self.csrf, **headers}
        return self.client.request(method, f"/api/v1{path}", json=body, headers=sent)

    @property
    def token(self) -> str:
        return str(self.client.cookies.get("bursar_session") or "")

    @token.setter
    def token(self, value: str) -> None:
        self.client.cookies.clear()
        self.client.cookies.set("bursar_session", value, domain="testserver.local")

    def sign_in(self, secret: str) -> "Browser":
        reply = self.client.post("/api/v1/auth/link", json={"token": secret})
        assert reply.status_code == 204, reply.text
        self.csrf = self.get("/me").json()["csrf"]
        return self


@dataclass
class Console:
    """The application, its stores and its clock."""

    app: FastAPI
    engine: Engine
    keeper: Doorkeeper
    clock: Clock

    @contextmanager
    def browser(self) -> Iterator[Browser]:
        with TestClient(self.app, follow_redirects=False) as client:
            yield Browser(client)

    def person(self, email: str, *roles: RoleGrant) -> str:
        """Somebody new; their id."""
        person_id = uuid7(self.clock(), secrets.token_bytes(8))
        add_person(
            self.engine, person_id=person_id, email=email, name="", roles=roles, actor="t", now=self.clock()
        )
        return person_id

    def link(self, person_id: str) -> str:
        """The secret of a link that signs somebody in."""
        secret = fresh(secrets.token_bytes)
        make_link(self.engine, person_id, secret=secret, actor="t", now=self.clock())
        return secret

    @contextmanager
    def signed_in(self, email: str, *roles: RoleGrant) -> Iterator[Browser]:
        with self.browser() as browser:
            yield browser.sign_in(self.link(self.person(email, *roles)))


def role(name: Role, *, teams: tuple[str, ...] = (), products: tuple[str, ...] = ()) -> RoleGrant:
    return RoleGrant(name, teams, products)


def console_on(
    ledger: Ledger,
    engine: Engine,
    clock: Clock,
    *,
    is_https: bool = False,
    routers: tuple[APIRouter, ...] = (),
) -> Console:
    """A console over opened stores."""
    keeper = Doorkeeper(engine, random_bytes=secrets.token_bytes, now=clock)
    ways_in = access_routers(
        engine,
        keeper,
        console_url=HTTPS_HOST if is_https else HOST,
        read_secret=lambda text: credential_secret(text, {}),
        random_bytes=secrets.token_bytes,
        now=clock,
    )
    app = create_app(
        ledger=ledger,
        engine=engine,
        tokens=Tokens(admin="admin-secret", internal="internal-secret"),
        now=clock,
        keeper=keeper,
        is_https=is_https,
        routers=(*ways_in.routers, *routers),
        open_routers=ways_in.open_routers,
    )
    return Console(app, engine, keeper, clock)
