"""Two teams that must not know of each other, and a walk over every route there is in somebody's name."""

import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice, product
from pathlib import Path
from typing import Any

import msgspec
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
{{kind: budget, name: bongo-company, amount: {{base: "900000", per: {{bongo-driver: "7"}}}}, period: year}}
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
    )
    for alert in plane.desk.alerts(limit=10):
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


# -- the walk ------------------------------------------------------------------------------------------------


class Asked(msgspec.Struct, frozen=True):
    """A request of an operation, and what came back."""

    key: str  # the method and the path as OpenAPI has it
    question: str
    status: int
    text: str

    def __str__(self) -> str:
        return f"{self.key} [{self.question}] -> {self.status} {self.text[:200]}"


PREFIX = "/api/v1"
STREAMS = ("GET /api/v1/live",)
"""What answers without end; test_live.py asks it in everybody's name."""

LAST = ("POST /api/v1/auth/sign-out", "DELETE /api/v1/sessions")
"""What signs whoever walks out."""

_SPAN = ("from", "2026-11-01")
_FILTERS = tuple(
    ("filter", f"{name}:{value}")
    for name, value in (
        *(
            (name, HIDDEN[name])
            for name in ("team", "product", "use_case", "environment", "model", "provider")
        ),
        ("tag:tenant", HIDDEN["tag"]),
        ("team", "search"),
    )
)
_DIMENSIONS = (
    "team",
    "product",
    "use_case",
    "environment",
    "model",
    "provider",
    "key",
    "tag:tenant",
    "tag:dikdik-key",
)
# What is asked of a parameter, by its name; each alone, and every measure and grain beside the `by`s.
VALUES: Mapping[str, Sequence[str]] = {
    "from": ["2026-11-01", "1970-01-01"],
    "to": ["9999-12-31"],
    "by": [*_DIMENSIONS, "team,product"],
    "grain": ["day"],
    "measure": ["cost", "calls", "tokens", "error_rate", "latency_p99"],
    "filter": [value for _, value in _FILTERS],
    "top": ["1", "20"],
    "tz": ["Europe/Berlin"],
    "compare": ["previous"],
    "format": ["csv", "parquet"],
    "dimension": [*_DIMENSIONS],
    "q": ["z", "zebra", "q", "s"],
    "limit": ["1", "1000"],
    "of": ["everyone"],
    "budget": ["zebra-budget", "each-team", "team-search"],
    "state": ["open", "waiting", "sent"],
    "kind": [
        "team",
        "product",
        "use_case",
        "budget",
        "policy",
        "tier",
        "limit",
        "channel",
        "sign_in",
        "provider",
    ],
    "name": [HIDDEN["team"], HIDDEN["product"], "zebra-budget", "some-teams", "zebra-policy", "for-all"],
    "actor": ["carol@example.com"],
    "action": ["estate.*"],
    "subject": ["team/" + HIDDEN["team"]],
    "before": ["5"],
    "head": ["0" * 64],
    "cursor": ["1795000000000000-30"],
    "page": ["explore"],
    "person": ["PERSON"],
    "flag": ["x"],
    "min_cost_usd": ["1"],
    "value": [HIDDEN["team"], "search"],
    "min_cost": ["1"],
}
NEEDED: Mapping[str, Mapping[str, str]] = {
    "/api/v1/estate/history": {"kind": "team", "name": HIDDEN["team"]},
    "/api/v1/values": {"dimension": "team"},
    "/api/v1/explore": {"by": "team"},
}
"""Parameters without which a route answers nothing."""

BODIES: Mapping[str, Sequence[Any]] = {
    "POST /api/v1/people": [{"email": "new@example.com", "roles": [{"role": "administrator"}]}],
    "PATCH /api/v1/people/{person_id}": [{"name": "changed"}, {"roles": [{"role": "administrator"}]}],
    "POST /api/v1/tokens": [
        {"name": "t", "expires": "1d"},
        {"name": "t", "expires": "1d", "person": "PERSON"},
    ],
    "POST /api/v1/estate/apply": [
        {"documents": [{"kind": "team", "name": HIDDEN["team"]}], "dry_run": True},
        {"documents": [{"kind": "product", "name": "x", "team": "zebra-tea"}], "dry_run": True},
    ],
    "POST /api/v1/policy/explain": [
        {"key": "KEY", "model": "gpt-4o"},
        {"key": "OWN KEY", "model": "gpt-4o"},
        {"key": "OWN KEY", "model": HIDDEN["model"]},
        {"key": "OWN KEY", "model": "gpt-4o", "tags": {"team": HIDDEN["team"]}},
        {"key": "OWN KEY", "model": "gpt-4o", "tags": {"product": HIDDEN["product"]}},
        {"key": "zebra", "model": "gpt-4o"},
    ],
    "POST /api/v1/policy/effect": [{"documents": [{"kind": "team", "name": "search"}]}],
    "POST /api/v1/keys": [
        {"team": HIDDEN["team"]},
        {"team": "zebra-tea"},
        {"team": "search", "product": HIDDEN["product"]},
        {"team": "search", "product": "quagga-produc"},
        {"team": "search", "product": "answers", "use_case": "okapi-cas"},
        {"team": "search", "product": "answers", "may_set": ["team"]},
    ],
    "POST /api/v1/budget-workers/{worker}/write-off": [{"charge": "lent", "reason": "r"}],
    "POST /api/v1/drivers": [{"name": "bongo-driver", "value": "76543"}],
    "POST /api/v1/budgets/{name}/grants": [
        {"amount": "1", "until": "1d", "reason": "r"},
        {"amount": "1", "until": "1d", "reason": "r", "value": HIDDEN["team"]},
    ],
    "POST /api/v1/budgets/{name}/pause": [{"reason": "r"}, {"reason": "r", "value": HIDDEN["team"]}],
    "POST /api/v1/budgets/{name}/resume": [{}],
    "POST /api/v1/approvals/{request_id}/grant": [{"calls": 1, "reason": "r"}],
    "POST /api/v1/approvals/{request_id}/decline": [{"reason": "r"}],
    "POST /api/v1/views": [{"name": "n", "page": "explore", "state": ""}],
    "PATCH /api/v1/views/{view_id}": [{"name": "mine now"}],
    "POST /api/v1/auth/link": [{"token": "x" * 43}],
}
NOTHING: Mapping[str, str] = {
    "worker": "worker-0",
    "token": "00000000-0000-7000-8000-000000000000." + "x" * 43,
}
"""Path parameters of things that are nobody's."""


def operations(app: FastAPI) -> list[tuple[str, str, dict[str, Any]]]:
    """Every route: (method, path, what OpenAPI says of it); those that sign out come last."""
    found = [
        (method.upper(), path, operation)
        for path, of_path in app.openapi()["paths"].items()
        for method, operation in of_path.items()
    ]
    return sorted(found, key=lambda each: (f"{each[0]} {each[1]}" in LAST, each[0] != "GET"))


def walk(world: World, browser: Browser, ids: Mapping[str, str], *, thorough: bool = True) -> Iterator[Asked]:
    """Every request that is made of a route, in a browser's name; `ids` fill the path.

    Not `thorough`: one of each route.
    """
    for method, path, operation in operations(world.app):
        key = f"{method} {path}"
        if key in STREAMS:
            continue
        asked = requests_of(world, method, path, operation, ids)
        for address, params, body in asked if thorough else islice(asked, 1):
            reply = browser.client.request(
                method, address, params=list(params), json=body, headers={"x-bursar-csrf": browser.csrf}
            )
            question = f"{address}?{'&'.join(map('='.join, params))} {msgspec.json.encode(body).decode()}"
            yield Asked(key, question, reply.status_code, _text(reply))


def requests_of(
    world: World, method: str, path: str, operation: Mapping[str, Any], ids: Mapping[str, str]
) -> Iterator[tuple[str, tuple[tuple[str, str], ...], Any]]:
    """Addresses, queries and bodies; an AssertionError where this file does not know how to ask."""
    given = {**NOTHING, **ids}
    places = re.findall(r"\{(\w+)\}", path)
    assert set(places) <= set(given), f"say in walking.py whose {places} of {path} are"
    address = path
    for place in places:
        name = given[place]
        if place == "name" and "oidc" in path:
            name = "nothing"
        elif place == "name" and "channels" in path:
            name = "zebra-channel" if ids is world.hidden else "nothing"
        address = address.replace(f"{{{place}}}", name)
    key = f"{method} {path}"
    if "requestBody" in operation:
        assert key in BODIES, f"say in walking.py what {key} is sent"
        for body in BODIES[key]:
            yield address, (), _filled(world, body)
        return
    if "oidc" in path:
        yield address, (), None
        return
    yield from ((address, params, None) for params in _queries(world, path, operation))


def _queries(world: World, path: str, operation: Mapping[str, Any]) -> Iterator[tuple[tuple[str, str], ...]]:
    names = [each["name"] for each in operation.get("parameters", ()) if each["in"] == "query"]
    unknown = set(names) - set(VALUES)
    assert not unknown, f"say in walking.py what {path} is asked by {unknown}"
    needed = dict(NEEDED.get(path, {}))
    if "from" in names:
        needed["from"] = "2026-11-01"
    base = tuple(needed.items())
    yield base
    for name in names:
        for value in VALUES[name]:
            asked = world.hidden["person_id"] if value == "PERSON" else value
            yield (*(pair for pair in base if pair[0] != name), (name, asked))
    if "by" in names and "filter" in names:
        rest = tuple(pair for pair in base if pair[0] not in ("by", "filter"))
        yield from ((*rest, ("by", "team,key"), chosen) for chosen in _FILTERS)
    if "measure" in names:
        rest = tuple(pair for pair in base if pair[0] not in ("by", "measure"))
        for by, measure in product(("team", "product,model"), VALUES["measure"]):
            yield (*rest, ("by", by), ("measure", measure))


def _filled(world: World, body: Any) -> Any:
    text = msgspec.json.encode(body).decode()
    for word, value in (
        ("OWN KEY", world.shown["key_id"]),
        ("KEY", world.hidden["key_id"]),
        ("PERSON", world.hidden["person_id"]),
    ):
        text = text.replace(f'"{word}"', f'"{value}"')
    return msgspec.json.decode(text)


def _text(reply: Any) -> str:
    """What a reply says, also where it is a table in Parquet."""
    if "parquet" in reply.headers.get("content-type", ""):
        import pyarrow as pa
        import pyarrow.parquet as pq

        return str(pq.read_table(pa.BufferReader(reply.content)).to_pylist())
    return str(reply.text)


def leaks(world: World, asked: Asked) -> list[str]:
    """Markers in an answer that were not in the question."""
    return [marker for marker in world.markers() if marker in asked.text and marker not in asked.question]
