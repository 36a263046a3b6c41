"""Rules that say different things of the same call: which one wins, and by which part of the precedence."""

from collections.abc import Collection, Iterator
from fnmatch import fnmatchcase

import msgspec

from bursar.estate.policies import Allow, AskApproval, ClampOutput, Deny, RerouteTo
from bursar.policy.rule import Rule, Term
from bursar.policy.rulebook import Rulebook


class Conflict(msgspec.Struct, frozen=True, kw_only=True):
    """Two rules that may meet on a call. `winner` is the one that counts there, `why` says by what."""

    rules: tuple[str, str]
    winner: str
    why: str


def conflicts(book: Rulebook, names: Collection[str] | None = None) -> list[Conflict]:
    """Every pair of policies that contradict each other on calls that both may fit.

    With `names`, only pairs with one of these rules. A `when`, hours and sizes are taken to fit together:
    a pair that is named here may meet, one that is not named never does.
    """
    chosen = [rule for rule in book.rules if names is None or rule.name in names]
    found: dict[tuple[str, str], Conflict] = {}
    for one in chosen:
        for other in book.rules:
            pair = (min(one.name, other.name), max(one.name, other.name))
            if one.name != other.name and pair not in found:
                for conflict in _conflict(one, other):
                    found[pair] = conflict
    return [found[pair] for pair in sorted(found)]


def _conflict(one: Rule, other: Rule) -> Iterator[Conflict]:
    first, second = sorted((one, other), key=lambda rule: rule.order)
    denied = _denied_target(first, second) or _denied_target(second, first)
    if denied is not None:
        yield denied
    elif _contradict(first, second) and _may_meet(first, second):
        yield _settled(first, second)


def _settled(first: Rule, second: Rule) -> Conflict:
    names = (first.name, second.name)
    for rule, other in ((first, second), (second, first)):
        if isinstance(rule.effect, Deny) and not isinstance(other.effect, Deny):
            return Conflict(rules=names, winner=rule.name, why="deny wins over allow")
    if first.order[:2] == second.order[:2]:
        return Conflict(rules=names, winner=first.name, why="both are as narrow, so the name decides")
    return Conflict(rules=names, winner=first.name, why="it is narrower")


def _contradict(first: Rule, second: Rule) -> bool:
    """Whether two effects cannot both be had; an allow that is narrower is an exception, as it is meant."""
    one, two = first.effect, second.effect
    match one, two:
        case (Allow(), Deny()) | (Deny(), Allow()):
            return True
        case (RerouteTo(to=to), RerouteTo(to=also)):
            return to != also
        case (ClampOutput(output_tokens_max=most), ClampOutput(output_tokens_max=also)):
            return most != also
        case (RerouteTo(), AskApproval()) | (AskApproval(), RerouteTo()):
            return True
        case (RerouteTo() | AskApproval() | ClampOutput(), Allow()) | (
            Allow(),
            RerouteTo() | AskApproval() | ClampOutput(),
        ):
            return first.order[:2] == second.order[:2]
        case _:
            return False


def _denied_target(reroute: Rule, deny: Rule) -> Conflict | None:
    """A reroute to a model that another rule denies to some of the same callers: those calls are refused."""
    if not isinstance(reroute.effect, RerouteTo) or not isinstance(deny.effect, Deny):
        return None
    to = reroute.effect.to
    models = next((term for term in deny.terms if term.dimension == "model"), None)
    if models is None or not models.fits((to,)) or not _may_meet(reroute, deny, but=("model", "tier")):
        return None
    return Conflict(
        rules=(reroute.name, deny.name),
        winner=deny.name,
        why=f"calls that are rerouted to {to} are denied there",
    )


def _may_meet(one: Rule, other: Rule, but: tuple[str, ...] = ("tier",)) -> bool:
    """Whether there may be a call that fits both; a model may be in several tiers, so those say nothing."""
    if one.to_us <= other.from_us or other.to_us <= one.from_us:
        return False
    terms = {term.dimension: term for term in one.terms if term.dimension not in but}
    return all(_overlap(terms[term.dimension], term) for term in other.terms if term.dimension in terms)


def _overlap(one: Term, other: Term) -> bool:
    if one.exact & other.exact:
        return True
    if any(fnmatchcase(value, glob) for value in one.exact for glob in other.globs):
        return True
    if any(fnmatchcase(value, glob) for value in other.exact for glob in one.globs):
        return True
    return any(_may_share(glob, also) for glob in one.globs for also in other.globs)


def _may_share(glob: str, other: str) -> bool:
    """Whether a value may fit both patterns: their beginnings before the first wildcard must agree."""
    one, two = (_beginning(pattern) for pattern in (glob, other))
    return one.startswith(two) or two.startswith(one)


def _beginning(glob: str) -> str:
    return glob[: min((at for mark in "*?[" if (at := glob.find(mark)) >= 0), default=len(glob))]
