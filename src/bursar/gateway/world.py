"""The declared world as the hot path needs it: everything of one estate revision, looked up by name."""

import contextlib
import hashlib
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import Final
from urllib.parse import quote

import msgspec

from bursar.budgets.matching import declared_of
from bursar.catalogue import Catalogue
from bursar.estate.kinds import Model, Provider
from bursar.estate.routes import ModelRoute
from bursar.estate.snapshot import Grant, Key, Snapshot
from bursar.estate.span import span_us
from bursar.estate.wires import ANSWERED_BY
from bursar.gateway.paths import Route
from bursar.gateway.refusal import Refusal
from bursar.http1 import Origin, Timeouts
from bursar.limits.index import LimitIndex
from bursar.policy import Rulebook, ladder
from bursar.vocab.errors import BursarError, near_names

ReadCredential = Callable[[str], str]

_AZURE_API_VERSION: Final = "2024-10-21"
_MEMO_MAX: Final = 10_000
_NOWHERE: Final = Origin(scheme="http", host="invalid", port=80)
_HEADER: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+:[\t\x20-\x7e\xa0-\xff]*")


class ProviderRoute(msgspec.Struct, frozen=True, kw_only=True):
    """A provider, ready to be called."""

    document: Provider
    origin: Origin
    versioned: bool  # the base URL already names the API's version, so that paths follow it without
    header_block: bytes  # credential and own headers, as whole lines
    own_headers: frozenset[bytes]  # lower-case names that replace the caller's
    timeouts: Timeouts
    fault: str = ""  # why it cannot be called, in words


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """Where one model name leads."""

    provider: ProviderRoute
    model: str  # the name reports speak of
    upstream_model: str


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """A declared route as the callers of one wire see it: only targets that they reach, at least one."""

    name: str
    targets: tuple[Target, ...]
    weights: tuple[int, ...]  # beside the targets
    by_weight: bool
    fallback_on: frozenset[str]
    cooldown_us: int
    attempts_max: int


def provider_route(document: Provider, read_credential: ReadCredential) -> ProviderRoute:
    """Prepare a provider; what cannot be used of it is its fault, told to whoever calls it.

    One provider that is declared wrongly must not keep the others from serving.
    """
    fault = ""
    origin = _NOWHERE
    headers: dict[str, str] = {}
    try:
        origin = Origin.parse(document.base_url)
        headers = _credential_headers(document.wire, read_credential(document.credential))
    except BursarError as error:
        fault = f"The provider {document.name} cannot be called: {error}."
    headers |= document.headers
    if any(not _HEADER.fullmatch(f"{name}:{value}") for name, value in headers.items()):
        fault = (
            f"The provider {document.name} cannot be called: a header or its credential has odd characters."
        )
        headers = {}
    return ProviderRoute(
        document=document,
        origin=origin,
        versioned=_names_version(document.wire, origin.path),
        header_block=b"".join(
            b"%b: %b\r\n" % (k.encode("latin-1"), v.encode("latin-1")) for k, v in headers.items()
        ),
        own_headers=frozenset(name.lower().encode("latin-1") for name in headers),
        timeouts=Timeouts(
            connect_s=document.timeouts.connect_s,
            first_byte_s=document.timeouts.first_byte_s,
            idle_s=document.timeouts.idle_s,
        ),
        fault=fault,
    )


def _names_version(wire: str, base: str) -> bool:
    """Whether a base URL stands for everything up to the version, as vendors write it for their SDKs.

    OpenAI-compatible servers have the version anywhere (`/openai/v1`, `/v1beta/openai`) or call it beta;
    Vertex AI has it before the project, and the publisher last.
    """
    parts = base.split("/")
    if wire == "openai":
        return parts[-1] == "beta" or any(_is_version(part) for part in parts)
    return _is_version(parts[-1]) or (wire == "gemini" and "publishers" in parts)


def _is_version(part: str) -> bool:
    return part[:1] == "v" and part[1:2].isdigit()


def _credential_headers(wire: str, secret: str) -> dict[str, str]:
    """Where each wire's own SDK puts its key."""
    if not secret:
        return {}
    if wire == "anthropic":
        return {"x-api-key": secret}
    if wire == "gemini":
        return {"x-goog-api-key": secret}
    if wire == "azure":
        return {"api-key": secret}
    return {"authorization": f"Bearer {secret}"}


def _rules_of(snapshot: Snapshot) -> Rulebook | None:
    """Tiers, policies, and what ladders of budgets have put in force; None where there are none."""
    policies = ladder.policies_in_force(snapshot)
    return Rulebook(snapshot.tiers, policies) if snapshot.tiers or policies else None


class World:
    """One revision of the estate; replaced as a whole when the estate or a key changes."""

    def __init__(self, snapshot: Snapshot, catalogue: Catalogue, read_credential: ReadCredential) -> None:
        self.revision = snapshot.revision
        self.catalogue = catalogue
        self._keys = {key.secret_sha256: key for key in snapshot.keys}
        self._providers = {p.name: provider_route(p, read_credential) for p in snapshot.providers}
        self._models = {m.name: m for m in snapshot.models}
        self.budgets = snapshot.budgets
        self.budgets_declared = declared_of(snapshot) if snapshot.budgets else 0
        self.drivers: Mapping[str, Decimal] = {
            driver.name: Decimal(driver.value) for driver in snapshot.drivers
        }
        self._declared = frozenset(m.provider for m in snapshot.models)  # providers whose models are listed
        self._values: Mapping[str, frozenset[str]] = {
            "team": frozenset(d.name for d in snapshot.teams),
            "product": frozenset(d.name for d in snapshot.products),
            "use-case": frozenset(d.name for d in snapshot.use_cases),
            "environment": frozenset(d.name for d in snapshot.environments),
        }
        self._targets: dict[tuple[str, str], Target] = {}
        self.routes = {route.name: route for route in snapshot.routes}
        limits = (*snapshot.limits, *ladder.limits_of(snapshot.interventions))
        self.limits = LimitIndex(limits) if limits else None
        self._plans: dict[tuple[str, str], Plan] = {}
        self.rules = _rules_of(snapshot)
        self._grants: dict[tuple[str, str], tuple[Grant, ...]] = {}
        for grant in snapshot.grants:
            place = (grant.key_id, grant.model)
            self._grants[place] = (*self._grants.get(place, ()), grant)

    # -- who is calling ------------------------------------------------------------------------------

    def key_of(self, secret: bytes) -> Key | None:
        """The key of a secret, live or not."""
        return self._keys.get(hashlib.sha256(secret).hexdigest())

    def known_values(self, tag: str) -> frozenset[str]:
        """The declared values of a tag; empty when none are declared, and then any is allowed."""
        return self._values.get(tag, frozenset())

    def tiers_of(self, target: Target) -> tuple[str, ...]:
        """The tiers that the model of a target belongs to."""
        if self.rules is None:
            return ()
        listing = self.rules.tiers_of(target.model, target.upstream_model, target.provider.document.name)
        return tuple(tier.name for tier in listing)

    def grants(self, key_id: str, model: str, at_us: int) -> tuple[Grant, ...]:
        """The approvals that a key has for a model at an instant; what is left of them the store knows."""
        found = self._grants.get((key_id, model))
        if found is None:
            return ()
        return tuple(grant for grant in found if grant.until_us is None or grant.until_us > at_us)

    # -- where a model leads -------------------------------------------------------------------------

    def target(self, route: Route, name: str) -> Target:
        """Where `name` leads for a caller of this wire; Refusal 404 names near ones."""
        memo = (route.wire, name)
        found = self._targets.get(memo)
        if found is None:
            found = self._find_target(route.wire, name)
            if len(self._targets) < _MEMO_MAX:
                self._targets[memo] = found
        return found

    def plan(self, route: Route, name: str) -> Plan | None:
        """The declared route of this name, if there is one; Refusal 404 if no target speaks the wire."""
        document = self.routes.get(name)
        if document is None:
            return None
        memo = (route.wire, name)
        found = self._plans.get(memo)
        if found is None:
            found = self._plans[memo] = self._make_plan(route, document)
        return found

    def _make_plan(self, route: Route, document: ModelRoute) -> Plan:
        reached: list[tuple[Target, int]] = []
        refused: Refusal | None = None
        for declared in document.targets:
            try:
                reached.append((self.target(route, declared.model), declared.weight))
            except Refusal as refusal:
                refused = refused or refusal
        if refused is not None and not reached:
            raise refused
        return Plan(
            name=document.name,
            targets=tuple(target for target, _ in reached),
            weights=tuple(weight for _, weight in reached),
            by_weight=document.order == "by_weight",
            fallback_on=frozenset(document.fallback_on),
            cooldown_us=span_us(document.cooldown),
            attempts_max=document.attempts_max,
        )

    def _find_target(self, wire: str, name: str) -> Target:
        document = self._models.get(name)
        if document is not None:
            return self._documented(wire, document)
        prefix, slash, rest = name.partition("/")
        if slash and rest and prefix in self._providers:
            return self._checked(wire, prefix, self._models.get(rest), rest)
        fitting = [p for p in self._of_wire(wire) if self._fits(p, name)]
        if len(fitting) == 1:
            return Target(provider=fitting[0], model=name, upstream_model=name)
        if fitting:
            names = ", ".join(p.document.name for p in fitting)
            raise Refusal(
                404,
                "model_ambiguous",
                f"The model {name!r} could be served by {names}. Write {fitting[0].document.name}/{name}, "
                "or declare it with a `kind: model` document.",
            )
        near = self._near(wire, name)
        alone = self._of_wire(wire)
        if not near and len(alone) == 1 and alone[0].document.name not in self._declared:
            # No slip of the pen, so perhaps a newest model: its vendor knows, and it shows as unpriced.
            return Target(provider=alone[0], model=name, upstream_model=name)
        raise self._unknown(wire, name, near)

    def _documented(self, wire: str, document: Model) -> Target:
        provider = self._providers.get(document.provider)
        if provider is None:
            raise Refusal(
                503,
                "provider_missing",
                f"The model {document.name!r} needs the provider {document.provider!r}.",
            )
        self._check_wire(wire, provider, document.name)
        return Target(
            provider=provider,
            model=document.name,
            upstream_model=document.upstream_model or document.name,
        )

    def _checked(self, wire: str, provider_name: str, document: Model | None, name: str) -> Target:
        if document is not None and document.provider == provider_name:
            return self._documented(wire, document)
        provider = self._providers[provider_name]
        self._check_wire(wire, provider, name)
        return Target(provider=provider, model=name, upstream_model=name)

    def _check_wire(self, wire: str, provider: ProviderRoute, name: str) -> None:
        if provider.document.wire not in ANSWERED_BY[wire]:
            raise Refusal(
                404,
                "model_on_other_wire",
                f"The model {name!r} is served by {provider.document.name} on the {provider.document.wire} "
                f"wire; call it with that vendor's SDK and path instead of the {wire} one.",
            )

    def _of_wire(self, wire: str) -> list[ProviderRoute]:
        return [p for p in self._providers.values() if p.document.wire in ANSWERED_BY[wire]]

    def _fits(self, provider: ProviderRoute, name: str) -> bool:
        """A provider serves what the catalogue lists for it; an unlisted one what is declared, or all.

        Where models are declared, the catalogue adds its own names, dated ones too, but no alias that it
        would only match by its pattern: that may be a slip.
        """
        known = self.catalogue.knows(provider.document.name, name)
        if provider.document.name not in self._declared:
            return True if known is None else known
        return bool(known) and any(
            name == listed or name.startswith((f"{listed}-2", f"{listed}@2"))
            for listed in self.catalogue.models(provider.document.name)
        )

    def _near(self, wire: str, name: str) -> list[str]:
        """Known names that look like this one."""
        names = {*self._models, *self.routes}
        for provider in self._of_wire(wire):
            names.update(self.catalogue.models(provider.document.name))
        return near_names(name, names)

    def _unknown(self, wire: str, name: str, near: list[str]) -> Refusal:
        hint = f" Did you mean {' or '.join(near)}?" if near else ""
        hint += " GET /v1/models lists what this key may use"
        if not self._of_wire(wire):
            hint = f" No provider of the {wire} wire is set up: add a `kind: provider` document"
        return Refusal(
            404,
            "model_not_found",
            f"The model {name!r} is not known here.{hint}; `provider/model` sends a name as it is.",
        )

    def declared_for(self, key: Key, wire: str) -> list[str]:
        """The models of the estate that the key may name on a wire, in order of name."""
        names = []
        for model in self._models.values():
            provider = self._providers.get(model.provider)
            answers = provider is not None and provider.document.wire in ANSWERED_BY[wire]
            if answers and may_use(key, model.name):
                names.append(model.name)
        return sorted(names)

    def models_for(self, key: Key, wire: str) -> list[tuple[str, str]]:
        """(model, provider) pairs that the key may use on a wire, in order of name."""
        found = {m.name: m.provider for m in self._models.values() if m.provider in self._providers}
        for provider in self._providers.values():
            for name in self.catalogue.models(provider.document.name):
                found.setdefault(name, provider.document.name)
        wires = ANSWERED_BY[wire]
        listed = {n: p for n, p in found.items() if self._providers[p].document.wire in wires}
        for name, document in self.routes.items():
            if first := self._first_of(wire, document):
                listed[name] = first
        return sorted((name, provider) for name, provider in listed.items() if may_use(key, name))

    def _first_of(self, wire: str, document: ModelRoute) -> str:
        """The provider of a route's first target that callers of the wire reach; empty if none."""
        for declared in document.targets:
            with contextlib.suppress(Refusal):
                return self._find_target(wire, declared.model).provider.document.name
        return ""


def may_use(key: Key, model: str) -> bool:
    return not key.models or any(fnmatchcase(model, glob) for glob in key.models)


def upstream_target(route: Route, target: Target, path: str, query: str) -> bytes:
    """The request target at the provider: base path, the path with the upstream's model, and the query."""
    provider = target.provider
    base = provider.origin.path
    if provider.document.wire == "azure":
        path, query = _azure_target(route, target, path, query)
    elif route.wire == "azure":
        path, query = f"/v1/{route.action}", _without(query, "api-version")
    elif route.wire == "gemini":
        version = path.split("/", 2)[1]
        path = f"/{version}/models/{quote(target.upstream_model, safe='')}:{route.action}"
    if provider.versioned and path.startswith("/v1"):
        path = path[path.index("/", 1) :]
    full = base + path
    return f"{full}?{query}".encode("latin-1") if query else full.encode("latin-1")


def _azure_target(route: Route, target: Target, path: str, query: str) -> tuple[str, str]:
    """The deployment goes into the path, except for responses: those name it in the body."""
    if route.operation == "responses":
        return ("/openai/responses", query) if "api-version=" in query else ("/openai/v1/responses", query)
    rest = route.action if route.wire == "azure" else path.removeprefix("/v1/")
    if "api-version=" not in query:
        version = f"api-version={target.provider.document.api_version or _AZURE_API_VERSION}"
        query = f"{query}&{version}" if query else version
    return f"/openai/deployments/{quote(target.upstream_model, safe='')}/{rest}", query


def _without(query: str, name: str) -> str:
    return "&".join(part for part in query.split("&") if not part.startswith(f"{name}="))


def without_key(query: str) -> tuple[str, str]:
    """A Gemini query without its `key`, and that key."""
    parts = query.split("&")
    keys = [part[4:] for part in parts if part.startswith("key=")]
    return "&".join(part for part in parts if not part.startswith("key=")), keys[0] if keys else ""
