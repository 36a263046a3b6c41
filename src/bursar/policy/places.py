"""Where a model leads by the estate alone: for questions about calls that nobody has made."""

from collections.abc import Callable, Iterable, Sequence

import msgspec

from bursar.estate.kinds import Model, Provider
from bursar.policy.decision import Decision
from bursar.vocab.event import UNKNOWN


class Place(msgspec.Struct, frozen=True):
    """A model by the name that rules speak of, and who answers for it."""

    model: str
    upstream_model: str = ""
    provider: str = UNKNOWN
    region: str = ""


def _nobody(model: str) -> tuple[str, ...]:
    return ()


class Places:
    """Finds the place of a name: a declared model, `provider/model`, or the one provider that there is."""

    def __init__(
        self,
        providers: Iterable[Provider],
        models: Iterable[Model],
        *,
        listed_by: Callable[[str], Sequence[str]] = _nobody,
    ) -> None:
        """`listed_by` says which providers are known to offer a model that no document declares."""
        self._providers = {provider.name: provider for provider in providers}
        self._models = {model.name: model for model in models}
        self._listed_by = listed_by

    @property
    def models(self) -> tuple[str, ...]:
        """The names of the declared models."""
        return tuple(sorted(self._models))

    def of(self, name: str, provider: str = "", region: str = "") -> Place:
        """The place of a model; `provider` and `region` are taken for given where somebody says them."""
        document = self._models.get(name)
        prefix, slash, rest = name.partition("/")
        if document is None and slash and prefix in self._providers:
            return self.of(rest, provider or prefix, region)
        if document is not None and not provider:
            provider = document.provider
        elif not provider and len(self._providers) == 1:
            provider = next(iter(self._providers))
        elif not provider and len(listing := self._listed_by(name)) == 1:
            provider = listing[0]
        found = self._providers.get(provider)
        return Place(
            model=name,
            upstream_model=_upstream(document, name, provider),
            provider=provider or UNKNOWN,
            region=region or ("" if found is None else found.region),
        )


def _upstream(document: Model | None, name: str, provider: str) -> str:
    if document is None or document.provider != provider:
        return name
    return document.upstream_model or name


def follow(place: Place, places: Places, decide: Callable[[Place], Decision]) -> list[tuple[Place, Decision]]:
    """The decisions on a call, from the place that it asks for to where reroutes lead, as in a gateway.

    It ends where a call is held back, goes on, or would come to a model for the second time.
    """
    steps, seen = list[tuple[Place, Decision]](), set[str]()
    while True:
        decision = decide(place)
        steps.append((place, decision))
        seen.add(place.model)
        if decision.verdict != "reroute" or decision.reroute_to in seen:
            return steps
        place = places.of(decision.reroute_to)
