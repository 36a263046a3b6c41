"""Many workers, one store, and a network and machines that fail: the protocol of budgets under a microscope.

Everything is drawn from one source of choices, so that a seed or hypothesis repeats a run to the letter.
"""

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field

from bursar.budgets.book import Account, Book, Charge, Lease, PurseRow, start_life, take_report, write_off
from bursar.budgets.pot import PLACES, Amounts, Hold, Pot
from bursar.budgets.protocol import Answer, Opening, Report, Request
from bursar.budgets.purse import UNBORN, Purse

LEASE_US = 5_000_000
SILENT_US = 7_000_000
UNITS = {"company": "usd", "teams": "usd", "search": "tokens", "answers": "calls"}
"""What each account counts in."""


def by_name(names: Sequence[str], amounts: Amounts) -> dict[str, int]:
    """What a call takes of each account."""
    return {name: amounts[PLACES[UNITS[name]]] for name in names}


@dataclass(eq=False)
class Call:
    """A call in flight at a worker."""

    hold: Hold
    names: tuple[str, ...]
    amounts: Amounts


@dataclass
class Message:
    """A report on its way to the store, or its answer on the way back."""

    worker: int
    life: int
    report: Report
    answer: Answer | None = None


@dataclass
class Disk:
    """What outlives a worker's process: stored events (account, cost) in order, and calls in the journal."""

    events: list[dict[str, int]] = field(default_factory=list)
    synced: int = 0
    journal: list[Call] = field(default_factory=list)


class Store:
    """All rows; a report is one transaction."""

    def __init__(self, limits: dict[str, int], uncounted: dict[str, int]) -> None:
        self.accounts = {
            name: Account(name, limit, uncounted=name in uncounted) for name, limit in limits.items()
        }
        self.uncounted = dict(uncounted)
        self.leases: dict[tuple[str, str], Lease] = {}
        self.purses: dict[str, PurseRow] = {}
        self.charged: dict[str, dict[str, int]] = {}  # for workers that were written off, until they tell
        self.pulse = 0

    def book(self, purse: str, now_us: int) -> Book:
        row = self.purses.setdefault(purse, PurseRow(purse))
        return Book(row, self.accounts, self.leases, live_after_us=now_us - SILENT_US)

    def count(self, name: str) -> None:
        """What an account's period had spent before the account was there is known now."""
        self.accounts[name].external += self.uncounted.pop(name, 0)
        self.accounts[name].uncounted = False

    def write_off(self, purse: str, known: dict[str, int], charge: Charge) -> None:
        """An operator says that a worker is lost, which it may not be."""
        charged = self.charged.setdefault(purse, {})
        for one in write_off(self.book(purse, 0), known, charge):
            charged[one.account] = charged.get(one.account, 0) + one.charged

    def report(self, report: Report, now_us: int) -> Answer:
        book = self.book(report.purse, now_us)
        answer = take_report(book, report, now_us=now_us)
        self.pulse += book.recalled
        return answer


class Machine:
    """One worker: a purse in memory, a disk that stays."""

    def __init__(self, number: int, store: Store, openings: dict[str, Opening]) -> None:
        self.name = f"worker-{number}"
        self.store = store
        self.openings = openings
        self.disk = Disk()
        self.life = 0
        self.paused = False
        self.calls: list[Call] = []
        self.waiting: dict[int, tuple[tuple[str, ...], Amounts]] = {}
        self.refused: list[tuple[tuple[str, ...], Amounts]] = []
        self.clock_us = 0  # its own, which never steps back
        self.pulse = 0
        self.begun = 0
        self.ended: tuple[int, dict[str, int]] | None = None  # a life of which the store has not been told
        self.start()

    def start(self) -> None:
        """What the disk tells, the store is told: then a new life begins."""
        for call in self.disk.journal:  # the provider may have billed it: what was held counts as spent
            self._store(call, call.amounts)
        self.disk.journal = []
        self.disk.synced = len(self.disk.events)
        self.pots: dict[tuple[str, ...], Pot] = {}
        self.forgotten = 0
        self.purse = Purse(self.name, epoch=UNBORN, seq=self.disk.synced, lease_us=LEASE_US)
        self.ended = (self.disk.synced, {})
        self.begin_life()
        self.calls = []
        self.waiting = {}

    def end_life(self) -> None:
        """The store has said that the life is over: what comes from now on belongs to the next."""
        self.ended = (len(self.disk.events), self.purse.held())
        self.purse = self.purse.next_life(seq=len(self.disk.events))

    def begin_life(self) -> None:
        """Tell the store what the last life spent, and what its calls still hold."""
        if self.ended is None:
            return
        through, held = self.ended
        self.ended = None
        book = self.store.book(self.name, self.clock_us)
        self.purse.epoch = start_life(
            book,
            self.spent_between(book.purse.seq, through),
            held,
            charged=self.store.charged.pop(self.name, {}),
            seq=through,
            now_us=self.clock_us,
        )

    def spent_between(self, after: int, through: int) -> dict[str, int]:
        """What stored events cost, by account."""
        spent: dict[str, int] = {}
        for event in self.disk.events[after:through]:
            for name, cost in event.items():
                spent[name] = spent.get(name, 0) + cost
        return spent

    def crash(self) -> None:
        self.life += 1
        self.start()

    def next_call(self) -> str:
        """An id that no other call of this machine has."""
        self.begun += 1
        return f"call-{self.begun}"

    def pot(self, names: tuple[str, ...]) -> Pot:
        """The pot of the calls that these accounts pay for: a new one in a new life, or for a new wallet."""
        pot = self.pots.get(names)
        if pot is None or pot.life is not self.purse or self.forgotten != self.purse.forgotten:
            if self.forgotten != self.purse.forgotten:
                self.pots, self.forgotten = {}, self.purse.forgotten
            pot = self.pots[names] = self.purse.pot([self.openings[name] for name in names])
        return pot

    def begin(self, names: tuple[str, ...], amounts: Amounts) -> bool:
        """A call wants to start; True where it starts at once, else it waits for the store."""
        hold = self.purse.reserve(
            self.next_call(), self.pot(names), amounts, now_us=self.clock_us, expires_at_us=0
        )
        if hold is None:
            request = self.purse.next_request(by_name(names, amounts))
            self.waiting[request.number] = (names, amounts)
            return False
        self._started(hold, names, amounts)
        return True

    def _started(self, hold: Hold, names: tuple[str, ...], amounts: Amounts) -> None:
        call = Call(hold, names, amounts)
        self.calls.append(call)
        self.disk.journal.append(call)

    def end(self, call: Call, costs: Amounts) -> None:
        """Priced and stored in one step; the event is durable only after `sync`."""
        self.calls.remove(call)
        self.disk.journal.remove(call)
        self._store(call, costs)
        self.purse.post(call.hold, costs)

    def _store(self, call: Call, costs: Amounts) -> None:
        self.disk.events.append(by_name(call.names, costs))

    def sync(self) -> None:
        self.disk.synced = len(self.disk.events)
        self.purse.durable(seq=self.disk.synced)

    def report(self) -> Report:
        give_back = self.pulse != self.store.pulse
        self.pulse = self.store.pulse
        for name in sorted({name for names, _ in self.waiting.values() for name in names}):
            self.purse.wallet(self.openings[name])
        requests = [
            Request(number, by_name(names, amounts)) for number, (names, amounts) in self.waiting.items()
        ]
        return self.purse.report(requests, now_us=self.clock_us, give_back=give_back)

    def take(self, report: Report, answer: Answer) -> None:
        if report.epoch != self.purse.epoch:  # it was sent by an earlier life
            return
        self.purse.apply(report, answer)
        if answer.fenced:
            self.end_life()
            return
        for number in answer.granted:
            if number in self.waiting:
                names, amounts = self.waiting.pop(number)
                hold = self.purse.reserve(
                    self.next_call(), self.pot(names), amounts, now_us=self.clock_us, expires_at_us=0
                )
                if hold is not None:
                    self._started(hold, names, amounts)
                else:  # the lease ended meanwhile
                    self.waiting[number] = (names, amounts)
        for number, account in answer.refused.items():
            standing = next(one for one in answer.standings if one.account == account)
            waits = standing.returning or standing.in_doubt or standing.uncounted
            if number in self.waiting and not waits:
                self.refused.append(self.waiting.pop(number))


class World:
    """The whole system and what must hold of it at every step."""

    def __init__(self, workers: int, limits: dict[str, int], uncounted: dict[str, int] | None = None) -> None:
        """`uncounted` is what periods had spent before their accounts were there."""
        self.earlier = uncounted or {}
        self.store = Store(limits, self.earlier)
        self.limits = limits
        openings = {
            name: Opening(name, name, "", "", UNITS[name], True, 0, 1 << 60, limit, 1)
            for name, limit in limits.items()
        }
        self.now_us = 1_000_000
        self.machines = [Machine(number, self.store, openings) for number in range(workers)]
        self.network: list[Message] = []
        for machine in self.machines:
            machine.clock_us = self.now_us

    def pass_time(self, us: int) -> None:
        """Clocks that never step go on for everybody, also for who is paused."""
        self.now_us += us
        for machine in self.machines:
            machine.clock_us += us

    def send(self, number: int) -> None:
        machine = self.machines[number]
        if machine.paused:
            return
        if machine.ended is not None:
            machine.begin_life()
        else:
            self.network.append(Message(number, machine.life, deepcopy(machine.report())))

    def deliver(self, place: int, *, repeat: bool = False, store_clock_us: int = 0) -> None:
        """A message arrives: at the store, or back at its worker if that still lives the same life."""
        message = self.network[place] if repeat else self.network.pop(place)
        if message.answer is None:
            answer = self.store.report(message.report, self.now_us + store_clock_us)
            self.network.append(Message(message.worker, message.life, message.report, answer))
            return
        machine = self.machines[message.worker]
        if machine.life == message.life and not machine.paused:
            machine.take(message.report, message.answer)

    def exchange(self, number: int) -> None:
        """A report and its answer without trouble."""
        machine = self.machines[number]
        machine.begin_life()
        report = machine.report()
        machine.take(report, self.store.report(report, self.now_us))

    def write_off(self, number: int, delivered: int, charge: Charge = "lent") -> None:
        """Of what the worker spent and did not tell the store, the ledger has so many events."""
        machine = self.machines[number]
        seq = self.store.purses[machine.name].seq
        known = machine.spent_between(seq, min(seq + delivered, len(machine.disk.events)))
        self.store.write_off(machine.name, known, charge)

    def settle(self) -> None:
        """Quiet: everybody awake, the network empty, and a few rounds for what is owed to come home."""
        self.network = []
        for name in self.earlier:
            self.store.count(name)
        for machine in self.machines:
            machine.paused = False
            machine.sync()
        for _ in range(6):
            self.pass_time(100_000)
            for number in range(len(self.machines)):
                self.exchange(number)

    # -- what is true -----------------------------------------------------------------------------------

    def used(self, name: str) -> int:
        """What was spent before and since, and what calls in flight hold."""
        return self.earlier.get(name, 0) + self.spent(name) + self.held(name)

    def spent(self, name: str) -> int:
        """What calls have cost by every disk."""
        return sum(event.get(name, 0) for machine in self.machines for event in machine.disk.events)

    def held(self, name: str) -> int:
        return sum(
            by_name(call.names, call.amounts).get(name, 0)
            for machine in self.machines
            for call in machine.calls
        )

    def check(self) -> None:
        for name, limit in self.limits.items():
            assert self.used(name) <= limit, f"{name} is overspent"
            account = self.store.accounts[name]
            leased = sum(lease.amount for (of, _), lease in self.store.leases.items() if of == name)
            promised = account.spent + account.external + leased
            assert promised <= limit, f"the store promised more of {name} than there is"
            for machine in self.machines:
                self._check_wallet(machine, name)

    def _check_wallet(self, machine: Machine, name: str) -> None:
        wallet = machine.purse.wallets.get(name)
        lease = self.store.leases.get((name, machine.name))
        if wallet is None or machine.purse.epoch != self.store.purses[machine.name].epoch:
            return
        aside = sum(pot.taken[wallet.place] for pot in set(wallet.pots) if pot.active)
        mine = wallet.held + wallet.free + wallet.posted + aside
        theirs = (lease.amount + lease.posted) if lease else 0
        assert mine <= theirs, f"{machine.name} believes in more of {name} than it was lent"

    def check_quiet(self) -> None:
        """After `settle`, with no call in flight: counters are sums of their events, leases are home."""
        for name in self.limits:
            assert self.store.accounts[name].spent == self.spent(name)
            leased = sum(lease.amount for (of, _), lease in self.store.leases.items() if of == name)
            held = self.held(name)
            assert leased >= held
            if len(self.machines) > 1:
                for machine in self.machines:
                    machine.purse.gather()
                free = sum(m.purse.wallets[name].free for m in self.machines if name in m.purse.wallets)
                assert leased == held + free


Choose = Callable[[int], int]
"""A number below the given one."""


def step(world: World, choose: Choose) -> None:
    """Anything that may happen, once."""
    kind = choose(17)
    machine = world.machines[choose(len(world.machines))]
    number = world.machines.index(machine)
    names = tuple(sorted(world.limits))
    if kind <= 3 and not machine.paused:
        chosen = tuple(name for name in names if choose(2)) or names[:1]
        machine.begin(chosen, (1 + choose(30), 1 + choose(30), 1 + choose(30)))
    elif kind <= 5 and machine.calls and not machine.paused:
        call = machine.calls[choose(len(machine.calls))]
        usd, tokens, calls = (choose(amount + 1) for amount in call.amounts)
        machine.end(call, (usd, tokens, calls))
    elif kind == 6 and not machine.paused:
        machine.sync()
    elif kind in (7, 8):
        world.send(number)
    elif kind in (9, 10) and world.network:
        # The store's clock may be off by seconds: safety must not depend on it.
        world.deliver(
            choose(len(world.network)), repeat=not choose(4), store_clock_us=choose(7) * 2_000_000 - 6_000_000
        )
    elif kind == 11 and world.network:
        world.network.pop(choose(len(world.network)))
    elif kind == 14 and not machine.paused and not choose(4):
        for _ in range(10):  # a quiet while, after which a worker forgets what it does not use
            world.pass_time(100_000)
            world.exchange(number)
    elif kind == 15 and world.store.uncounted:
        world.store.count(sorted(world.store.uncounted)[choose(len(world.store.uncounted))])
    elif kind == 16 and not choose(3):
        world.write_off(number, choose(4))
    elif kind == 12:
        (machine.crash if choose(2) else _toggle_pause(machine))()
    else:
        world.pass_time(choose(4_000_000))


def _toggle_pause(machine: Machine) -> Callable[[], None]:
    def toggle() -> None:
        machine.paused = not machine.paused

    return toggle
