"""Which target of a route a call tries next: by order or by weight, and what failed lately last."""

from collections.abc import Sequence
from hashlib import blake2b
from typing import Final

from bursar.gateway.refusal import Refusal
from bursar.gateway.world import Plan, Target
from bursar.http1 import UpstreamSilent

_COOLDOWN_MOST_US: Final = 3_600_000_000  # a provider that asks for more is tried again after an hour
_COOLING: Final = frozenset(("rate_limited", "server_error", "timeout", "connection"))
# Refusals of our own by the beginning of their code; what is not here would be the same at any target.
_CAUSES: Final = (
    ("rate_limited", "rate_limited"),
    ("upstream_unreachable", "connection"),
    ("upstream_broken", "connection"),
    ("provider_", "connection"),
    ("budget_", "budget"),
    ("policy_", "policy"),
    ("tier_", "policy"),
    ("approval_", "policy"),
)


class Routing:
    """Remembers, for one worker, which targets failed and until when they come last."""

    def __init__(self, seed: int = 0) -> None:
        """With the same seed the same call ids go the same ways."""
        self._seed = seed
        self._cooling: dict[tuple[str, str], int] = {}

    def targets(self, plan: Plan, call_id: str, now_us: int) -> Sequence[Target]:
        """The targets to try, best first, at most `attempts_max` of them.

        A target in its cooldown is tried only after all others; of several the one that is soonest over.
        """
        ordered = self._drawn(plan, call_id) if plan.by_weight else plan.targets
        if self._cooling:
            ordered = sorted(ordered, key=lambda target: max(now_us, self._cooling.get(_name(target), 0)))
        return ordered[: plan.attempts_max]

    def _drawn(self, plan: Plan, call_id: str) -> Sequence[Target]:
        """All targets, each place drawn by weight among those that are left; integers only."""
        left = list(zip(plan.targets, plan.weights, strict=True))
        drawn: list[Target] = []
        while left:
            digest = blake2b(b"%d %d %b" % (self._seed, len(drawn), call_id.encode()), digest_size=8)
            at = int.from_bytes(digest.digest(), "big") * sum(weight for _, weight in left) >> 64
            place = 0
            while at >= left[place][1]:
                at -= left[place][1]
                place += 1
            drawn.append(left.pop(place)[0])
        return drawn

    def tried(self, plan: Plan, target: Target, cause: str, now_us: int, wait_us: int = 0) -> None:
        """What an attempt taught: a target that failed comes last for a while, one that served is as any.

        The while is the route's cooldown, or longer where the provider asks for it (`wait_us`).
        """
        if not cause:
            if self._cooling:
                self._cooling.pop(_name(target), None)
        elif cause in _COOLING and plan.cooldown_us:
            while_us = max(plan.cooldown_us, min(wait_us, _COOLDOWN_MOST_US))
            self._cooling[_name(target)] = now_us + while_us


def cause_of_status(status: int) -> str:
    """Why a reply with this status may be left for the next target; empty if it may not."""
    if status == 429:
        return "rate_limited"
    return "server_error" if status >= 500 else ""


def cause_of_refusal(refusal: Refusal) -> str:
    """Why a call that we refused at a target may try the next one; empty if that would not help."""
    if isinstance(refusal.__cause__, UpstreamSilent):
        return "timeout"
    return next((cause for begin, cause in _CAUSES if refusal.code.startswith(begin)), "")


def wait_us(retry_after: bytes | None) -> int:
    """Microseconds of a `retry-after` in whole seconds; 0 for none, and for a date."""
    text = (retry_after or b"").strip()
    return int(text) * 1_000_000 if text.isdigit() and len(text) < 10 else 0


def _name(target: Target) -> tuple[str, str]:
    return target.provider.document.name, target.upstream_model
