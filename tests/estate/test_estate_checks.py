"""Documents name only what exists, and two prices never claim the same calls."""

from bursar.estate.checks import REFERENCES, check_together
from bursar.estate.kinds import KINDS, AnyDocument, Price, Provider
from bursar.estate.parse import parse


def provider(name: str) -> Provider:
    return Provider(name=name, wire="openai", base_url="http://x")


def check(values: list[object], *others: AnyDocument) -> list[str]:
    return [str(problem) for problem in check_together(parse((), values).documents, others)]


MODEL: dict[str, object] = {"kind": "model", "name": "m", "provider": "openai"}
PRICE: dict[str, object] = {
    "kind": "price",
    "name": "p",
    "provider": "openai",
    "model": "m",
    "valid_from": "2026-01-01",
    "per_call": "1",
}


def test_a_model_of_a_provider_that_does_not_exist_is_refused_with_the_near_one() -> None:
    assert check([MODEL], provider("openai-eu")) == [
        "documents[0]: model 'm' names provider 'openai', which does not exist; did you mean 'openai-eu'?"
    ]


def test_without_a_near_name_the_advice_is_to_add_the_document() -> None:
    (problem,) = check([MODEL])
    assert problem == (
        "documents[0]: model 'm' names provider 'openai', which does not exist: "
        "add a document of kind provider with this name"
    )


def test_what_is_in_force_already_may_be_named() -> None:
    assert check([MODEL, PRICE], provider("openai")) == []


def test_what_comes_in_the_same_breath_may_be_named() -> None:
    assert (
        check([MODEL, {"kind": "provider", "name": "openai", "wire": "openai", "base_url": "http://x"}]) == []
    )


def test_a_product_without_a_team_names_nothing() -> None:
    assert check([{"kind": "product", "name": "answers"}]) == []
    (problem,) = check([{"kind": "product", "name": "answers", "team": "search"}])
    assert "names team 'search'" in problem


def test_two_prices_for_the_same_calls_from_the_same_instant_are_refused() -> None:
    twin = {**PRICE, "name": "q", "valid_from": "2026-01-01T00:00:00Z"}
    (problem,) = check([PRICE, twin], provider("openai"))
    assert problem.startswith("documents[1]: price 'q' and price 'p' are for the same calls")
    in_force = Price(name="old", provider="openai", model="m", valid_from="2026-01-01", per_call="2")
    assert len(check([PRICE], provider("openai"), in_force)) == 1


def test_a_later_price_and_a_changed_price_are_no_rivals() -> None:
    later = {**PRICE, "name": "q", "valid_from": "2026-02-01"}
    in_force = Price(name="p", provider="openai", model="m", valid_from="2026-01-01", per_call="2")
    assert check([PRICE, later], provider("openai"), in_force) == []


def test_every_reference_is_between_fields_and_kinds_that_exist() -> None:
    kinds = {kind.KIND: kind for kind in KINDS}
    for reference in REFERENCES:
        assert reference.field.split(".")[0] in kinds[reference.kind].__struct_fields__
        assert reference.target in kinds
