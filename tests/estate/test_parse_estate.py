"""Estate files become typed documents, and every mistake is named with its file, its line and a way out."""

import contextlib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bursar.estate.kinds import KINDS, Model, Price, Product, Provider, Team, UseCase
from bursar.estate.parse import Parsed, Source, decode, encode, parse
from bursar.estate.problem import BadEstate, Problem

ISSUE_ESTATE = """\
kind: provider
name: mock
wire: openai
base_url: http://127.0.0.1:9001
credential: literal:sk-upstream
---
kind: model
name: gpt-4o-mini          # what callers ask for
provider: mock
upstream_model: gpt-4o-mini
---
kind: price
name: mock-gpt-4o-mini
provider: mock
model: gpt-4o-mini
valid_from: 2020-01-01
per_million_tokens: {input: "0.15", cache_read: "0.075", output: "0.60"}   # USD
---
kind: team
name: search
---
kind: product
name: answers
---
kind: use_case
name: chat
"""


def read(text: str, path: str = "estate.yaml") -> Parsed:
    return parse([Source(path=path, text=text)])


def problems_of(text: str) -> list[str]:
    with pytest.raises(BadEstate) as caught:
        read(text)
    return [str(problem) for problem in caught.value.problems]


PRICE_HEAD = "kind: price\nname: p\nprovider: x\nmodel: m\nvalid_from: 2026-01-01\n"


def test_an_estate_of_six_kinds_is_read_as_it_is_written() -> None:
    parsed = read(ISSUE_ESTATE)
    provider, model, price, team, product, use_case = (item.document for item in parsed.documents)
    assert provider == Provider(
        name="mock", wire="openai", base_url="http://127.0.0.1:9001", credential="literal:sk-upstream"
    )
    assert model == Model(name="gpt-4o-mini", provider="mock", upstream_model="gpt-4o-mini")
    assert price == Price(
        name="mock-gpt-4o-mini",
        provider="mock",
        model="gpt-4o-mini",
        valid_from="2020-01-01",
        per_million_tokens={"input": "0.15", "cache_read": "0.075", "output": "0.60"},
    )
    assert (team, product, use_case) == (Team(name="search"), Product(name="answers"), UseCase(name="chat"))
    assert [item.line for item in parsed.documents] == [1, 7, 12, 19, 22, 25]


def test_a_literal_credential_is_taken_with_a_warning_that_does_not_repeat_it() -> None:
    (warning,) = read(ISSUE_ESTATE).warnings
    assert str(warning).startswith("estate.yaml:1: provider 'mock' carries its key in the file")
    assert "sk-upstream" not in str(warning)


def test_an_unknown_field_names_the_near_one_and_does_not_count_as_missing_too() -> None:
    assert problems_of("kind: model\nname: m\nprovidr: x\n") == [
        "estate.yaml:3: unknown field 'providr'; did you mean 'provider'?"
    ]


def test_every_mistake_of_every_file_is_named_at_once_in_file_order() -> None:
    with pytest.raises(BadEstate) as caught:
        parse(
            [
                Source(path="b.yaml", text="kind: team\nname: t\n---\nkind: modle\nname: x\n"),
                Source(path="a.yaml", text="kind: team\nname: t\ncolour: red\n---\n- 1\n"),
                Source(path="c.yaml", text="kind: team\nname: [unclosed\n"),
            ]
        )
    assert [(problem.path, problem.line) for problem in caught.value.problems] == [
        ("b.yaml", 4),
        ("a.yaml", 3),
        ("a.yaml", 5),
        ("c.yaml", 3),
    ]
    assert "did you mean 'model'?" in str(caught.value)


def test_money_as_a_yaml_float_is_refused_with_advice_to_quote_it() -> None:
    text = PRICE_HEAD + "per_million_tokens:\n  input: 0.10\n"
    (problem,) = problems_of(text)
    assert problem == (
        "estate.yaml:7: per_million_tokens.input is a float, which may lose digits of money: "
        'write it in quotes, "0.10"'
    )


def test_a_whole_number_of_dollars_needs_no_quotes() -> None:
    text = PRICE_HEAD + "per_million_tokens: {input: 3}\n"
    (item,) = read(text).documents
    assert isinstance(item.document, Price)
    assert item.document.per_million_tokens == {"input": "3"}


def test_an_unknown_token_class_names_the_near_one() -> None:
    text = PRICE_HEAD + "per_million_tokens: {inptu: 3}\n"
    assert problems_of(text) == [
        "estate.yaml:6: unknown field 'per_million_tokens.inptu'; did you mean 'input'?"
    ]


def test_a_price_without_any_rate_is_refused_because_it_would_be_a_silent_zero() -> None:
    text = PRICE_HEAD + 'per_call: "0.00"\n'
    (problem,) = problems_of(text)
    assert "holds no rate" in problem
    free = text.replace('per_call: "0.00"', 'per_million_tokens: {input: "0"}')
    assert len(read(free).documents) == 1


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("2020-01-01", "2020-01-01"),
        ("'2020-01-01'", "2020-01-01"),
        ("2020-01-01 12:30:00", "2020-01-01T12:30:00.000000Z"),
        ("2020-01-01T12:30:00+02:00", "2020-01-01T10:30:00.000000Z"),
        ("2020-01-01T12:30:00Z", "2020-01-01T12:30:00.000000Z"),
    ],
)
def test_valid_from_is_a_date_or_an_instant_and_is_utc_without_a_zone(written: str, kept: str) -> None:
    text = f"kind: price\nname: p\nprovider: x\nmodel: m\nvalid_from: {written}\nper_call: '1'\n"
    (item,) = read(text).documents
    assert isinstance(item.document, Price)
    assert item.document.valid_from == kept


@pytest.mark.parametrize("written", ["yesterday", "2020-13-01", "0000-01-01", "2020-01-01T99:00:00"])
def test_a_valid_from_that_is_no_time_is_refused(written: str) -> None:
    text = f"kind: price\nname: p\nprovider: x\nmodel: m\nvalid_from: '{written}'\nper_call: '1'\n"
    (problem,) = problems_of(text)
    assert problem.startswith("estate.yaml:5: valid_from: ")


def test_a_document_that_stands_twice_is_refused_with_both_places() -> None:
    with pytest.raises(BadEstate) as caught:
        parse(
            [
                Source(path="a.yaml", text="kind: team\nname: search\n"),
                Source(path="b.yaml", text="---\nkind: team\nname: search\n"),
            ]
        )
    assert str(caught.value) == (
        "b.yaml:2: team 'search' stands twice, first at a.yaml:1: remove one or rename it"
    )


def test_the_same_name_in_two_kinds_is_two_documents() -> None:
    assert len(read("kind: team\nname: search\n---\nkind: product\nname: search\n").documents) == 2


def test_text_stays_text_where_yaml_would_make_a_number_a_date_or_a_truth_value_of_it() -> None:
    text = "kind: team\nname: 2024\ncost_centre: 0042\nowner: no\ntitle: 2026-01-01\n"
    (item,) = read(text).documents
    assert item.document == Team(name="2024", cost_centre="0042", owner="no", title="2026-01-01")


def test_an_empty_value_counts_as_not_written() -> None:
    (item,) = read("kind: team\nname: a\nowner:\n").documents
    assert item.document == Team(name="a")
    assert problems_of("kind: team\nname:\n") == ["estate.yaml:1: name is missing"]


def test_numbers_keep_their_bounds() -> None:
    base = "kind: provider\nname: p\nwire: openai\nbase_url: http://x\ntimeouts: {connect_s: %s}\n"
    assert problems_of(base % "0") == ["estate.yaml:5: timeouts.connect_s is 0: it must be more than 0"]
    assert problems_of(base % "601") == ["estate.yaml:5: timeouts.connect_s is 601: it must be at most 600"]
    assert problems_of(base % "soon") == ["estate.yaml:5: timeouts.connect_s must be a number"]
    (item,) = read(base % "2.5").documents
    assert isinstance(item.document, Provider)
    assert item.document.timeouts.connect_s == 2.5


def test_anchors_and_merge_keys_work_and_what_is_written_wins() -> None:
    text = (
        "kind: provider\nname: p\nwire: openai\nbase_url: http://x\n"
        "timeouts: {<<: &slow {connect_s: 30, idle_s: 9}, idle_s: 8}\n"
    )
    (item,) = read(text).documents
    assert isinstance(item.document, Provider)
    assert (item.document.timeouts.connect_s, item.document.timeouts.idle_s) == (30, 8)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "kind: team\nname: a\nname: b\n",
            "estate.yaml:3: 'name' stands twice in one mapping, first on line 2",
        ),
        ("kind: team\nname: !secret a\n", "estate.yaml:2: the tag !secret is not known here"),
        ("kind: team\nname: *nobody\n", "estate.yaml:2: there is no finished anchor &nobody"),
        ("kind: team\nname: &loop [*loop]\n", "estate.yaml:2: there is no finished anchor &loop"),
        ("kind: team\n? [a]\n: b\n", "estate.yaml:2: a key must be a word"),
        ("kind: team\nname: " + "[" * 5000 + "\n", "estate.yaml:2: nested more than 40 levels deep"),
        ("kind: team\nname: a\x00b\n", "estate.yaml:1: this is not YAML"),
        ('kind: team\nname: a\ntitle: "\\0"\n', "estate.yaml:3: title holds a control character"),
        ("kind: team\nname: a b\n", "estate.yaml:2: name is 'a b', which cannot be used. Letters, digits"),
        ("kind: team\nname: [a]\n", "estate.yaml:2: name must be a single value"),
        ("kind: [team]\nname: a\n", "estate.yaml:1: unknown kind ''"),
        ("name: a\n", "estate.yaml:1: kind is missing: write kind: and one of provider, model"),
        ("kind: environment\nname: a\nexperiment: 1\n", "estate.yaml:3: experiment must be true or false"),
        (
            "kind: provider\nname: p\nwire: opnai\nbase_url: http://x\n",
            "estate.yaml:3: wire is 'opnai'; did you mean 'openai'?",
        ),
        (
            "kind: provider\nname: p\nwire: openai\nbase_url: ftp://x\n",
            "estate.yaml:4: base_url is 'ftp://x', which cannot be used. ",
        ),
        (
            'kind: provider\nname: p\nwire: openai\nbase_url: http://x\nheaders: {x-a: "b\\r\\nc: d"}\n',
            "estate.yaml:5: headers.x-a cannot be sent",
        ),
    ],
)
def test_a_mistake_is_named_with_its_line(text: str, expected: str) -> None:
    assert problems_of(text)[0].startswith(expected)


def test_an_empty_file_holds_no_document() -> None:
    assert read("").documents == ()
    assert read("---\n---\n# nothing\n").documents == ()


def test_documents_as_json_are_read_like_files() -> None:
    (item,) = parse((), [{"kind": "team", "name": "search"}]).documents
    assert (item.document, item.path, item.line) == (Team(name="search"), "documents[0]", 0)
    with pytest.raises(BadEstate) as caught:
        parse((), [{"kind": "team", "name": "a", "ownr": "b"}, 7])
    assert caught.value.problems == (
        Problem(path="documents[0]", line=0, message="unknown field 'ownr'; did you mean 'owner'?"),
        Problem(
            path="documents[1]", line=0, message="a document is a mapping that begins with kind: and name:"
        ),
    )


@given(st.lists(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists)))
def test_any_json_is_read_or_refused_and_nothing_else_happens(values: list[object]) -> None:
    with contextlib.suppress(BadEstate):
        parse((), values)


@given(st.text(alphabet=st.sampled_from(list("kind: teamname\n-[]{}&*!#'\"|>%?,01\t\\\x85")), max_size=80))
def test_any_text_is_read_or_refused_and_nothing_else_happens(text: str) -> None:
    with contextlib.suppress(BadEstate):
        read(text)


@given(st.data())
def test_a_stored_document_reads_back_equal_and_equal_documents_have_equal_bytes(data: st.DataObject) -> None:
    items = read(ISSUE_ESTATE).documents
    item = data.draw(st.sampled_from(items))
    stored = encode(item.document)
    assert decode(stored) == item.document
    assert encode(decode(stored)) == stored
    again = parse((), [msgspec.json.decode(stored)])
    assert again.documents[0].document == item.document


def test_every_kind_can_be_read() -> None:
    for kind in KINDS:
        with pytest.raises(BadEstate):
            parse((), [{"kind": kind.KIND}])
