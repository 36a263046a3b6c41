"""What roles allow, and over whose rows."""

import re
from pathlib import Path

import pytest

from bursar.access import ADMINISTRATOR, PERMISSIONS, ROLES, Principal, RoleGrant
from bursar.access.roles import ALLOWED, ORGANISATION
from bursar.vocab.sight import EVERYTHING, NOTHING, Area, Sight


def person(*grants: RoleGrant) -> Principal:
    return Principal(actor="ada@example.com", name="Ada", kind="person", roles=grants)


def test_every_role_is_in_the_table_and_the_administrator_may_do_everything() -> None:
    assert set(ALLOWED) == set(ROLES)
    assert {permission for permission in PERMISSIONS if ADMINISTRATOR.may(permission)} == set(PERMISSIONS)
    assert ADMINISTRATOR.sight("calls.read").is_everything


def test_without_a_role_nothing_is_allowed_or_seen() -> None:
    nobody = person()
    assert not any(nobody.may(permission) for permission in PERMISSIONS)
    assert nobody.sight("usage.read") == NOTHING


def test_a_limited_grant_gives_nothing_that_concerns_everyone() -> None:
    limited = person(RoleGrant("administrator", teams=("search",)))
    assert not any(limited.may(permission) for permission in ORGANISATION)
    assert limited.may("keys.write")
    assert limited.sight("keys.write") == Sight((Area(teams=("search",)),))


def test_grants_add_up_but_only_for_what_each_gives() -> None:
    both = person(RoleGrant("viewer", teams=("search",)), RoleGrant("engineer", products=("answers",)))
    assert both.sight("keys.write") == Sight((Area(products=("answers",)),))
    sight = both.sight("usage.read")
    assert sight.sees(team="search", product="other")
    assert sight.sees(team="ads", product="answers")
    assert not sight.sees(team="ads", product="other")
    assert person(*both.roles, RoleGrant("auditor")).sight("usage.read") == EVERYTHING


def test_a_token_with_a_scope_narrows_what_its_person_may() -> None:
    narrow = Principal(
        actor="ada",
        name="Ada",
        kind="api_token",
        roles=(RoleGrant("finance"),),
        only=frozenset({"usage.read"}),
    )
    assert narrow.may("usage.read")
    assert not narrow.may("budgets.write")
    assert narrow.sight("budgets.write") == NOTHING


@pytest.mark.parametrize(
    ("area", "team", "product"),
    [(Area(), True, True), (Area(teams=("a",)), True, False), (Area(products=("p",)), False, True)],
)
def test_a_whole_team_is_seen_only_if_no_product_limits_it(area: Area, team: bool, product: bool) -> None:
    assert Sight((area,)).sees_team("a") is team
    assert Sight((area,)).sees_product("p") is product
    assert not Sight((Area(teams=("a",), products=("p",)),)).sees_team("a")


def test_the_table_of_the_documents_is_that_of_the_code() -> None:
    page = (Path(__file__).parents[2] / "docs" / "how-to" / "sign-in.md").read_text(encoding="utf-8")
    lines = [
        line.strip().strip("|").split("|")
        for line in page.splitlines()
        if re.match(r"\| `[a-z]+\.[a-z]+` \|", line)
    ]
    shown = {cells[0].strip(" `"): [cell.strip() for cell in cells[1:]] for cells in lines}
    assert shown == {
        permission: [
            ("whole" if permission in ORGANISATION else "yes") if permission in ALLOWED[role] else ""
            for role in ROLES
        ]
        for permission in PERMISSIONS
    }
