"""The laws between documents: a name that is used exists, and no two prices claim the same calls."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from bursar.estate.budget_checks import BEFORE_ALL, check_beside
from bursar.estate.budgets import Acknowledge, Budget, Notify
from bursar.estate.channels import Channel
from bursar.estate.document import listed
from bursar.estate.kinds import AnyDocument, Price
from bursar.estate.parse import Placed
from bursar.estate.problem import Problem
from bursar.estate.route_checks import route_problems
from bursar.vocab.errors import near_names
from bursar.vocab.instant import InstantUs, parse_instant


@dataclass(frozen=True)
class Reference:
    """A field of one kind that names a document of another kind; empty means that it names none."""

    kind: str
    field: str
    target: str


REFERENCES: Final = (
    Reference("model", "provider", "provider"),
    Reference("price", "provider", "provider"),
    Reference("product", "team", "team"),
    Reference("use_case", "product", "product"),
    Reference("policy", "match.budget.name", "budget"),
)


OWNER: Final = "owner"
"""What a step writes for whoever answers for its budget."""


def check_together(
    placed: Sequence[Placed], others: Iterable[AnyDocument], *, now: InstantUs = BEFORE_ALL
) -> list[Problem]:
    """What is wrong with `placed` as part of an estate that also holds `others`, at an instant."""
    given = {item.identity for item in placed}
    rest = [document for document in others if (document.KIND, document.name) not in given]
    return [
        *_dangling(placed, rest),
        *_rival_prices(placed, rest),
        *route_problems(placed, rest),
        *_budget_problems(placed, rest, now),
        *_unreachable(placed, rest),
    ]


def _budget_problems(
    placed: Sequence[Placed], rest: Sequence[AnyDocument], now: InstantUs
) -> Iterator[Problem]:
    documents = [*(item.document for item in placed), *rest]
    for item in placed:
        if isinstance(item.document, Budget):
            for sentence in check_beside(item.document, documents, now=now):
                yield item.problem(f"budget {item.document.name!r}: {sentence}")


def _references(document: AnyDocument) -> Iterator[tuple[Reference, str]]:
    for reference in REFERENCES:
        if reference.kind == document.KIND and (target := _named(document, reference.field)):
            yield reference, target


def _named(document: AnyDocument, field: str) -> str:
    """The name in a field, which may lie in a record of the document: `match.budget.name`."""
    found: object = document
    for step in field.split("."):
        if found is None:
            return ""
        found = getattr(found, step)
    return str(found or "")


def _dangling(placed: Sequence[Placed], rest: Sequence[AnyDocument]) -> Iterator[Problem]:
    names: dict[str, set[str]] = {}
    for document in [*(item.document for item in placed), *rest]:
        names.setdefault(document.KIND, set()).add(document.name)
    for item in placed:
        for reference, target in _references(item.document):
            known = names.get(reference.target, set())
            if target not in known:
                yield item.problem(
                    f"{item.document.KIND} {item.document.name!r} names {reference.target} {target!r}, "
                    f"which does not exist{_nearest(target, known, reference.target)}"
                )


def _nearest(target: str, known: set[str], kind: str) -> str:
    near = near_names(target, known, count=1)
    return f"; did you mean {near[0]!r}?" if near else f": add a document of kind {kind} with this name"


def _unreachable(placed: Sequence[Placed], rest: Sequence[AnyDocument]) -> Iterator[Problem]:
    """Steps of a ladder that would tell somebody whom no channel reaches."""
    documents = [*(item.document for item in placed), *rest]
    channels = [document for document in documents if isinstance(document, Channel)]
    known = {OWNER, *(channel.name for channel in channels)}
    known.update(name for channel in channels for name in listed(channel.reaches))
    for item in placed:
        if isinstance(item.document, Budget):
            for name in sorted(_told(item.document) - known):
                near = near_names(name, known - {OWNER}, count=1)
                hint = f"; did you mean {near[0]!r}?" if near else ": add a channel that reaches them"
                yield item.problem(
                    f"budget {item.document.name!r} tells {name!r}, which is neither a channel nor somebody "
                    f"whom one reaches{hint}"
                )


def _told(budget: Budget) -> set[str]:
    """Everybody whom the steps of a budget name."""
    steps = [step for threshold in budget.thresholds for step in threshold.steps]
    return {name for step in steps if isinstance(step, Notify | Acknowledge) for name in listed(step.to)}


def _rival_prices(placed: Sequence[Placed], rest: Sequence[AnyDocument]) -> Iterator[Problem]:
    """Two prices for the same calls from the same instant on: nobody could say which one holds."""
    owner = {_claim(price): price.name for price in rest if isinstance(price, Price)}
    for item in placed:
        if not isinstance(item.document, Price):
            continue
        other = owner.setdefault(_claim(item.document), item.document.name)
        if other != item.document.name:
            yield item.problem(
                f"price {item.document.name!r} and price {other!r} are for the same calls from the same "
                "instant: give one of them another valid_from, or remove it"
            )


def _claim(price: Price) -> tuple[object, ...]:
    return (
        price.provider,
        price.model,
        parse_instant(price.valid_from),
        price.service_tier,
        price.processing,
        price.region,
    )
