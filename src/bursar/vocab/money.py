"""Money as integer picodollars (10^-12 USD); no float ever touches it."""

from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from typing import NewType

from bursar.vocab.errors import InvalidInput

Picodollars = NewType("Picodollars", int)

PICODOLLARS_PER_USD = 10**12
_PRECISION = 60


def round_to_picodollars(numerator: int, denominator: int) -> Picodollars:
    """numerator / denominator to the nearest integer, ties to even: the only place where money is rounded."""
    quotient, remainder = divmod(numerator, denominator)
    twice = 2 * remainder
    if twice > denominator or (twice == denominator and quotient & 1):
        quotient += 1
    return Picodollars(quotient)


def from_usd(amount: Decimal) -> Picodollars:
    """Exact picodollars of a dollar amount; InvalidInput if it is finer than 10^-12 USD or not a number."""
    if not amount.is_finite():
        raise InvalidInput(f"{amount} is not an amount of money")
    with localcontext() as context:
        context.prec = _PRECISION
        scaled = amount.scaleb(12)
        whole = scaled.to_integral_value(rounding=ROUND_HALF_EVEN)
        if whole != scaled:
            raise InvalidInput(f"{amount} USD is finer than a picodollar (10^-12 USD)")
        return Picodollars(int(whole))


def to_usd(amount: Picodollars) -> Decimal:
    """The same amount in dollars, as an exact Decimal with 12 places."""
    with localcontext() as context:
        context.prec = _PRECISION
        return Decimal(amount).scaleb(-12)


def usd_text(amount: Picodollars) -> str:
    """Dollars as a plain decimal string without trailing zeros: 489000000 -> "0.000489"."""
    sign = "-" if amount < 0 else ""
    whole, fraction = divmod(abs(amount), PICODOLLARS_PER_USD)
    digits = f"{fraction:012d}".rstrip("0")
    return f"{sign}{whole}.{digits}" if digits else f"{sign}{whole}"
