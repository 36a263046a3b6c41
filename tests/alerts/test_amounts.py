"""Amounts are exact for programs and readable for people."""

import pytest

from bursar.alerts.amounts import exact, shown
from bursar.estate.budgets import Unit


@pytest.mark.parametrize(
    ("amount", "unit", "text", "whole"),
    [
        (1_234_567 * 10**12, "usd", "1,234,567.00 USD", "1234567"),
        (10**12 + 5 * 10**9, "usd", "1.00 USD", "1.005"),
        (2 * 10**9, "usd", "0.002 USD", "0.002"),
        (-3 * 10**12, "usd", "-3.00 USD", "-3"),
        (1, "usd", "0 USD", "0.000000000001"),
        (12_000, "tokens", "12,000 tokens", "12000"),
    ],
)
def test_an_amount_has_its_unit_and_no_more_digits_than_help(
    amount: int, unit: Unit, text: str, whole: str
) -> None:
    assert (shown(amount, unit), exact(amount, unit)) == (text, whole)
