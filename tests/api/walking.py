"""A walk over every route that there is, in somebody's name, with every question that this file knows."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice, product
from typing import Any

import msgspec
from fastapi import FastAPI
from signing_in import Browser
from two_teams import HIDDEN, World


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
    "durations": ["false"],
    "budget": ["zebra-budget", "each-team", "team-search"],
    "state": ["open", "waiting", "sent"],
    "period": ["week"],
    "model": ["gpt-4o", HIDDEN["model"]],
    "provider": ["openai"],
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
    "/api/v1/prices": {"provider": "openai", "model": "gpt-4o"},
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
