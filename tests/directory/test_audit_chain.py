"""The audit is a chain: whoever changes, removes, adds or reorders a row of it is found out."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, text

from bursar.directory import AuditQuery, audit_page, verify
from bursar.directory.changes import AuditRow, append_audit
from bursar.store.state import open_state, writing
from bursar.vocab.instant import InstantUs


def row(number: int, **changes: Any) -> AuditRow:
    fields: dict[str, Any] = {
        "revision": number,
        "made_at_us": InstantUs(number),
        "actor": f"person-{number % 3}",
        "action": ("key.created", "budget.granted")[number % 2],
        "subject": f"key/{number}",
        "detail": {"why": 'gr\u00fcn \u2028 <script> "quoted"', "number": number},
    }
    return AuditRow(**(fields | changes))


def fill(engine: Engine, count: int = 6) -> None:
    for number in range(count):
        with writing(engine) as connection:
            append_audit(connection, [row(number)])


ADDED = (
    "INSERT INTO audit (id, revision, made_at_us, actor, action, subject, detail, hash) "
    "SELECT 900, revision, made_at_us, actor, action, subject, detail, hash FROM audit "
    "WHERE id = (SELECT max(id) FROM audit)"
)


def let_changes(connection: Connection) -> None:
    """What somebody with the database's own rights can do."""
    if connection.dialect.name == "sqlite":
        for verb in ("update", "delete"):
            connection.execute(text(f"DROP TRIGGER audit_no_{verb}"))
    else:
        connection.execute(text("ALTER TABLE audit DISABLE TRIGGER audit_append_only"))


def test_an_untouched_audit_is_whole_and_so_is_an_empty_one(state: Engine) -> None:
    assert verify(state).fault is None
    fill(state)
    chain = verify(state)
    assert (chain.fault, chain.rows) == (None, 6)
    assert audit_page(state, AuditQuery(limit=1))[0].hash == chain.head


@pytest.mark.parametrize(
    "fault",
    [
        "UPDATE audit SET actor = 'nobody' WHERE id = (SELECT min(id) + 2 FROM audit)",
        "UPDATE audit SET detail = '{}' WHERE id = (SELECT max(id) FROM audit)",
        "DELETE FROM audit WHERE id = (SELECT min(id) FROM audit)",
        "DELETE FROM audit WHERE id = (SELECT min(id) + 3 FROM audit)",
        "DELETE FROM audit WHERE id = (SELECT max(id) FROM audit)",
        "DELETE FROM audit",
        "UPDATE audit SET id = 900 WHERE id = (SELECT min(id) + 1 FROM audit)",
        ADDED,
    ],
)
def test_what_is_changed_behind_its_back_is_found(state: Engine, fault: str) -> None:
    fill(state)
    with writing(state) as connection:
        let_changes(connection)
        connection.execute(text(fault))
    assert verify(state).fault is not None


def test_an_end_that_was_cut_off_together_with_the_head_is_found_by_a_noted_hash(state: Engine) -> None:
    fill(state, 4)
    kept = verify(state).head
    fill(state, 3)
    noted = verify(state).head
    with writing(state) as connection:
        let_changes(connection)
        connection.execute(text("DELETE FROM audit WHERE hash <> :kept AND id > 4"), {"kept": kept})
        connection.execute(text("UPDATE audit_head SET rows = 4, hash = :kept"), {"kept": kept})
    assert verify(state).fault is None
    assert verify(state, noted=kept).fault is None
    assert "noted" in str(verify(state, noted=noted).fault)


def test_writers_at_once_make_one_chain(state: Engine) -> None:
    def write(number: int) -> None:
        with writing(state) as connection:
            append_audit(connection, [row(number), row(number + 100)])

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(write, range(24)))
    chain = verify(state)
    assert (chain.fault, chain.rows) == (None, 48)


def test_rows_of_an_older_store_get_their_links_when_it_is_opened(state_url: str) -> None:
    older = create_engine(state_url.replace("postgresql://", "postgresql+psycopg://"))
    with older.begin() as connection:
        config = Config()
        config.set_main_option("script_location", "bursar.store:migrations")
        config.attributes["connection"] = connection
        command.upgrade(config, "0006")
        for number in range(6):
            connection.execute(
                text(
                    "INSERT INTO audit (revision, made_at_us, actor, action, subject, detail) "
                    "VALUES (:number, :number, 'ada', 'key.created', 'key/1', '{}')"
                ),
                {"number": number},
            )
    older.dispose()
    again = open_state(state_url)
    assert (verify(again).fault, verify(again).rows) == (None, 6)
    fill(again, 1)
    assert (verify(again).fault, verify(again).rows) == (None, 7)
    again.dispose()


def test_pages_and_filters_of_the_audit(state: Engine) -> None:
    fill(state, 7)
    first = audit_page(state, AuditQuery(limit=3))
    rest = audit_page(state, AuditQuery(limit=9, before=first[-1].id))
    assert [entry.revision for entry in (*first, *rest)] == [6, 5, 4, 3, 2, 1, 0]
    of_keys = audit_page(state, AuditQuery(limit=9, action="key.*", actor="person-0"))
    assert [entry.revision for entry in of_keys] == [6, 0]
    assert audit_page(state, AuditQuery(limit=9, action="k%*")) == []
