"""The laws of routes: every target is there and is no route, and some caller reaches them all."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from bursar.estate.kinds import AnyDocument, Model, Provider
from bursar.estate.parse import Placed
from bursar.estate.problem import Problem
from bursar.estate.routes import ModelRoute
from bursar.estate.wires import have_a_caller
from bursar.vocab.errors import near_names

_HOW: Final = "write the name of a model document, or PROVIDER/MODEL"


def route_problems(placed: Sequence[Placed], rest: Sequence[AnyDocument]) -> Iterator[Problem]:
    """What is wrong with the routes of an estate, and with models that take a route's name."""
    everything = [*(item.document for item in placed), *rest]
    models = {one.name: one for one in everything if isinstance(one, Model)}
    providers = {one.name: one for one in everything if isinstance(one, Provider)}
    routes = {one.name for one in everything if isinstance(one, ModelRoute)}
    for item in placed:
        if isinstance(item.document, ModelRoute):
            yield from _of_route(item, item.document, models, providers, routes)
        elif isinstance(item.document, Model) and item.document.name in routes:
            yield item.problem(_same_name("model", item.document.name, "route"))


def _of_route(
    item: Placed,
    route: ModelRoute,
    models: Mapping[str, Model],
    providers: Mapping[str, Provider],
    routes: set[str],
) -> Iterator[Problem]:
    if route.name in models:
        yield item.problem(_same_name("route", route.name, "model"))
    wires: dict[str, str] = {}
    for target in route.targets:
        if target.model in routes and target.model not in models:
            yield item.problem(
                f"route {route.name!r} leads to route {target.model!r}: name that one's targets instead, "
                "so that no call can go in a circle"
            )
            continue
        provider = _provider_of(target.model, models, providers)
        if provider is None:
            yield item.problem(_unknown(route.name, target.model, models, providers))
        else:
            wires[target.model] = provider.wire
    if wires and not have_a_caller(wires.values()):
        spoken = ", ".join(f"{model} on the {wire} wire" for model, wire in wires.items())
        yield item.problem(
            f"route {route.name!r} leads to {spoken}: no caller reaches them all, because requests are not "
            "translated; make a route for each wire"
        )


def _provider_of(
    name: str, models: Mapping[str, Model], providers: Mapping[str, Provider]
) -> Provider | None:
    """Who answers for a target; None if nobody does."""
    if name in models:
        return providers.get(models[name].provider)
    prefix, slash, rest = name.partition("/")
    return providers.get(prefix) if slash and rest else None


def _unknown(route: str, target: str, models: Mapping[str, Model], providers: Mapping[str, Provider]) -> str:
    prefix, slash, rest = target.partition("/")
    near = near_names(target, models, count=1)
    if not near and slash:
        near = [f"{name}/{rest}" for name in near_names(prefix, providers, count=1)]
    hint = f"; did you mean {near[0]!r}?" if near else f": {_HOW}"
    return f"route {route!r} leads to {target!r}, which does not exist{hint}"


def _same_name(kind: str, name: str, other: str) -> str:
    return f"{kind} {name!r} has the name of a {other}: callers could not tell them apart, so rename one"
