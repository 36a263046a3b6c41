"""Routes lead to models that are there and that one caller can reach; limits limit something."""

from typing import Any

import pytest

from bursar.estate.checks import check_together
from bursar.estate.kinds import AnyDocument, Model, Provider
from bursar.estate.limits import Limit
from bursar.estate.parse import Source, decode, encode, parse
from bursar.estate.problem import BadEstate
from bursar.estate.routes import ModelRoute, RouteTarget
from bursar.estate.scope import Scope
from bursar.estate.span import span_us

EVERYTHING: tuple[AnyDocument, ...] = (
    Provider(name="openai", wire="openai", base_url="http://x"),
    Provider(name="blue", wire="azure", base_url="http://x"),
    Provider(name="claude", wire="anthropic", base_url="http://x"),
    Model(name="small", provider="openai"),
    Model(name="deployed", provider="blue"),
    Model(name="haiku", provider="claude"),
    ModelRoute(name="other", targets=[RouteTarget(model="small")]),
)


def check(*models: str, name: str = "fast", **fields: Any) -> list[str]:
    value = {"kind": "route", "name": name, "targets": [{"model": model} for model in models], **fields}
    return [str(problem) for problem in check_together(parse((), [value]).documents, EVERYTHING)]


def problems_of(text: str) -> list[str]:
    with pytest.raises(BadEstate) as caught:
        parse([Source(path="e.yaml", text=text)])
    return [str(problem) for problem in caught.value.problems]


def test_targets_may_be_model_documents_or_names_at_a_provider() -> None:
    assert check("small", "openai/gpt-5", "deployed") == []


def test_a_target_that_does_not_exist_is_named_with_the_near_one() -> None:
    assert check("smal") == [
        "documents[0]: route 'fast' leads to 'smal', which does not exist; did you mean 'small'?"
    ]
    assert check("opnai/gpt-5")[0].endswith("did you mean 'openai/gpt-5'?")
    assert check("zzzzzz")[0].endswith("write the name of a model document, or PROVIDER/MODEL")


def test_a_route_to_a_route_is_refused_so_that_there_are_no_circles() -> None:
    assert "leads to route 'other'" in check("other")[0]
    assert "leads to route 'fast'" in check("fast")[0]


def test_a_route_whose_targets_no_single_caller_reaches_is_refused() -> None:
    (problem,) = check("small", "haiku")
    assert "small on the openai wire, haiku on the anthropic wire" in problem


def test_a_route_and_a_model_of_the_same_name_are_refused_whichever_comes_second() -> None:
    assert "has the name of a model" in check("openai/x", name="small")[0]
    model = parse((), [{"kind": "model", "name": "other", "provider": "openai"}]).documents
    assert "has the name of a route" in str(check_together(model, EVERYTHING)[0])


def test_a_route_may_take_the_name_that_its_target_has_at_the_provider() -> None:
    assert check("openai/gpt-4o", "blue/gpt-4o", name="gpt-4o") == []


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ("targets: []", "e.yaml:3: targets is empty"),
        ("targets: [{model: a, weight: 0}]", "weight is 0: it must be at least 1"),
        ("targets: [{model: a, weight: -3}]", "weight is -3"),
        ("targets: [{model: a}, {model: a}]", "names 'a' more than once"),
        ("targets: [{model: a}]\ncooldown: soon", "cooldown is 'soon'"),
        ("targets: [{model: a}]\nfallback_on: [timeot]", "did you mean 'timeout'?"),
        ("targets: [{model: a}]\norder: by_wait", "did you mean 'by_weight'?"),
        ("targets: [{model: a}]\nattempts_max: 0", "attempts_max is 0"),
        ("targets: [" + ", ".join(f"{{model: m{n}}}" for n in range(33)) + "]", "at most 32"),
    ],
)
def test_a_route_that_cannot_be_is_refused_with_its_line(fields: str, says: str) -> None:
    assert says in " ".join(problems_of(f"kind: route\nname: r\n{fields}\n"))


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ("owner: me", "limit 'l' limits nothing"),
        ("requests_per_minute: -1", "requests_per_minute is -1: it must be at least 1"),
        ("requests_per_minute: 0", "it must be at least 1"),
        ("tokens_per_minute: 1.5", "must be a whole number"),
        ("concurrent: 99999999999", "it must be at most 1e+06"),
        ("concurrent: 1\nscope: {teem: search}", "did you mean 'team'?"),
        ("concurrent: 1\neach: teem", "each is 'teem'"),
        ("concurrent: 1\non_store_loss: allow", "did you mean 'allow_and_flag'?"),
    ],
)
def test_a_limit_that_cannot_be_is_refused_with_its_line(fields: str, says: str) -> None:
    assert says in " ".join(problems_of(f"kind: limit\nname: l\n{fields}\n"))


def test_a_limit_is_stored_and_read_again_as_it_was() -> None:
    limit = Limit(name="l", scope=Scope(team=["a", "b*"]), each="key", requests_per_minute=60, owner="me")
    assert decode(encode(limit)) == limit


def test_a_span_is_an_exact_number_of_microseconds() -> None:
    assert [span_us(span) for span in ("0s", "30s", "5m", "2h", "1d", "1w")] == [
        seconds * 1_000_000 for seconds in (0, 30, 300, 7200, 86_400, 604_800)
    ]
