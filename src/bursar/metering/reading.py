"""What a reply says of itself: its usage, and the words that select its price."""

from typing import Final

import msgspec

from bursar.vocab.usage import Usage

# Facts worth seeing beside an event; the gateway copies them to the event's flags.
FLAG_CLAMPED: Final = "usage_clamped"  # parts were larger than their total and were cut to fit
FLAG_IMPLAUSIBLE: Final = "usage_implausible"  # a count is negative or beyond COUNT_MAX and was not believed
FLAG_HIDDEN_OUTPUT: Final = "usage_hidden_output"  # the total holds output that no field names: reasoning
FLAG_ASIDE: Final = "usage_aside"  # the provider bills further tokens at another model's price
FLAG_REPRICED: Final = "usage_repriced"  # the provider says that it bills this call by other rules
FLAG_DISPUTED: Final = "usage_disputed"  # the model and the cloud that bills it count differently
FLAG_CUT: Final = "reply_unreadable"  # a part of the stream was too long or broken, and was passed over

COUNT_MAX: Final = 10**9
"""No call has more of anything; keeps every cost below 2**63 picodollars, whatever a reply claims."""


class Aside(msgspec.Struct, frozen=True, gc=False):
    """Tokens billed beside the reply's own usage, at the rates of `model` ("" where the reply names none)."""

    kind: str
    model: str
    usage: Usage


class Reading(msgspec.Struct):
    """What one reply says of itself; the empty Reading is a reply that says nothing.

    `usage` is None where the reply carries none. `estimated` is true where a part of `usage` is our own
    count; `counted` holds what was counted one by one, which an estimate must not forget.
    `characters_output` is what a stream showed until it ended, in UTF-8 bytes, so that one unit holds
    about the same number of tokens in every script; 0 where it was not needed.
    """

    usage: Usage | None = None
    model_served: str = ""
    service_tier: str = ""
    speed: str = ""
    inference_geo: str = ""
    processing: str = ""
    provider_call_id: str = ""
    finished: bool = False
    characters_output: int = 0
    estimated: bool = False
    counted: Usage | None = None
    flags: list[str] = []
    asides: list[Aside] = []

    def flag(self, fact: str) -> None:
        if fact not in self.flags:
            self.flags.append(fact)

    def plausible(self, *totals: int | None) -> bool:
        """False, and flagged, where a total cannot be: then the whole usage is not believed."""
        for total in totals:
            if total is not None and not 0 <= total <= COUNT_MAX:
                self.flag(FLAG_IMPLAUSIBLE)
                return False
        return True

    def believed(self, count: int | None) -> int:
        """`count` as a number of units: missing is 0; what cannot be is 0 and flagged."""
        if not count:
            return 0
        if 0 < count <= COUNT_MAX:
            return count
        self.flag(FLAG_IMPLAUSIBLE)
        return 0
