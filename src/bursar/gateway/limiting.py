"""Rate limits at the door: what a call takes of them, and the refusal when one has no room."""

from collections.abc import Callable
from typing import Final

import msgspec

from bursar.estate.scope import Facts, words
from bursar.gateway.ask import is_multipart
from bursar.gateway.call import Call
from bursar.gateway.refusal import Refusal
from bursar.gateway.world import Target, World
from bursar.limits.accounts import Account
from bursar.limits.index import LimitIndex
from bursar.limits.keeper import Keeper
from bursar.limits.limiter import Full, Limiter
from bursar.vocab.event import Event
from bursar.vocab.instant import InstantUs, format_instant

_BYTES_PER_TOKEN: Final = 4
_OUTPUT_UNASKED: Final = 1024
_OUTPUT_MOST: Final = 16_384
_NO_OUTPUT: Final = frozenset(("embeddings", "moderations", "count_tokens", "images", "audio"))
_UNITS: Final = {
    "requests": "requests per minute",
    "tokens": "tokens per minute",
    "concurrent": "calls at the same time",
}


class _Remembered(msgspec.Struct, frozen=True):
    """The accounts that requests with the same head have, while nothing of what they depend on changes."""

    index: LimitIndex
    target: Target
    version: int
    accounts: tuple[Account, ...]
    count_tokens: bool


class Places:
    """Takes places for calls; `keeper` where other workers share the limits."""

    def __init__(self, limiter: Limiter, steady_us: Callable[[], int], keeper: Keeper | None = None) -> None:
        self._limiter = limiter
        self._steady_us = steady_us
        self._keeper = keeper

    def take(self, call: Call, world: World, index: LimitIndex, target: Target) -> Full | None:
        """Take what the call needs of every limit that matches it; or the one that has no room."""
        known = call.sent.limited
        if (
            not isinstance(known, _Remembered)
            or known.target is not target
            or known.index is not index
            or known.version != self._limiter.version
        ):
            known = self._find(call, index, target, world.tiers_of(target))
        if not known.accounts:
            return None
        tokens = tokens_at_most(call) if known.count_tokens else 0
        found = self._limiter.admit(known.accounts, tokens, self._steady_us())
        if isinstance(found, Full):
            return found
        call.grant = found
        if found.unchecked:
            call.event.flags = [*call.event.flags, "limit_unchecked"]
        return None

    async def take_or_refuse(
        self,
        call: Call,
        world: World,
        index: LimitIndex,
        target: Target,
        full: Full,
    ) -> None:
        """Where only this worker's share is used up, the state store may have more; else Refusal 429."""
        left: Full | None = full
        if full.short and self._keeper is not None:
            await self._keeper.more()
            left = self.take(call, world, index, target)
        if left is not None:
            raise _refusal(left, call.event.started_at_us + call.elapsed_us())

    def _find(self, call: Call, index: LimitIndex, target: Target, tiers: tuple[str, ...]) -> _Remembered:
        accounts = self._limiter.accounts(index.of(facts_of(call.event, tiers)))
        counts = any(account.tokens is not None for account in accounts)
        known = _Remembered(index, target, self._limiter.version, accounts, counts)
        call.sent.limited = known
        return known


def facts_of(event: Event, tiers: tuple[str, ...] = ()) -> Facts:
    """A call as scopes see it."""
    return Facts(
        event.team,
        event.product,
        event.use_case,
        event.environment,
        event.model,
        event.provider,
        event.key_id,
        tiers,
        event.tags,
    )


def tokens_at_most(call: Call) -> int:
    """What a call may use, before anybody has counted: a quarter of its bytes, and the answer it asks for.

    An answer without a limit of its own counts as 1,024 tokens, and none as more than 16,384.
    """
    body = call.request.body
    if is_multipart(call.sent.content_type):
        return 0  # the bytes of a file say nothing of tokens
    tokens = -(-len(body) // _BYTES_PER_TOKEN)
    if call.event.operation in _NO_OUTPUT:
        return tokens
    most = call.ask.output_max(call.event.operation)
    return tokens + (_OUTPUT_UNASKED if most is None else min(max(0, most), _OUTPUT_MOST))


def _refusal(full: Full, now_us: int) -> Refusal:
    limit, meter = full.limit, full.meter
    wait_ms = max(1, -(-full.wait_us // 1000))
    facts = {
        "rule": f"limit/{limit.name}",
        "limit": f"{meter.size} {_UNITS[meter.kind]}",
        "used": str(full.used),
        "left": str(max(0, meter.share - full.used)),
        "resets_at": format_instant(InstantUs(now_us + full.wait_us)),
        "retry_after_s": f"{wait_ms // 1000}.{wait_ms % 1000:03d}",
    }
    if limit.owner:
        facts["owner"] = limit.owner
    if full.lost:
        return Refusal(
            503,
            "limit_unknown",
            f"The limit {limit.name} cannot be checked, because the state store does not answer. "
            "Try again in a moment; `on_store_loss: allow_and_flag` would let calls pass meanwhile.",
            facts,
        )
    facts["advice"] = _advice(full)
    return Refusal(429, "rate_limited", f"{_said(full, wait_ms)} {facts['advice']}", facts)


def _said(full: Full, wait_ms: int) -> str:
    limit, meter = full.limit, full.meter
    whose = f"{limit.each.replace('tag:', 'tag ')} {full.value}" if limit.each else words(limit.scope)
    if meter.share < meter.size:
        used = f"this worker's part of it, {meter.share}, is used up"
    else:
        used = f"{full.used} are used"
    reason = f" ({limit.reason.rstrip('.')})" if limit.reason else ""
    return (
        f"The limit {limit.name}{reason} allows {whose} {meter.size} {_UNITS[meter.kind]}, and {used}. "
        f"There may be room in {wait_ms / 1000:g} s."
    )


def _advice(full: Full) -> str:
    ask = f"ask {full.limit.owner} for more" if full.limit.owner else "ask whoever declared it for more"
    if full.meter.kind == "tokens":
        return f"Send less, lower the output maximum, wait, or {ask}."
    if full.meter.kind == "concurrent":
        return f"Have fewer calls under way at once, or {ask}."
    return f"Wait, send fewer calls, or {ask}."
