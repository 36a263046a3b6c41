"""Amounts of budgets as texts: exact for programs, with their unit for people."""

from typing import Final

from bursar.estate.budgets import Unit
from bursar.vocab.money import PICODOLLARS_PER_USD, Picodollars, round_to_picodollars, usd_text

_CENT: Final = 10**10  # picodollars
_MICRODOLLAR: Final = 10**6


def exact(amount: int, unit: Unit) -> str:
    """Dollars as a decimal text without loss, tokens and calls as a whole number."""
    return usd_text(Picodollars(amount)) if unit == "usd" else str(amount)


def shown(amount: int, unit: Unit) -> str:
    """As people read it: dollars to the cent, small ones to the millionth, and with the unit."""
    if unit != "usd":
        return f"{amount:,} {unit}"
    if abs(amount) < PICODOLLARS_PER_USD:
        return f"{usd_text(Picodollars(round_to_picodollars(amount, _MICRODOLLAR) * _MICRODOLLAR))} USD"
    cents = round_to_picodollars(abs(amount), _CENT)
    sign = "-" if amount < 0 and cents else ""
    return f"{sign}{cents // 100:,}.{cents % 100:02d} USD"
