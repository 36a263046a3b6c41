"""Price, volume and mix are the whole difference, whatever moved; and each names what alone moved."""

from hypothesis import given
from hypothesis import strategies as st

from bursar.ledger.variance import Amount, decompose

AMOUNTS = st.builds(Amount, st.integers(0, 10**24), st.integers(0, 10**12), st.integers(0, 10**9))
SPANS = st.dictionaries(st.tuples(st.sampled_from("abcdef")), AMOUNTS)


@given(before=SPANS, after=SPANS)
def test_the_parts_are_the_difference_to_the_picodollar(
    before: dict[tuple[str, ...], Amount], after: dict[tuple[str, ...], Amount]
) -> None:
    parts, whole = decompose(before, after)
    assert set(parts) == set(before) | set(after)
    for group, part in parts.items():
        delta = after.get(group, Amount()).cost - before.get(group, Amount()).cost
        assert part.price + part.volume + part.mix == delta
    assert whole.delta == sum(part.delta for part in parts.values())


def test_a_price_that_doubles_is_all_price() -> None:
    before = {("a",): Amount(100, 10, 1), ("b",): Amount(50, 10, 1)}
    parts, whole = decompose(before, {**before, ("a",): Amount(200, 10, 1)})
    assert (whole.price, whole.volume, whole.mix) == (100, 0, 0)
    assert parts["b",].delta == 0


def test_twice_as_much_of_everything_is_all_volume() -> None:
    before = {("a",): Amount(100, 10, 1), ("b",): Amount(50, 30, 1)}
    _, whole = decompose(
        before, {group: Amount(*(2 * each for each in one)) for group, one in before.items()}
    )
    assert (whole.price, whole.volume, whole.mix) == (0, 150, 0)


def test_the_same_amount_moved_to_a_dearer_model_is_all_mix() -> None:
    before = {("cheap",): Amount(10, 10, 1), ("dear",): Amount(100, 10, 1)}
    after = {("cheap",): Amount(5, 5, 1), ("dear",): Amount(150, 15, 1)}
    _, whole = decompose(before, after)
    assert (whole.price, whole.volume, whole.mix) == (0, 0, 45)


def test_what_is_new_is_mix_and_without_tokens_calls_are_counted() -> None:
    parts, _ = decompose({("a",): Amount(10, 0, 10)}, {("a",): Amount(20, 0, 20), ("new",): Amount(7, 0, 20)})
    assert (parts["new",].price, parts["new",].volume, parts["new",].mix) == (0, 0, 7)
    assert parts["a",].volume == 30  # 4 times as many calls as before
    assert parts["a",].price == 0
