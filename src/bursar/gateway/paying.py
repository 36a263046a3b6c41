"""Can it pay: the worst case of a call is held in every budget that pays for it, all or none."""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Final

from bursar.budgets.matching import Matcher, Payers
from bursar.budgets.pot import PLACES, Amounts, Hold, Pot
from bursar.budgets.protocol import Opening
from bursar.catalogue import STANDARD
from bursar.catalogue.ceiling import Ceiling, Most
from bursar.estate.budgets import Budget
from bursar.estate.scope import Facts
from bursar.gateway.ask import read_ask, with_output_max
from bursar.gateway.bound import Rates, most_of
from bursar.gateway.call import Call
from bursar.gateway.exhausted import (
    MODELS_SAID,
    exhausted,
    experiment_ended,
    store_unreachable,
    uncounted,
)
from bursar.gateway.habits import AS_HELD, Memory
from bursar.gateway.paths import Route
from bursar.gateway.refusal import Refusal
from bursar.gateway.rounds import with_calls_max
from bursar.gateway.treasury import Shortage, Treasury
from bursar.gateway.world import Target, World
from bursar.vocab.event import Event
from bursar.vocab.instant import InstantUs

FLAG_OUTPUT_CLAMPED: Final = "output_clamped"
FLAG_ROUNDS_CLAMPED: Final = "tools_clamped"
FLAG_UNCHECKED: Final = "budget_unchecked"
OUTPUT_LEAST: Final = 64
"""The shortest answer that is of use to anybody: a call of which less can be paid is refused."""

LetsIn = Callable[[Call, Route, Target], bool]

_TRIES: Final = 4
_MODELS_TRIED: Final = 20
_BILLS_MAX: Final = 10_000
_MAXIMUM_BYTES: Final = 40  # what a caller adds to a request to name a maximum
_LASTS_US: Final = 2 * 3_600 * 1_000_000  # a call that is not over by then never will be
_ENOUGH: Final = 1 << 62


class Bill:
    """Who pays for the calls of one caller to one target, while `valid_from_us` <= now < `valid_until_us`."""

    __slots__ = (
        "accounts",
        "ceiling",
        "counts_usd",
        "forgotten",
        "habits",
        "is_hard",
        "payers",
        "paying",
        "pot",
        "rates",
        "target",
    )

    def __init__(self, paying: "Paying", target: Target, payers: Payers, rates: Rates) -> None:
        self.paying = paying
        self.target = target
        self.payers = payers
        self.rates = rates
        self.ceiling = rates.own
        self.accounts = ",".join(opening.id for opening in payers.openings)
        self.is_hard = any(opening.hard for opening in payers.openings)
        self.counts_usd = any(opening.unit == "usd" for opening in payers.openings)
        self.habits = rates.habits
        self.pot: Pot | None = None
        self.forgotten = -1

    def is_for(self, paying: "Paying", target: Target, now_us: int) -> bool:
        """Whether it is of this world, for this target, and still holds."""
        payers = self.payers
        return (
            self.target is target
            and self.paying is paying
            and payers.valid_from_us <= now_us < payers.valid_until_us
        )

    def cost(self, most: Most) -> int:
        """The most picodollars that a call costs, by the rates and by what was learned; 0 without a price."""
        ceiling = self._ceiling(most)
        if ceiling is None:
            return 0
        cost = ceiling.cost(most)
        dearer = self.habits.cost_per_1024
        return cost if dearer == AS_HELD else -(-cost * dearer // AS_HELD)

    def by_rates(self, most: Most) -> int:
        """The same by the rates alone."""
        ceiling = self._ceiling(most)
        return 0 if ceiling is None else ceiling.cost(most)

    def _ceiling(self, most: Most) -> Ceiling | None:
        """Nearly all calls name no other way of serving, and a model that has a price."""
        ceiling = self.ceiling
        return ceiling if ceiling is not None and most.named is STANDARD else self.rates.of(most.named)

    def amounts(self, most: Most) -> Amounts:
        """What a call holds in each account, by its unit."""
        return (self.cost(most) if self.counts_usd else 0, most.tokens_input + most.tokens_output, 1)

    def payer(self, account: str) -> tuple[Budget, Opening]:
        """The budget of an account, and the account."""
        pairs = zip(self.payers.budgets, self.payers.openings, strict=True)
        return next((budget, opening) for budget, opening in pairs if opening.id == account)

    def output_within(self, most: Most, rooms: Mapping[str, int]) -> int:
        """The longest answer that fits into every account; negative if not even the rest of the call fits."""
        longest = most.tokens_output
        for opening in self.payers.openings:
            unit, room = opening.unit, rooms.get(opening.id, _ENOUGH)
            if unit == "usd":
                room = room * AS_HELD // self.habits.cost_per_1024
                ceiling = self._ceiling(most)
                fits = longest if ceiling is None else ceiling.output_within(most, room)
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
        memory: Memory,
    ) -> None:
        """`memory` is what was learned of models; it outlives the world."""
        self._treasury = treasury
        self._memory = memory
        self._bills: dict[tuple[object, ...], Bill] = {}
        self.lets_in: LetsIn = lambda _call, _route, _target: True  # whether rules let a call use a target
        self._world = world
        self._matcher = Matcher(
            world.budgets, drivers, revision=world.revision, declared=world.budgets_declared
        )

    def __bool__(self) -> bool:
        return bool(self._matcher)

    def pay_now(self, call: Call, route: Route, target: Target, body: bytes) -> bool:
        """Hold what the call may cost within this worker's leases; False where there is more to do."""
        bill = self._bill(call, target)
        if bill.payers.ended is not None:
            return False
        if not bill.accounts:
            return True
        event = call.event
        most = _most(call, route, target, body, bill)
        amounts = bill.amounts(most)
        hold = self._treasury.reserve_now(
            event.call_id, self._pot(bill), amounts, expires_at_us=event.started_at_us + _LASTS_US
        )
        if hold is None:
            return False
        event.budgets = bill.accounts
        _held(call, hold, bill, most)
        return True

    async def pay(self, call: Call, route: Route, target: Target, body: bytes) -> bytes:
        """Ask the store for it; the body to send, with a shorter maximum where less is left.

        Refusal says which budget, what is left and what would pass.
        """
        event = call.event
        bill = self._bill(call, target)
        if bill.payers.ended is not None:
            raise experiment_ended(bill.payers.ended)
        most = _most(call, route, target, body, bill)
        event.budgets = bill.accounts
        try:
            return await self._pay_slowly(call, route, bill, most, body, event.started_at_us + _LASTS_US)
        except Refusal:
            event.budgets = ""
            raise

    def used(self, call: Call, target: Target) -> Mapping[str, int]:
        """Percent used, by name, of the budgets that would pay for a call, as far as the store has told."""
        found: dict[str, int] = {}
        bill = self._bill(call, target)
        for budget, wallet in zip(bill.payers.budgets, self._pot(bill).wallets, strict=True):
            standing = wallet.standing
            if standing is not None and standing.limit > 0:
                found[budget.name] = max(found.get(budget.name, 0), 100 * standing.spent // standing.limit)
        return found

    def _bill(self, call: Call, target: Target) -> Bill:
        """The requests of a caller share a bill, until its period ends or the world changes."""
        known = call.sent.paid
        now = call.event.started_at_us
        if isinstance(known, Bill) and known.is_for(self, target, now):
            return known
        bill = call.sent.paid = self._bill_of_caller(call, target)
        return bill

    def _bill_of_caller(self, call: Call, target: Target) -> Bill:
        """The same, whatever the head of the request, and for a target that is only thought of."""
        now = call.event.started_at_us
        caller = (id(target), *call.caller())
        bill = self._bills.get(caller)
        if bill is None or not bill.is_for(self, target, now):
            if len(self._bills) >= _BILLS_MAX:
                self._bills.clear()
            bill = self._bills[caller] = self._make_bill(call.event, target, InstantUs(now))
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
        payers = self._matcher.payers(facts, now)
        rates = self._rates(target, now)
        start, end = rates.span()
        payers = payers._replace(
            valid_from_us=max(payers.valid_from_us, start), valid_until_us=min(payers.valid_until_us, end)
        )
        return Bill(self, target, payers, rates)

    def _rates(self, target: Target, now: InstantUs) -> Rates:
        provider = target.provider.document
        return Rates(
            self._world.catalogue,
            provider.name,
            (target.upstream_model, target.model),
            at=now,
            habits=self._memory.of(provider.name, target.upstream_model),
            region=provider.region,
            writes_unasked=provider.wire in ("openai", "azure"),
        )

    def _pot(self, bill: Bill) -> Pot:
        purse, pot = self._treasury.purse, bill.pot
        if pot is None or pot.life is not purse or bill.forgotten != purse.forgotten:
            pot = bill.pot = purse.pot(bill.payers.openings)
            bill.forgotten = purse.forgotten
        return pot

    async def _pay_slowly(
        self, call: Call, route: Route, bill: Bill, most: Most, body: bytes, expires_at_us: int
    ) -> bytes:
        """Ask the store; where less is left than the call may cost, try again with a shorter answer."""
        needed = asked = most
        for _ in range(_TRIES):
            pot = self._pot(bill)
            found = await self._treasury.reserve(
                call.event.call_id, pot, bill.amounts(asked), expires_at_us=expires_at_us
            )
            if isinstance(found, Hold):
                _held(call, found, bill, asked)
                if most.searches < needed.searches:
                    _tell_of_rounds(call, bill, most)
                return body if asked is most else _clamped(call, route, body, bill, asked)
            if found.unreachable:
                return self._without_store(call, bill, self._pot(bill), most, body, expires_at_us)
            shortage = found
            if found.standing is not None and found.standing.uncounted:
                raise uncounted(bill.payer(found.account)[0])
            rooms = self._rooms(bill.payers.openings)
            shorter = min(bill.output_within(asked, rooms), asked.tokens_output - 1)
            least = max(_least(call, most), bill.habits.output_seen)
            if shorter >= least:
                asked = asked._replace(tokens_output=shorter)
                continue
            lighter = _with_fewer_rounds(call, route, bill, asked, body, rooms, least)
            if lighter is None:
                break
            body, asked = lighter
            most = asked
        raise self._exhausted(call, route, bill, needed, shortage)

    def _rooms(self, openings: Iterable[Opening]) -> dict[str, int]:
        """What this worker could still get of each account, as the store said last."""
        purse = self._treasury.purse
        purse.gather()
        rooms: dict[str, int] = {}
        for opening in openings:
            if not opening.hard:
                continue
            wallet = purse.wallets.get(opening.id)
            if wallet is None or wallet.standing is None:
                rooms[opening.id] = opening.amount
            else:
                rooms[opening.id] = wallet.standing.available + max(0, wallet.free)
        return rooms

    def _without_store(
        self, call: Call, bill: Bill, pot: Pot, most: Most, body: bytes, expires_at_us: int
    ) -> bytes:
        """The store does not answer and the leases are used up: what the budgets say for that case."""
        refusing = [
            budget
            for budget in bill.payers.budgets
            if budget.mode == "hard" and budget.on_store_loss == "refuse"
        ]
        if refusing:
            raise store_unreachable(refusing[0])
        hold = self._treasury.purse.reserve_unchecked(
            call.event.call_id, pot, bill.amounts(most), expires_at_us=expires_at_us
        )
        _take_hold(call, hold, bill)
        call.event.flags = [*call.event.flags, FLAG_UNCHECKED]
        return body

    def _exhausted(self, call: Call, route: Route, bill: Bill, most: Most, shortage: Shortage) -> Refusal:
        budget, opening = bill.payer(shortage.account)
        standing = shortage.standing
        limit, spent = (opening.amount, 0) if standing is None else (standing.limit, standing.spent)
        in_hand = standing is not None and (standing.held or standing.in_doubt or standing.returning > 0)
        fits = bill.output_within(most, {opening.id: limit - spent})
        comes_back = bool(in_hand) and fits >= min(OUTPUT_LEAST, most.tokens_output)
        with_maximum = most._replace(tokens_input=most.tokens_input + _MAXIMUM_BYTES)
        shorter = bill.output_within(with_maximum, self._rooms(bill.payers.openings)) // call.ask.n
        return exhausted(
            budget,
            opening,
            shortage,
            needed=bill.amounts(most)[PLACES[opening.unit]],
            output_fits=0 if bill.habits.output_seen else shorter,
            comes_back=comes_back,
            note=_unknown(bill.target) if opening.unit == "usd" and not bill.rates.is_shown else "",
            models=() if comes_back else self._models_paid(call, route, bill),
        )

    def _models_paid(self, call: Call, route: Route, asked: Bill) -> list[str]:
        """Some declared models for which this very call would be paid, and which rules let it use."""
        found: list[str] = []
        world = self._world
        key = call.sent.owner(world).key
        for name in world.declared_for(key, route.wire)[:_MODELS_TRIED]:
            target = world.target(route, name)
            if target.model == asked.target.model or target.provider.fault:
                continue
            bill = self._bill_of_caller(call, target)
            most = _most(call, route, target, call.request.body, bill)
            room = bill.output_within(most, self._rooms(bill.payers.openings))
            if room >= _least(call, most) and bill.payers.ended is None and self.lets_in(call, route, target):
                found.append(name)
                if len(found) == MODELS_SAID:
                    break
        return found


def _take_hold(call: Call, hold: Hold, bill: Bill) -> None:
    """What is held stands in the event, too."""
    call.hold = hold
    if bill.counts_usd:
        call.event.held_pico = hold.amounts[0]


def _held(call: Call, hold: Hold, bill: Bill, most: Most) -> None:
    """The call is paid for; what it uses in the end is learned from, and a stream is held to it."""
    _take_hold(call, hold, bill)
    call.bound = bill.habits.bound(most, hold.amounts[0], bill, has_price=bill.ceiling is not None)
    if bill.is_hard:
        call.output_held = most.tokens_output


def _most(call: Call, route: Route, target: Target, body: bytes, bill: Bill) -> Most:
    """The most that the call can use, as its model keeps to it."""
    most = most_of(route, call.ask, body, bill.rates.reach)
    if call.output_limit is not None:  # a rule has shortened it already
        most = most._replace(tokens_output=min(most.tokens_output, call.output_limit * call.ask.n))
    return bill.habits.applied(most, call.event.started_at_us)


def _with_fewer_rounds(
    call: Call, route: Route, bill: Bill, asked: Most, body: bytes, rooms: Mapping[str, int], least: int
) -> tuple[bytes, Most] | None:
    """The request with fewer uses of the provider's tools, as many as are paid for; None where none is."""
    calls = asked.searches
    while calls > 1:
        calls //= 2
        lighter = with_calls_max(route, body, call.ask, calls)
        if lighter is None:
            return None
        ask = read_ask(lighter, None)
        most = bill.habits.applied(most_of(route, ask, lighter, bill.rates.reach), call.event.started_at_us)
        most = most._replace(tokens_output=asked.tokens_output)
        if bill.output_within(most, rooms) >= least:
            return lighter, most
    return None


def _tell_of_rounds(call: Call, bill: Bill, most: Most) -> None:
    call.event.flags = [*call.event.flags, FLAG_ROUNDS_CLAMPED]
    names = ", ".join(budget.name for budget in bill.payers.budgets if budget.mode == "hard")
    call.advise(
        f"the provider's tools were limited to {most.searches} uses, which is what is left in the budget "
        f"allows ({names})"
    )


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


def _unknown(target: Target) -> str:
    """Why a model that may well be cheap is held to be dear, and how that ends."""
    provider = target.provider.document.name
    return (
        f" No price is known for {target.upstream_model}, and no reply has shown yet which model of "
        f"{provider} it is, so it is held for the dearest: add a `kind: price` document for it."
    )
