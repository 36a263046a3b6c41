"""Money is exact: integers in, integers out, one rounding, ties to even."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bursar.vocab.errors import InvalidInput
from bursar.vocab.money import (
    PICODOLLARS_PER_USD,
    Picodollars,
    from_usd,
    round_to_picodollars,
    to_usd,
    usd_text,
)

amounts = st.integers(-(10**26), 10**26)


@given(numerator=amounts, denominator=st.integers(1, 10**24))
def test_rounding_is_to_the_nearest_and_ties_go_to_even(numerator: int, denominator: int) -> None:
    # Python rounds a Fraction exactly so, by its own arithmetic.
    assert round_to_picodollars(numerator, denominator) == round(Fraction(numerator, denominator))


@pytest.mark.parametrize(
    ("numerator", "rounded"), [(1, 0), (3, 2), (5, 2), (7, 4), (-1, 0), (-3, -2), (-5, -2), (4, 2)]
)
def test_halves_go_to_the_even_neighbour(numerator: int, rounded: int) -> None:
    assert round_to_picodollars(numerator, 2) == rounded


@given(amount=amounts)
def test_an_amount_survives_the_way_through_dollars(amount: int) -> None:
    money = Picodollars(amount)
    assert from_usd(to_usd(money)) == money
    assert from_usd(Decimal(usd_text(money))) == money


@given(parts=st.lists(amounts, max_size=50))
def test_sums_in_dollars_equal_sums_in_picodollars(parts: list[int]) -> None:
    assert from_usd(sum((to_usd(Picodollars(part)) for part in parts), Decimal(0))) == sum(parts)


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (489_000_000, "0.000489"),
        (PICODOLLARS_PER_USD, "1"),
        (0, "0"),
        (-1, "-0.000000000001"),
        (-25 * 10**11, "-2.5"),
    ],
)
def test_an_amount_is_written_plainly(amount: int, text: str) -> None:
    assert usd_text(Picodollars(amount)) == text


@pytest.mark.parametrize("amount", [Decimal("0.0000000000001"), Decimal("NaN"), Decimal("Infinity")])
def test_what_is_no_whole_number_of_picodollars_is_refused(amount: Decimal) -> None:
    with pytest.raises(InvalidInput):
        from_usd(amount)
