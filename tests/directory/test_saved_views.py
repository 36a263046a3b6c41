"""Saved views belong to one person; others see those that are shared, and change none."""

import pytest
from sqlalchemy import Engine

from bursar.directory import audit_newest
from bursar.directory.views import View, change_view, delete_view, get_view, list_views, save_view
from bursar.vocab.errors import InvalidInput, NotFound
from bursar.vocab.instant import InstantUs

NOW = InstantUs(1_000_000)


def view(number: int, owner: str = "ada", *, shared: bool = False) -> View:
    return View(
        id=f"view-{number}",
        owner=owner,
        name=f"View {number}",
        page="explore",
        state="?by=team",
        shared=shared,
        made_at_us=NOW,
        changed_at_us=NOW,
    )


def test_others_see_what_is_shared_and_nothing_else(state: Engine) -> None:
    save_view(state, view(1))
    save_view(state, view(2, shared=True))
    save_view(state, view(3, "bob"))
    assert [one.id for one in list_views(state, actor="ada")] == ["view-1", "view-2"]
    assert [one.id for one in list_views(state, actor="bob")] == ["view-2", "view-3"]
    assert list_views(state, actor="bob", page="calls") == []
    with pytest.raises(NotFound):
        get_view(state, "view-1", actor="bob")
    assert get_view(state, "view-2", actor="bob").owner == "ada"


def test_only_its_owner_changes_or_deletes_a_view_and_the_audit_says_so(state: Engine) -> None:
    save_view(state, view(1, shared=True))
    with pytest.raises(InvalidInput, match="ada"):
        delete_view(state, "view-1", actor="bob", now=NOW)
    changed = change_view(
        state, "view-1", name="Mine", state=None, shared=False, actor="ada", now=InstantUs(NOW + 5)
    )
    assert (changed.name, changed.state, changed.shared, changed.changed_at_us) == (
        "Mine",
        "?by=team",
        False,
        1_000_005,
    )
    delete_view(state, "view-1", actor="ada", now=NOW)
    with pytest.raises(NotFound):
        get_view(state, "view-1", actor="ada")
    assert [row.action for row in audit_newest(state, limit=3)] == [
        "view.deleted",
        "view.changed",
        "view.saved",
    ]
