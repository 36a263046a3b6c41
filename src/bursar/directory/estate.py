"""What is declared: the documents in force, and applying new ones, all or nothing."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Literal

import msgspec
from sqlalchemy import Connection, Engine, func, select

from bursar.catalogue import check_price
from bursar.directory import changes
from bursar.directory.changes import AuditRow
from bursar.directory.tables import ESTATE_VERSIONS, KEYS
from bursar.estate.checks import check_together
from bursar.estate.kinds import AnyDocument, Price
from bursar.estate.parse import Placed, decode, encode
from bursar.estate.problem import BadEstate, Problem
from bursar.estate.redact import shown
from bursar.store.state import reading, writing
from bursar.vocab.errors import InvalidInput
from bursar.vocab.event import UNKNOWN
from bursar.vocab.instant import InstantUs

Action = Literal["created", "updated", "unchanged", "removed"]
Identity = tuple[str, str]

# The key columns that name estate documents, with the kind of document that each one names.
KEY_TAG_KINDS: Final = ("team", "product", "use_case")


class FieldChange(msgspec.Struct, kw_only=True, frozen=True):
    """One field before and after, as JSON text; None where it is not written. Secrets are hidden."""

    field: str
    before: str | None
    after: str | None


class Change(msgspec.Struct, kw_only=True, frozen=True):
    """What applying does to one document."""

    kind: str
    name: str
    action: Action
    fields: tuple[FieldChange, ...] = ()


class Applied(msgspec.Struct, kw_only=True, frozen=True):
    """What applying did, or would do; `revision` is the one in force afterwards."""

    revision: int
    changes: tuple[Change, ...]
    warnings: tuple[str, ...] = ()

    def count(self, action: Action) -> int:
        return sum(change.action == action for change in self.changes)


class Version(msgspec.Struct, kw_only=True, frozen=True):
    """One entry of a document's history; `document` is None where it was removed."""

    version: int
    revision: int
    made_at_us: InstantUs
    actor: str
    origin: str
    document: AnyDocument | None


class _InForce(msgspec.Struct, kw_only=True, frozen=True):
    version: int
    body: bytes | None


def apply(
    engine: Engine,
    documents: Sequence[Placed],
    *,
    actor: str,
    now: InstantUs,
    prune: bool = False,
    dry_run: bool = False,
    also: Sequence[AnyDocument] = (),
) -> Applied:
    """Put documents in force, all or none; with `prune`, remove those in force that are not given.

    `also` are documents that exist without being stored, such as providers made from the environment. What is
    in force already and equal stays as it is. With `dry_run` nothing is written. BadEstate names what the
    whole estate would break.
    """
    with writing(engine) as connection:
        locked = changes.lock(connection)
        stored = _stored(connection)
        planned = _plan(stored, documents, prune=prune)
        warnings = _check(connection, stored, documents, planned, also, now)
        work = [change for change in planned if change.action != "unchanged"]
        if dry_run or not work:
            return Applied(revision=locked, changes=tuple(planned), warnings=warnings)
        revision = changes.advance(connection, locked)
        _write(connection, documents, stored, work, revision=revision, actor=actor, now=now)
    return Applied(revision=revision, changes=tuple(planned), warnings=warnings)


def documents_in_force(connection: Connection, *, at: InstantUs | None = None) -> list[AnyDocument]:
    """Every document in force now, or that was at an instant, by kind and name."""
    return [decode(row.body) for _, row in sorted(_stored(connection, at).items()) if row.body is not None]


def history(engine: Engine, kind: str, name: str) -> list[Version]:
    """All versions of one document, oldest first; empty if there never was one."""
    table = ESTATE_VERSIONS
    query = select(table).where(table.c.kind == kind, table.c.name == name).order_by(table.c.version)
    with reading(engine) as connection:
        rows = connection.execute(query).all()
    return [
        Version(
            version=row.version,
            revision=row.revision,
            made_at_us=InstantUs(row.made_at_us),
            actor=row.actor,
            origin=row.origin,
            document=None if row.body is None else decode(row.body.encode()),
        )
        for row in rows
    ]


def _stored(connection: Connection, at: InstantUs | None = None) -> dict[Identity, _InForce]:
    """The newest version of every document there ever was, or had been up to an instant."""
    table = ESTATE_VERSIONS
    newest = select(func.max(table.c.id)).group_by(table.c.kind, table.c.name)
    if at is not None:
        newest = newest.where(table.c.made_at_us <= at)
    query = select(table.c.kind, table.c.name, table.c.version, table.c.body).where(table.c.id.in_(newest))
    return {
        (row.kind, row.name): _InForce(
            version=row.version, body=None if row.body is None else row.body.encode()
        )
        for row in connection.execute(query)
    }


def _plan(stored: Mapping[Identity, _InForce], documents: Sequence[Placed], *, prune: bool) -> list[Change]:
    """What becomes of each given document, in their order, then the removals."""
    planned = [_change(item.document, stored.get(item.identity)) for item in documents]
    if prune:
        given = {item.identity for item in documents}
        planned += [
            Change(kind=kind, name=name, action="removed")
            for (kind, name), row in sorted(stored.items())
            if row.body is not None and (kind, name) not in given
        ]
    return planned


def _change(document: AnyDocument, before: _InForce | None) -> Change:
    kind, name = document.KIND, document.name
    if before is None or before.body is None:
        return Change(kind=kind, name=name, action="created")
    if before.body == encode(document):
        return Change(kind=kind, name=name, action="unchanged")
    return Change(
        kind=kind,
        name=name,
        action="updated",
        fields=tuple(_field_changes(decode(before.body), document)),
    )


def _field_changes(before: AnyDocument, after: AnyDocument) -> Iterator[FieldChange]:
    """The fields that differ; values are compared as they are and given as they may be shown."""
    raw_before, raw_after = msgspec.to_builtins(before), msgspec.to_builtins(after)
    shown_before, shown_after = shown(before), shown(after)
    for field in sorted(raw_before.keys() | raw_after.keys()):
        if raw_before.get(field) != raw_after.get(field):
            yield FieldChange(
                field=field,
                before=_json_text(shown_before, field),
                after=_json_text(shown_after, field),
            )


def _json_text(plain: Mapping[str, object], field: str) -> str | None:
    return msgspec.json.encode(plain[field]).decode() if field in plain else None


def _check(
    connection: Connection,
    stored: Mapping[Identity, _InForce],
    documents: Sequence[Placed],
    planned: Sequence[Change],
    also: Sequence[AnyDocument],
    now: InstantUs,
) -> tuple[str, ...]:
    """Refuse what the whole estate would break; return what is allowed but worth saying."""
    gone = {(change.kind, change.name) for change in planned if change.action == "removed"}
    stay = [
        decode(row.body) for identity, row in stored.items() if row.body is not None and identity not in gone
    ]
    problems = [*_bad_prices(documents), *check_together(documents, [*also, *stay], now=now)]
    if problems:
        raise BadEstate(problems)
    return tuple(_orphaned_keys(connection, gone))


def _bad_prices(documents: Sequence[Placed]) -> Iterator[Problem]:
    """Prices that the catalogue could not use: found here, before a gateway meets them."""
    for placed in documents:
        if isinstance(placed.document, Price):
            try:
                check_price(placed.document)
            except InvalidInput as error:
                yield placed.problem(str(error))


def _orphaned_keys(connection: Connection, gone: set[Identity]) -> Iterator[str]:
    if not any(kind in KEY_TAG_KINDS for kind, _ in gone):
        return
    for row in connection.execute(select(KEYS).where(KEYS.c.revoked_at_us.is_(None)).order_by(KEYS.c.id)):
        for kind in KEY_TAG_KINDS:
            value = getattr(row, kind)
            if value != UNKNOWN and (kind, value) in gone:
                yield f"key {row.id} is still tagged with {kind} {value!r}, which is removed"


def _write(
    connection: Connection,
    documents: Sequence[Placed],
    stored: Mapping[Identity, _InForce],
    work: Sequence[Change],
    *,
    revision: int,
    actor: str,
    now: InstantUs,
) -> None:
    given = {item.identity: item for item in documents}
    versions, audit = [], []
    for change in work:
        identity = (change.kind, change.name)
        item = given.get(identity)
        before = stored.get(identity)
        version = before.version + 1 if before else 1
        versions.append(
            {
                "kind": change.kind,
                "name": change.name,
                "version": version,
                "revision": revision,
                "body": encode(item.document).decode() if item else None,
                "origin": f"{item.path}:{item.line}" if item else "",
                "actor": actor,
                "made_at_us": now,
            }
        )
        audit.append(
            AuditRow(
                revision=revision,
                made_at_us=now,
                actor=actor,
                action=f"estate.{change.action}",
                subject=f"{change.kind}/{change.name}",
                detail={"version": version, "fields": [field.field for field in change.fields]},
            )
        )
    connection.execute(ESTATE_VERSIONS.insert(), versions)
    changes.append_audit(connection, audit)
