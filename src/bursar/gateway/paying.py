"""Can it pay: the worst case of a call is held in every budget that pays for it, all or none."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from bursar.budgets.amount import worded
from bursar.budgets.matching import Matcher, Payers
from bursar.budgets.purse import Hold, Wallet
from bursar.catalogue import PriceContext
from bursar.catalogue.ceiling import Ceiling, Most, ceiling_of
from bursar.estate.budgets import Budget
from bursar.estate.scope import Facts
from bursar.gateway.ask import with_output_max
from bursar.gateway.bound import AS_HELD, Habits, most_of
from bursar.gateway.call import Call
from bursar.gateway.paths import Route
from bursar.gateway.refusal import Refusal
from bursar.gateway.treasury import Shortage, Treasury
from bursar.gateway.world import Target, World
from bursar.vocab.event import Event
from bursar.vocab.instant import InstantUs, format_instant

FLAG_OUTPUT_CLAMPED: Final = "output_clamped"
FLAG_UNCHECKED: Final = "budget_unchecked"
OUTPUT_LEAST: Final = 64
"""The shortest answer that is of use to anybody: a call of which less can be paid is refused."""

_TRIES: Final = 4
_LASTS_US: Final = 2 * 3_600 * 1_000_000  # a call that is not over by then never will be
_STANDARD: Final = PriceContext()
_ENOUGH: Final = 1 << 62


class BudgetExhausted(Refusal):
    """No budget for this call at this model; `instead` is the model that the budget names for that case."""

    instead = ""


class Bill:
    """Who pays for the calls of one caller to one target, while `valid_from_us` <= now < `valid_until_us`."""

    __slots__ = (
        "accounts",
        "ceiling",
        "forgotten",
        "habits",
        "is_hard",
        "payers",
        "paying",
        "purse",
        "target",
        "units",
        "wallets",
    )

    def __init__(
        self, paying: "Paying", target: Target, payers: Payers, ceiling: Ceiling | None, habits: Habits
    ) -> None:
        self.paying = paying
        self.target = target
        self.payers = payers
        self.ceiling = ceiling
        self.accounts = ",".join(opening.id for opening in payers.openings)
        self.is_hard = any(opening.hard for opening in payers.openings)
        self.units = tuple(opening.unit for opening in payers.openings)
        self.habits = habits
        self.wallets: tuple[Wallet, ...] = ()
        self.purse: object = None
        self.forgotten = -1

    def cost(self, most: Most) -> int:
        """The most picodollars that a call costs, by the rates and by what was learned; 0 without a price."""
        if self.ceiling is None:
            return self.habits.cost_seen
        cost = self.ceiling.cost(most)
        dearer = self.habits.cost_per_1024
        return cost if dearer == AS_HELD else -(-cost * dearer // AS_HELD)

    def amounts(self, most: Most) -> tuple[int, ...]:
        """What a call holds in each account, in its unit."""
        cost = self.cost(most)
        tokens = most.tokens_input + most.tokens_output
        return tuple([cost if unit == "usd" else tokens if unit == "tokens" else 1 for unit in self.units])

    def output_within(self, most: Most, rooms: Mapping[str, int]) -> int:
        """The longest answer that fits into every account; negative if not even the rest of the call fits."""
        longest = most.tokens_output
        for opening, unit in zip(self.payers.openings, self.units, strict=True):
            room = rooms.get(opening.id, _ENOUGH)
            if unit == "usd":
                room = room * AS_HELD // self.habits.cost_per_1024
                fits = self.ceiling.output_within(most, room) if self.ceiling is not None else longest
            elif unit == "tokens":
                fits = room - most.tokens_input
            else:
                fits = longest if room >= 1 else -1
            longest = min(longest, fits)
        return longest


class Paying:
    """The budgets of the world in force, as a worker's calls meet them."""

    def __init__(
        self,
        treasury: Treasury,
        world: World,
        drivers: Mapping[str, Decimal],
        habits: dict[tuple[str, str], Habits],
    ) -> None:
        """`habits` is what was learned of models; it outlives the world."""
        self._treasury = treasury
        self._habits = habits
        self._world = world
        self._matcher = Matcher(world.budgets, drivers, revision=world.revision)

    def __bool__(self) -> bool:
        return bool(self._matcher)

    async def pay(self, call: Call, route: Route, target: Target, body: bytes) -> bytes:
        """Hold what the call may cost; the body to send, with a shorter maximum where less is left.

        Refusal says which budget, what is left and what would pass.
        """
        event = call.event
        bill = self._bill(call, target)
        if bill.payers.ended is not None:
            raise _experiment_ended(bill.payers.ended)
        if not bill.accounts:
            return body
        most = most_of(route, call.ask, body, target.upstream_model)
        if call.output_limit is not None:  # a rule has shortened it already
            most = most._replace(tokens_output=min(most.tokens_output, call.output_limit * call.ask.n))
        most = bill.habits.applied(most)
        event.budgets = bill.accounts
        expires_at_us = event.started_at_us + _LASTS_US
        wallets = self._wallets(bill)
        hold = self._treasury.reserve_now(
            event.call_id, wallets, bill.amounts(most), expires_at_us=expires_at_us
        )
        if hold is not None:
            _held(call, hold, bill, most)
            return body
        try:
            return await self._pay_slowly(call, route, bill, most, body, expires_at_us)
        except Refusal:
            event.budgets = ""
            raise

    def used(self, call: Call, target: Target) -> Mapping[str, int]:
        """Percent used, by name, of the budgets that would pay for a call, as far as the store has told."""
        found: dict[str, int] = {}
        bill = self._bill(call, target)
        for budget, wallet in zip(bill.payers.budgets, self._wallets(bill), strict=True):
            standing = wallet.standing
            if standing is not None and standing.limit > 0:
                found[budget.name] = max(found.get(budget.name, 0), 100 * standing.spent // standing.limit)
        return found

    def _bill(self, call: Call, target: Target) -> Bill:
        """Requests with the same head have the same bill, until its period ends or the world changes."""
        known = call.sent.paid
        now = call.event.started_at_us
        if (
            isinstance(known, Bill)
            and known.target is target
            and known.paying is self
            and known.payers.valid_from_us <= now < known.payers.valid_until_us
        ):
            return known
        bill = call.sent.paid = self._make_bill(call.event, target, InstantUs(now))
        return bill

    def _make_bill(self, event: Event, target: Target, now: InstantUs) -> Bill:
        facts = Facts(
            team=event.team,
            product=event.product,
            use_case=event.use_case,
            environment=event.environment,
            model=target.model,
            provider=target.provider.document.name,
            key=event.key_id,
            tiers=self._world.tiers_of(target),
            tags=event.tags,
        )
        card, _ = self._world.catalogue.cards(
            target.provider.document.name, target.upstream_model, _STANDARD, now, (target.model,)
        )
        habits = self._habits.setdefault((target.provider.document.name, target.upstream_model), Habits())
        ceiling = None if card is None else ceiling_of(card)
        return Bill(self, target, self._matcher.payers(facts, now), ceiling, habits)

    def _wallets(self, bill: Bill) -> tuple[Wallet, ...]:
        purse = self._treasury.purse
        if bill.purse is not purse or bill.forgotten != purse.forgotten:
            bill.wallets = tuple(purse.wallet(opening) for opening in bill.payers.openings)
            bill.purse = purse
            bill.forgotten = purse.forgotten
        return bill.wallets

    async def _pay_slowly(
        self, call: Call, route: Route, bill: Bill, most: Most, body: bytes, expires_at_us: int
    ) -> bytes:
        """Ask the store; where less is left than the call may cost, try again with a shorter answer."""
        asked = most
        for _ in range(_TRIES):
            wallets = self._wallets(bill)
            found = await self._treasury.reserve(
                call.event.call_id, wallets, bill.amounts(asked), expires_at_us=expires_at_us
            )
            if isinstance(found, Hold):
                _held(call, found, bill, asked)
                return body if asked is most else _clamped(call, route, body, bill, asked)
            if found.unreachable:
                return self._without_store(call, bill, self._wallets(bill), most, body, expires_at_us)
            shortage = found
            shorter = min(bill.output_within(asked, _rooms(wallets)), asked.tokens_output - 1)
            if shorter < max(_least(call, most), bill.habits.output_seen):
                break
            asked = asked._replace(tokens_output=shorter)
        raise self._exhausted(bill, most, shortage)

    def _without_store(
        self, call: Call, bill: Bill, wallets: tuple[Wallet, ...], most: Most, body: bytes, expires_at_us: int
    ) -> bytes:
        """The store does not answer and the leases are used up: what the budgets say for that case."""
        refusing = [
            budget
            for budget in bill.payers.budgets
            if budget.mode == "hard" and budget.on_store_loss == "refuse"
        ]
        if refusing:
            raise Refusal(
                503,
                "budget_store_unreachable",
                f"The budget {refusing[0].name} cannot be asked now, and this gateway's part of it is used "
                f"up. Try again in a moment{_owner(refusing[0])}.",
                {"rule": f"budget/{refusing[0].name}", "owner": refusing[0].owner, "retry_after_s": "2"},
            )
        call.hold = self._treasury.purse.reserve_unchecked(
            call.event.call_id, wallets, bill.amounts(most), expires_at_us=expires_at_us
        )
        call.event.flags = [*call.event.flags, FLAG_UNCHECKED]
        return body

    def _exhausted(self, bill: Bill, most: Most, shortage: Shortage) -> Refusal:
        """Which budget, whose, how much, until when, and what would pass."""
        place = next(
            index for index, opening in enumerate(bill.payers.openings) if opening.id == shortage.account
        )
        budget, opening = bill.payers.budgets[place], bill.payers.openings[place]
        standing = shortage.standing
        needed = bill.amounts(most)[place]
        unit = opening.unit
        limit, spent, left = (
            (opening.amount, 0, 0)
            if standing is None
            else (standing.limit, standing.spent, standing.available)
        )
        held = 0 if standing is None else standing.held + standing.in_doubt + max(0, standing.returning)
        name = f"{budget.name}[{opening.value}]" if opening.value else budget.name
        facts = {
            "rule": f"budget/{name}",
            "owner": budget.owner,
            "limit": worded(limit, unit),
            "used": worded(spent, unit),
            "held": worded(held, unit),
            "left": worded(max(0, left), unit),
            "needed": worded(needed, unit),
            "resets_at": format_instant(InstantUs(opening.ends_at_us)),
        }
        sentence = (
            f"The budget {name} has {facts['left']} left of {facts['limit']} ({facts['used']} spent, "
            f"{facts['held']} held by calls in flight), and this call may cost up to {facts['needed']}."
        )
        fits = bill.output_within(most, {opening.id: limit - spent})
        if held and fits >= min(OUTPUT_LEAST, most.tokens_output):
            # Calls in flight hold more than they will cost: a moment later there is room.
            facts["retry_after_s"] = "1"
            refusal = BudgetExhausted(
                429,
                "budget_held",
                f"{sentence} What they do not use is free when they end: try again.",
                facts,
            )
        else:
            resets = (
                f"It begins anew at {facts['resets_at']}" if opening.ends_at_us < _ENOUGH else "It is over"
            )
            refusal = BudgetExhausted(
                402,
                "budget_exhausted",
                f"{sentence} {resets}. A shorter prompt or a cheaper model costs less; "
                f"{budget.owner or 'whoever administers it'} can grant more: "
                f"`bursar budget grant {budget.name} ...`.",
                facts,
            )
        if budget.on_exhausted != "refuse":
            refusal.instead = budget.on_exhausted
        return refusal


def _held(call: Call, hold: Hold, bill: Bill, most: Most) -> None:
    """The call is paid for; what it uses in the end is learned from, and a stream is held to it."""
    call.hold = hold
    call.bound = bill.habits.bound(
        most, bill.cost(most) if "usd" in bill.units else 0, has_price=bill.ceiling is not None
    )
    if bill.is_hard:
        call.output_held = most.tokens_output


def _rooms(wallets: tuple[Wallet, ...]) -> dict[str, int]:
    """What this worker could still get of each account, as the store said last."""
    return {
        wallet.id: wallet.standing.available + max(0, wallet.free)
        for wallet in wallets
        if wallet.hard and wallet.standing is not None
    }


def _least(call: Call, most: Most) -> int:
    """The fewest tokens of output that are worth sending the call for."""
    if most.tokens_output == 0:
        return 0
    return min(OUTPUT_LEAST * call.ask.n, most.tokens_output)


def _clamped(call: Call, route: Route, body: bytes, bill: Bill, most: Most) -> bytes:
    """The request with the longest answer that is paid for."""
    each = most.tokens_output // call.ask.n
    call.event.flags = [*call.event.flags, FLAG_OUTPUT_CLAMPED]
    names = [budget.name for budget in bill.payers.budgets if budget.mode == "hard"]
    allow = f"budget {names[0]} allows" if len(names) == 1 else f"budgets {', '.join(names)} allow"
    call.advise(f"the answer was limited to {each} tokens: what is left in the {allow} no more")
    return with_output_max(route, body, call.ask, each)


def _experiment_ended(budget: Budget) -> Refusal:
    return Refusal(
        403,
        "experiment_ended",
        f"The experiment {budget.name} ended on {budget.expires}, so its calls are no longer sent. "
        f"Move `expires` in its document, or use another key{_owner(budget)}.",
        {"rule": f"budget/{budget.name}", "owner": budget.owner},
    )


def _owner(budget: Budget) -> str:
    return f" or ask {budget.owner}" if budget.owner else ""
