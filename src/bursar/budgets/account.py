"""What is known of one budget for one value and one period: the account that calls are charged to."""

import msgspec

from bursar.estate.budgets import Unit
from bursar.vocab.instant import InstantUs


class AccountState(msgspec.Struct, kw_only=True, frozen=True):
    """One account as the state store has it. Amounts are integers: picodollars, tokens or calls, by `unit`.

    `limit` is what may be spent: the amount, what rolled over, what was granted. `spent` was posted by
    gateways, or (`external`) used without passing them. `held` is open holds, `leased` what
    workers may reserve without asking, their holds included. A rolling budget has no end. `written_off` was
    charged for workers that were written off and have not told what they spent of the `lost` that they had.
    """

    id: str  # budget, value and the period's beginning
    budget: str
    value: str = ""  # of the dimension `each`; empty where the budget is one
    owner: str = ""
    unit: Unit = "usd"
    hard: bool = True
    begins_at_us: InstantUs
    ends_at_us: InstantUs | None
    amount: int
    granted: int = 0
    rolled_over: int = 0
    limit: int
    spent: int = 0
    external: int = 0
    carried: int = 0  # of `spent`: what the earlier days of a rolling budget spent
    held: int = 0
    leased: int = 0
    written_off: int = 0  # of `spent`
    lost: int = 0

    @property
    def left(self) -> int:
        """What a further call may take; negative when usage that passed no gateway went over."""
        return self.limit - self.spent - self.held
