"""Saved views: a page of the console with its state, kept by one person, shown to others if shared."""

from typing import Any, Final

import msgspec
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Engine,
    Row,
    Table,
    Text,
    delete,
    func,
    or_,
    select,
)
from sqlalchemy import update as update_rows

from bursar.directory import changes
from bursar.directory.changes import AuditRow
from bursar.store.state import METADATA, reading, writing
from bursar.vocab.errors import InvalidInput, NotFound
from bursar.vocab.instant import InstantUs

VIEWS_MOST: Final = 500
"""Of one owner."""

SAVED_VIEWS: Final = Table(
    "saved_views",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("owner", Text, nullable=False, index=True),  # the actor's name, as in the audit
    Column("name", Text, nullable=False),
    Column("page", Text, nullable=False),
    Column("state", Text, nullable=False),  # the query of the page's address
    Column("shared", Boolean, nullable=False),
    Column("made_at_us", BigInteger, nullable=False),
    Column("changed_at_us", BigInteger, nullable=False),
)


class View(msgspec.Struct, kw_only=True, frozen=True):
    """A page and the query of its address. It holds no figure: who opens it sees what their roles show."""

    id: str
    owner: str
    name: str
    page: str
    state: str
    shared: bool
    made_at_us: InstantUs
    changed_at_us: InstantUs


def list_views(engine: Engine, *, actor: str, page: str = "") -> list[View]:
    """Those of the actor and those that are shared, by name."""
    shown = or_(SAVED_VIEWS.c.owner == actor, SAVED_VIEWS.c.shared)
    statement = select(SAVED_VIEWS).where(shown).order_by(func.lower(SAVED_VIEWS.c.name), SAVED_VIEWS.c.id)
    if page:
        statement = statement.where(SAVED_VIEWS.c.page == page)
    with reading(engine) as connection:
        return [_view(row) for row in connection.execute(statement)]


def get_view(engine: Engine, view_id: str, *, actor: str) -> View:
    """One that the actor may see; NotFound if there is none, or it is somebody's own."""
    with reading(engine) as connection:
        return _seen(connection, view_id, actor)


def save_view(engine: Engine, view: View) -> View:
    """Keep a new view of its owner."""
    with writing(engine) as connection:
        revision = changes.lock(connection)
        count = select(func.count()).select_from(SAVED_VIEWS).where(SAVED_VIEWS.c.owner == view.owner)
        if connection.execute(count).scalar_one() >= VIEWS_MOST:
            raise InvalidInput(f"you have {VIEWS_MOST} views: delete one that you no longer need")
        connection.execute(SAVED_VIEWS.insert(), msgspec.structs.asdict(view))
        _note(connection, revision, view, "view.saved", view.owner, view.made_at_us)
    return view


def change_view(
    engine: Engine,
    view_id: str,
    *,
    name: str | None,
    state: str | None,
    shared: bool | None,
    actor: str,
    now: InstantUs,
) -> View:
    """Change what is given of a view of the actor's own."""
    with writing(engine) as connection:
        revision = changes.lock(connection)
        before = _own(connection, view_id, actor)
        view = msgspec.structs.replace(
            before,
            name=before.name if name is None else name,
            state=before.state if state is None else state,
            shared=before.shared if shared is None else shared,
            changed_at_us=now,
        )
        statement = update_rows(SAVED_VIEWS).where(SAVED_VIEWS.c.id == view_id)
        connection.execute(statement.values(**msgspec.structs.asdict(view)))
        _note(connection, revision, view, "view.changed", actor, now)
    return view


def delete_view(engine: Engine, view_id: str, *, actor: str, now: InstantUs) -> View:
    """Take a view of the actor's own away."""
    with writing(engine) as connection:
        revision = changes.lock(connection)
        view = _own(connection, view_id, actor)
        connection.execute(delete(SAVED_VIEWS).where(SAVED_VIEWS.c.id == view_id))
        _note(connection, revision, view, "view.deleted", actor, now)
    return view


def _own(connection: Connection, view_id: str, actor: str) -> View:
    view = _seen(connection, view_id, actor)
    if view.owner != actor:
        raise InvalidInput(f"this view is {view.owner}'s: save one of your own from it")
    return view


def _seen(connection: Connection, view_id: str, actor: str) -> View:
    row = connection.execute(select(SAVED_VIEWS).where(SAVED_VIEWS.c.id == view_id)).one_or_none()
    if row is None or (row.owner != actor and not row.shared):
        raise NotFound("there is no such view: it was deleted, or is no longer shared")
    return _view(row)


def _view(row: Row[Any]) -> View:
    return View(**row._mapping)


def _note(connection: Connection, revision: int, view: View, action: str, actor: str, now: InstantUs) -> None:
    detail: dict[str, object] = {"name": view.name, "page": view.page, "shared": view.shared}
    row = AuditRow(
        revision=revision,
        made_at_us=now,
        actor=actor,
        action=action,
        subject=f"view/{view.id}",
        detail=detail,
    )
    changes.append_audit(connection, [row])
