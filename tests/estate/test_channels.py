"""Channels keep their secrets, and a step tells only somebody whom a channel reaches."""

from typing import Any

import pytest

from bursar.estate.channels import Channel, is_webhook
from bursar.estate.checks import check_together
from bursar.estate.interventions import narrowed
from bursar.estate.kinds import AnyDocument
from bursar.estate.parse import Source, parse
from bursar.estate.problem import BadEstate
from bursar.estate.redact import shown
from bursar.estate.scope import Facts, Scope, fits


def problems(text: str) -> list[str]:
    with pytest.raises(BadEstate) as caught:
        parse([Source(path="c.yaml", text=text)])
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ("url: slack://a/b/c", "url is 'slack://a/b/c', which cannot be used"),
        ("url: literal:slack", "c.yaml:3: url is no URL: write literal: and SCHEME://"),
        ("url: literal:webhook+https://x/", "c.yaml:3: a webhook is signed, so it needs a secret"),
        ("url: env:A\nsecret: plain", "c.yaml:4: secret is 'plain', which cannot be used"),
        ("url: env:A\ndigest_seconds: -1", "c.yaml:4: digest_seconds is -1: it must be at least 0"),
        ("url: env:A\nfor_owner: x", "c.yaml:4: unknown field 'for_owner'; did you mean 'for_owners'?"),
        ("secret: env:A", "url is missing"),
    ],
)
def test_a_channel_that_cannot_work_is_refused_with_its_line(lines: str, sentence: str) -> None:
    assert sentence in "\n".join(problems(f"kind: channel\nname: c\n{lines}\n"))


def test_a_url_in_the_file_is_warned_about_and_never_shown() -> None:
    plain: dict[str, Any] = {
        "kind": "channel",
        "name": "c",
        "url": "literal:webhook+https://x/token-1",
        "secret": "literal:secret-1",
    }
    parsed = parse((), [plain])
    (warning,) = parsed.warnings
    assert "url: env:NAME or file:PATH keeps it out of both" in str(warning)
    document = shown(parsed.documents[0].document)
    assert (document["url"], document["secret"]) == ("literal:(hidden)", "literal:(hidden)")
    assert "-1" not in str(document) + str(warning)


def test_where_a_secret_lies_is_shown() -> None:
    channel = Channel(name="c", url="env:URL", secret="file:/etc/secret")
    assert (shown(channel)["url"], shown(channel)["secret"]) == ("env:URL", "file:/etc/secret")


def test_a_webhook_is_told_by_its_scheme() -> None:
    assert [
        is_webhook(url) for url in ("webhook+https://x", "WEBHOOK+HTTP://x", "https://x", "json://x")
    ] == [
        True,
        True,
        False,
        False,
    ]


def check(values: list[object], *others: AnyDocument) -> list[str]:
    return [str(problem) for problem in check_together(parse((), values).documents, others)]


def tells(*to: str) -> dict[str, object]:
    steps = [{"do": "notify", "to": to[0]}, {"do": "acknowledge", "to": list(to)}]
    return {"kind": "budget", "name": "b", "amount": "1", "thresholds": [{"at": 80, "steps": steps}]}


def test_a_step_that_tells_nobody_is_refused_with_the_near_name() -> None:
    finance = Channel(name="finance", url="env:A", reaches=["head of finance"])
    assert check([tells("owner", "finance", "head of finance")], finance) == []
    (problem,) = check([tells("finanse")], finance)
    assert problem.startswith(
        "documents[0]: budget 'b' tells 'finanse', which is neither a channel nor somebody"
    )
    assert problem.endswith("; did you mean 'finance'?")
    (problem,) = check([tells("zoe")])
    assert problem.endswith(
        "neither a channel nor somebody whom one reaches: add a channel that reaches them"
    )


def facts(team: str, **tags: str) -> Facts:
    return Facts(team, "p", "u", "production", "m", "mock", "k", (), tags)


def test_the_scope_of_one_value_fits_that_value_alone() -> None:
    assert narrowed(Scope(team="search"), "", "x") == Scope(team="search")
    scope = narrowed(Scope(environment="production"), "team", "search")
    assert (fits(scope, facts("search")), fits(scope, facts("ads"))) == (True, False)
    odd = narrowed(Scope(tags={"unit": "eu"}), "tag:tenant", "a[*]?")
    assert fits(odd, facts("search", unit="eu", tenant="a[*]?"))
    assert not fits(odd, facts("search", unit="eu", tenant="ab"))
    assert not fits(odd, facts("search", unit="eu", tenant="a[*]x"))
