"""Amounts of budgets as texts: exact for programs, with their unit for people."""

from bursar.estate.budgets import Unit
from bursar.vocab.money import Picodollars, round_to_picodollars, usd_text

_CENT: int = 10**10  # picodollars


def exact(amount: int, unit: Unit) -> str:
    """Dollars as a decimal text without loss, tokens and calls as a whole number."""
    return usd_text(Picodollars(amount)) if unit == "usd" else str(amount)


def shown(amount: int, unit: Unit) -> str:
    """As people read it: dollars to the cent, and with the unit."""
    if unit != "usd":
        return f"{amount:,} {unit}"
    cents = round_to_picodollars(abs(amount), _CENT)
    sign = "-" if amount < 0 and cents else ""
    return f"{sign}{cents // 100:,}.{cents % 100:02d} USD"
