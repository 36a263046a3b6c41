"""Amounts for the eye: dollars to the cent, small ones to the millionth; `--json` has them exact."""

from decimal import Decimal
from typing import Final

_FINEST: Final = 6
_CENTS: Final = 2
_CENT: Final = Decimal("0.01")
_MILLION: Final = 1_000_000


def dollars(text: str) -> str:
    """`$1,234.57`, `-$3.00`, `$0.000563`."""
    amount = Decimal(text)
    shown = f"{abs(amount):,.{_CENTS if abs(amount) >= 1 else _FINEST}f}"
    whole, _, places = shown.partition(".")
    places = places.rstrip("0").ljust(_CENTS, "0")
    sign = "-" if amount < 0 and shown.strip("0,.") else ""
    return f"{sign}${whole}.{places}"


def amount(text: str, unit: str) -> str:
    """An amount of a budget without its unit's name: dollars, or `1,200`."""
    return dollars(text) if unit == "usd" else f"{int(text):,}"


def amount_with_unit(text: str, unit: str) -> str:
    """The same with the name, where it is not plain from the sign."""
    return amount(text, unit) if unit == "usd" else f"{amount(text, unit)} {unit}"


def brief(text: str, unit: str) -> str:
    """As short as it can be compared: whole cents, or less where there is no cent; `20.9M`."""
    if unit == "usd":
        return dollars(text if abs(Decimal(text)) < _CENT else f"{Decimal(text):.2f}")
    number = int(text)
    return f"{number / _MILLION:,.1f}M" if abs(number) >= _MILLION else f"{number:,}"


def brief_with_unit(text: str, unit: str) -> str:
    """The same with the name of the unit."""
    return brief(text, unit) if unit == "usd" else f"{brief(text, unit)} {unit}"
