"""Two teams that must not know of each other: the product with the rows of both, and their marks."""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from alert_worlds import NOW, USD, Plane, account
from fastapi import APIRouter, FastAPI
from fastapi.testclient import TestClient
from ledger_data import Feed, event
from signing_in import Browser, Clock
from sqlalchemy import Engine

from bursar import access, directory
from bursar.access import Doorkeeper, RoleGrant
from bursar.access.tables import SIGN_IN_ATTEMPTS
from bursar.api.feed import Feed as Live
from bursar.api.live import live_json
from bursar.app import control_app
from bursar.config import Config
from bursar.directory import KeyRequest, Wanted
from bursar.directory.views import View, save_view
from bursar.estate.parse import parse
from bursar.ledger.ledger import Ledger
from bursar.vocab.event import Event
from bursar.vocab.ids import uuid7
from bursar.vocab.instant import InstantUs
from bursar.vocab.usage import Usage

DAY_US = 86_400_000_000
HIDDEN = {
    "team": "zebra-team",
    "product": "quagga-product",
    "use_case": "okapi-case",
    "tag": "gnu-tenant",
    "model": "eland-model",
    "environment": "nyala-environment",
    "provider": "kudu-provider",
}
SHOWN = {"team": "search", "product": "answers", "use_case": "chat"}
HIDDEN_COST_PICO = 7_654_321_987_654_321
SHOWN_COST_PICO = 1_000_000_000_000
HIDDEN_TOKENS = 87_654_321

ESTATE = f"""
kind: provider
name: mock
wire: openai
base_url: http://127.0.0.1:1
credential: literal:sk-very-secret
---
{{kind: team, name: search, owner: ana@example.com}}
---
{{kind: team, name: {HIDDEN["team"]}, owner: impala-owner, cost_centre: "oryx-centre"}}
---
{{kind: product, name: answers, team: search}}
---
{{kind: product, name: {HIDDEN["product"]}, team: {HIDDEN["team"]}, owner: impala-owner}}
---
{{kind: use_case, name: chat, product: answers}}
---
{{kind: use_case, name: {HIDDEN["use_case"]}, product: {HIDDEN["product"]}}}
---
kind: budget
name: team-search
owner: ana@example.com
amount: "100"
scope: {{team: search}}
thresholds: [{{at: 80, steps: [{{do: clamp, output_tokens_max: 500}}, {{do: notify}}]}}]
---
{{kind: budget, name: answers-budget, amount: "50", scope: {{product: answers}}, parent: bongo-company}}
---
kind: budget
name: zebra-budget
owner: impala-owner
amount: "76543.219"
scope: {{team: {HIDDEN["team"]}}}
thresholds: [{{at: 80, steps: [{{do: clamp, output_tokens_max: 765}}, {{do: notify}}]}}]
---
{{kind: budget, name: each-team, amount: "44", each: team}}
---
{{kind: budget, name: some-teams, amount: "33", each: team, scope: {{team: [search, {HIDDEN["team"]}]}}}}
---
kind: budget
name: bongo-company
amount: {{base: "900000", per: {{bongo-driver: "7"}}}}
period: year
thresholds: [{{at: 80, steps: [{{do: clamp, output_tokens_max: 321}}]}}]
---
{{kind: limit, name: zebra-limit, scope: {{team: {HIDDEN["team"]}}}, requests_per_minute: 765}}
---
kind: limit
name: each-limit
each: team
scope: {{team: [search, {HIDDEN["team"]}]}}
requests_per_minute: 10
---
{{kind: tier, name: some-tier, models: "gpt-*", allowed: [{{team: search}}, {{team: {HIDDEN["team"]}}}]}}
---
{{kind: tier, name: closed-tier, models: "{HIDDEN["model"]}*", allowed: {{team: {HIDDEN["team"]}}}}}
---
kind: policy
name: zebra-policy
match: {{team: {HIDDEN["team"]}}}
effect: deny
reason: because of the {HIDDEN["team"]}
examples: [{{call: {{team: {HIDDEN["team"]}, model: gpt-4o}}, expect: deny}}]
---
kind: policy
name: for-all
match: {{environment: staging}}
effect: deny
examples:
  - {{call: {{team: {HIDDEN["team"]}, environment: staging, model: gpt-4o}}, expect: deny}}
  - {{call: {{team: search, product: answers, environment: staging, model: gpt-4o}}, expect: deny}}
---
{{kind: policy, name: expressed, when: 'team == "{HIDDEN["team"]}"', effect: warn}}
---
{{kind: policy, name: on-budget, match: {{budget: {{name: zebra-budget, used_over: 76}}}}, effect: warn}}
---
kind: channel
name: zebra-channel
url: literal:webhook+http://127.0.0.1:1/in
secret: literal:hook-very-secret
for_owners: ["impala*"]
digest_seconds: 0
---
kind: channel
name: own-channel
url: literal:webhook+http://127.0.0.1:1/in
secret: literal:hook-very-secret
for_owners: ["ana*"]
digest_seconds: 0
---
kind: sign_in
name: corp
issuer: https://issuer.example
client_id: client
client_secret: literal:client-very-secret
groups: {{zebras: [{{role: viewer, teams: {HIDDEN["team"]}}}]}}
"""

MARKERS = (
    *HIDDEN.values(),
    *("zebra", "quagga", "okapi", "gnu-", "eland", "nyala", "kudu", "impala", "oryx", "bongo", "dikdik"),
    *("7654.32", "765432", "8765432", "87654321", "76543", "very-secret", "carol@", "15308.64", "15309.64"),
)
"""What nobody who is limited to what is SHOWN may ever read: names, and digits of amounts and of sums."""


@dataclass
class World:
    """The product with both teams' rows in it; `hidden` are ids of the other team's rows, by parameter."""

    app: FastAPI
    engine: Engine
    clock: Clock
    keeper: Doorkeeper
    admin_token: str
    hidden: dict[str, str] = field(default_factory=dict)
    shown: dict[str, str] = field(default_factory=dict)

    @contextmanager
    def browser(self, *roles: RoleGrant, email: str = "") -> Iterator[Browser]:
        """Somebody who is signed in; the walks before have failed to sign in from the same address."""
        with self.engine.begin() as connection:
            connection.execute(SIGN_IN_ATTEMPTS.delete())
        secret, person = access.fresh(secrets.token_bytes), self.person(email, *roles)
        access.make_link(self.engine, person, secret=secret, actor="t", now=self.clock())
        with TestClient(self.app, follow_redirects=False) as client:
            yield Browser(client).sign_in(secret)

    def person(self, email: str, *roles: RoleGrant) -> str:
        person = uuid7(self.clock(), secrets.token_bytes(8))
        access.add_person(
            self.engine,
            person_id=person,
            email=email or f"p-{secrets.token_hex(6)}@example.com",
            name="Somebody",
            roles=roles,
            actor="t",
            now=self.clock(),
        )
        return person

    @property
    def nobodys(self) -> dict[str, str]:
        """Ids as the other team's, of things that are not there."""
        return {
            name: "no-such-budget" if name == "name" else "00000000-0000-7000-8000-000000000000"
            for name in self.hidden
        }

    def markers(self) -> tuple[str, ...]:
        """MARKERS and the other team's ids."""
        return (*MARKERS, *(value for name, value in self.hidden.items() if name != "name"))


def make_world(
    folder: Path, ledger: Ledger, engine: Engine, further: Sequence[APIRouter] = ()
) -> tuple[World, Plane]:
    """Both teams with calls, keys, budgets, alerts, requests, rules and people."""
    clock = Clock(NOW + 3_600_000_000)
    plane = Plane(engine, ledger)
    config = Config.from_environ({}, home=folder / "home")
    config.files.create(lambda: secrets.token_urlsafe(32))
    keeper = Doorkeeper(engine, random_bytes=secrets.token_bytes, now=clock)
    live = Live(ledger, engine, now=clock, to_json=live_json, may_still=keeper.still)
    app = control_app(
        config,
        ledger=ledger,
        engine=engine,
        desk=plane.desk,
        keeper=keeper,
        feed=live,
        now=clock,
        further=further,
    )
    world = World(app, engine, clock, keeper, config.files.admin_token())
    documents = parse([*_sources()]).documents
    directory.apply(engine, documents, actor="carol@example.com", now=NOW)
    _keys(world)
    _calls(world, ledger)
    _alerts(world, plane)
    _approvals(world)
    _people(world)
    return world, plane


def _sources() -> Iterator[Any]:
    from bursar.estate.parse import Source

    yield Source(path="estate.yaml", text=ESTATE)


def _keys(world: World) -> None:
    for whose, names, ids in (("zebra key", HIDDEN, world.hidden), ("own key", SHOWN, world.shown)):
        tags = {name: names[name] for name in ("team", "product", "use_case")}
        key = directory.create_key(
            world.engine,
            KeyRequest(label=whose, **tags),
            key_id=uuid7(InstantUs(NOW), secrets.token_bytes(8)),
            secret="bsk_" + secrets.token_urlsafe(32),
            actor="t",
            now=NOW,
        )
        ids["key_id"] = key.id


def _calls(world: World, ledger: Ledger) -> None:
    def call(number: int, names: Mapping[str, str], ids: dict[str, str], **fields: Any) -> Event:
        made = event(
            number,
            started_at_us=NOW - number * 7_200_000_000,
            key_id=ids["key_id"],
            **{name: names[name] for name in ("team", "product", "use_case")},
            **fields,
        )
        ids["call_id"] = made.call_id
        return made

    hidden = [
        call(
            number,
            HIDDEN,
            world.hidden,
            model=HIDDEN["model"],
            environment=HIDDEN["environment"],
            provider=HIDDEN["provider"],
            tags={"tenant": HIDDEN["tag"], "dikdik-key": "x"},
            cost_pico=HIDDEN_COST_PICO,
            cost_list_pico=HIDDEN_COST_PICO,
            usage=Usage(tokens_input=HIDDEN_TOKENS, tokens_output=HIDDEN_TOKENS),
        )
        for number in (1, 3)
    ]
    shown = [
        call(
            number,
            SHOWN,
            world.shown,
            model="gpt-4o",
            tags={"tenant": "own"},
            cost_pico=SHOWN_COST_PICO,
            cost_list_pico=SHOWN_COST_PICO,
            usage=Usage(tokens_input=100, tokens_output=10),
        )
        for number in (2, 4)
    ]
    Feed(ledger).send(*hidden, *shown)


def _alerts(world: World, plane: Plane) -> None:
    plane.look(
        account(85),
        account(70_000, "zebra-budget", limit=76_543 * USD, amount=76_543 * USD, owner="impala-owner"),
        account(800_000, "bongo-company", limit=900_000 * USD, amount=900_000 * USD, owner="impala-owner"),
    )
    for alert in plane.desk.alerts(limit=10):
        if alert.crossing.budget == "bongo-company":
            continue
        ids = world.hidden if alert.crossing.budget == "zebra-budget" else world.shown
        ids["alert_id"] = alert.id
        ids["intervention_id"] = plane.desk.alert(alert.id).rules[0].intervention.id
    for message in plane.desk.messages(limit=10):
        ids = world.hidden if message.channel == "zebra-channel" else world.shown
        ids["message_id"] = message.id


def _approvals(world: World) -> None:
    for names, ids in ((HIDDEN, world.hidden), (SHOWN, world.shown)):
        wanted = Wanted(
            key_id=ids["key_id"],
            team=names["team"],
            rule="policy/for-all",
            model="gpt-4o",
            owner="",
            reason="ask",
            approvers=("administrator",),
            call_id=ids["call_id"],
        )
        ids["request_id"] = directory.request_approval(
            world.engine, wanted, request_id=uuid7(NOW, secrets.token_bytes(8)), now=NOW
        ).id


def _people(world: World) -> None:
    carol = world.person("carol@example.com", RoleGrant("viewer", (HIDDEN["team"],)))
    world.hidden |= {
        "person_id": carol,
        "name": "zebra-budget",
        "view_id": uuid7(NOW, secrets.token_bytes(8)),
    }
    view = View(
        id=world.hidden["view_id"],
        owner="carol@example.com",
        name="zebra view",
        page="explore",
        state=f"filter=team:{HIDDEN['team']}",
        shared=False,
        made_at_us=NOW,
        changed_at_us=NOW,
    )
    save_view(world.engine, view)
    token = access.create_token(
        world.engine,
        token_id=uuid7(NOW, secrets.token_bytes(8)),
        secret="bst_" + access.fresh(secrets.token_bytes),
        person=carol,
        name="zebra token",
        only=None,
        expires_at=InstantUs(world.clock() + DAY_US),
        actor="carol@example.com",
        now=world.clock(),
    )
    world.hidden["token_id"] = token.id
    with world.browser(RoleGrant("viewer", (HIDDEN["team"],)), email="carol2@example.com") as browser:
        world.hidden["session_id"] = browser.get("/sessions").json()["sessions"][0]["id"]
