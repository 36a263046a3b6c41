"""Why a cost moved: price, volume and mix, in whole picodollars that add up to the difference.

The decomposition is the one of sales variance analysis (Horngren, Datar and Rajan, Cost Accounting, on
flexible budgets and sales mix), with the unit cost of the time before as the standard:

- volume: what the costs before would have grown by, had every group grown as all together did;
- price:  today's quantity at today's unit cost, less the same quantity at the unit cost before;
- mix:    what is left: groups that grew more or less than all together; all of a group that is new, and what
  a group that is gone is short of by more than the volume.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from bursar.vocab.errors import check


class Amount(NamedTuple):
    """What a group used in a span: cost in picodollars, tokens and calls."""

    cost: int = 0
    tokens: int = 0
    calls: int = 0


class Part(NamedTuple):
    """Price + volume + mix = cost after - cost before; picodollars."""

    before: Amount
    after: Amount
    price: int
    volume: int
    mix: int

    @property
    def delta(self) -> int:
        """What it costs more than before."""
        return self.after.cost - self.before.cost


_NOTHING = Amount()

Group = tuple[str, ...]


def decompose(
    before: Mapping[Group, Amount], after: Mapping[Group, Amount]
) -> tuple[dict[Group, Part], Part]:
    """The parts of each group that is in either span, and of all together."""
    by_tokens = all(sum(each.tokens for each in span.values()) > 0 for span in (before, after))
    total_before = sum(_quantity(each, by_tokens) for each in before.values())
    total_after = sum(_quantity(each, by_tokens) for each in after.values())
    parts = {
        group: _part(
            before.get(group, _NOTHING), after.get(group, _NOTHING), total_before, total_after, by_tokens
        )
        for group in (*before, *(group for group in after if group not in before))
    }
    whole = together(parts.values())
    check(whole.price + whole.volume + whole.mix == whole.delta, "price, volume and mix are the difference")
    return parts, whole


def _part(before: Amount, after: Amount, total_before: int, total_after: int, by_tokens: bool) -> Part:
    delta = after.cost - before.cost
    if total_before == 0 or total_after == 0:
        return Part(before, after, 0, delta, 0)  # nothing to compare a unit cost with
    old, new = _quantity(before, by_tokens), _quantity(after, by_tokens)
    volume = _rounded(before.cost * (total_after - total_before), total_before)
    price = after.cost - _rounded(before.cost * new, old) if old and new else 0
    return Part(before, after, price, volume, delta - volume - price)


def _quantity(amount: Amount, by_tokens: bool) -> int:
    return amount.tokens if by_tokens else amount.calls


def _rounded(above: int, below: int) -> int:
    """To the nearest integer, halves away from zero."""
    size = (2 * abs(above) + below) // (2 * below)
    return size if above >= 0 else -size


def together(parts: Iterable[Part]) -> Part:
    """The parts of several groups as one."""
    each = list(parts)
    return Part(
        _sum(part.before for part in each),
        _sum(part.after for part in each),
        sum(part.price for part in each),
        sum(part.volume for part in each),
        sum(part.mix for part in each),
    )


def _sum(amounts: Iterable[Amount]) -> Amount:
    return Amount(*map(sum, zip(_NOTHING, *amounts, strict=True)))
