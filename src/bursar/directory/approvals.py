"""Approvals: a call that a rule holds back asks once, somebody answers, a grant lets the next one pass."""

from collections.abc import Callable, Mapping
from typing import Any, Final, Literal

import msgspec
from sqlalchemy import Connection, Engine, Row, desc, or_, select, update

from bursar.directory import changes
from bursar.directory.changes import AuditRow
from bursar.directory.keys import parse_expiry
from bursar.directory.tables import APPROVALS
from bursar.estate.snapshot import Grant
from bursar.store.state import first_seen, reading, writing
from bursar.vocab.errors import Conflict, InvalidInput, NotFound
from bursar.vocab.instant import InstantUs
from bursar.vocab.money import Picodollars

State = Literal["open", "granted", "declined", "ended"]
DECLINED_FOR_US: Final = 24 * 3_600_000_000
"""How long a declined request answers for those that ask the same again."""
COST_MAX_PICO: Final = 10**18
"""The largest limit of a grant, a million dollars: what is counted must fit the column."""
_ANSWER_CHARACTERS: Final = 2000


class Wanted(msgspec.Struct, kw_only=True, frozen=True):
    """What a call needs an approval for."""

    key_id: str
    team: str
    rule: str
    model: str
    owner: str
    reason: str
    approvers: tuple[str, ...]
    call_id: str


class Approval(msgspec.Struct, kw_only=True, frozen=True):
    """A request for approval. `turn` is the place of whoever is asked now among the approvers."""

    id: str
    state: State
    key_id: str
    team: str
    rule: str
    model: str
    owner: str
    reason: str
    call_id: str
    approvers: tuple[str, ...]
    turn: int
    asked_at_us: InstantUs
    turn_at_us: InstantUs
    decided_at_us: InstantUs | None = None
    decided_by: str = ""
    answer: str = ""
    until_us: InstantUs | None = None
    calls_max: int | None = None
    calls_used: int = 0
    cost_max_pico: Picodollars | None = None
    cost_used_pico: Picodollars = Picodollars(0)

    @property
    def approver(self) -> str:
        """Who is asked now."""
        return self.approvers[min(self.turn, len(self.approvers) - 1)]

    @property
    def is_escalated(self) -> bool:
        """Whether somebody before did not answer in time."""
        return self.turn > 0


class GrantTerms(msgspec.Struct, kw_only=True, frozen=True):
    """How far a grant goes: until an instant or a span such as 7d, for so many calls, or so much money."""

    until: str = ""
    calls_max: int | None = None
    cost_max_pico: Picodollars | None = None


def request_approval(engine: Engine, wanted: Wanted, *, request_id: str, now: InstantUs) -> Approval:
    """The request of this key for this rule and model.

    The one that is open, that was declined a short while ago, or whose grant has something left, which the
    asker may not have heard of yet; else a new one with the id given.
    """
    with writing(engine) as connection:
        locked = changes.lock(connection)
        found = _latest(connection, wanted, now)
        if found is not None:
            return found
        approval = Approval(
            id=request_id,
            state="open",
            turn=0,
            asked_at_us=now,
            turn_at_us=now,
            **msgspec.structs.asdict(wanted),
        )
        connection.execute(APPROVALS.insert().values(_to_row(approval)))
        _note(connection, approval, "requested", revision=locked, actor=f"key/{wanted.key_id}", now=now)
    return approval


def no_such_request(request_id: str) -> NotFound:
    """What is said of a request that does not exist, or that whoever asks does not see."""
    return NotFound(f"there is no request {request_id!r}: `bursar approval list` shows them")


def list_approvals(
    engine: Engine,
    *,
    state: State | None = None,
    limit: int = 1000,
    is_seen: Callable[[Approval], bool] | None = None,
) -> list[Approval]:
    """Requests, newest first; of one state, and only those that are seen, if that is given."""
    query = select(APPROVALS).order_by(desc(APPROVALS.c.asked_at_us), desc(APPROVALS.c.id))
    if state is not None:
        query = query.where(APPROVALS.c.state == state)
    with reading(engine) as connection:
        return first_seen(connection, query, _from_row, limit=limit, is_seen=is_seen)


def get_approval(engine: Engine, request_id: str) -> Approval:
    """One request; NotFound if there is none."""
    with reading(engine) as connection:
        return _one(connection, request_id)


def grant_approval(
    engine: Engine, request_id: str, terms: GrantTerms, *, reason: str, actor: str, now: InstantUs
) -> Approval:
    """Let the calls through that asked; the next snapshot carries it to every gateway.

    InvalidInput for terms that cannot be used, or for none; Conflict if the request was answered already.
    """
    until = _checked_end(terms, now)
    _check_reason(reason)
    changed: dict[str, Any] = {
        "state": "granted",
        "until_us": until,
        "calls_max": terms.calls_max,
        "cost_max_pico": terms.cost_max_pico,
    }
    return _answer(engine, request_id, changed, reason=reason, actor=actor, now=now)


def decline_approval(engine: Engine, request_id: str, *, reason: str, actor: str, now: InstantUs) -> Approval:
    """Say no; who asks the same within a day is told so. Conflict if the request was answered already."""
    _check_reason(reason)
    return _answer(engine, request_id, {"state": "declined"}, reason=reason, actor=actor, now=now)


def use_grant(engine: Engine, request_id: str, *, now: InstantUs) -> bool:
    """Count one call against a grant, in one statement; False if nothing of it is left."""
    table = APPROVALS.c
    statement = (
        update(APPROVALS)
        .where(
            table.id == request_id,
            table.state == "granted",
            or_(table.until_us.is_(None), table.until_us > now),
            or_(table.calls_max.is_(None), table.calls_used < table.calls_max),
            or_(table.cost_max_pico.is_(None), table.cost_used_pico < table.cost_max_pico),
        )
        .values(calls_used=table.calls_used + 1)
    )
    with writing(engine) as connection:
        return bool(connection.execute(statement).rowcount)


def charge_grant(engine: Engine, request_id: str, cost_pico: Picodollars) -> None:
    """Add what a call cost to what was used of the grant's money."""
    statement = (
        update(APPROVALS)
        .where(APPROVALS.c.id == request_id)
        .values(cost_used_pico=APPROVALS.c.cost_used_pico + cost_pico)
    )
    with writing(engine) as connection:
        connection.execute(statement)


def tend_approvals(engine: Engine, *, now: InstantUs, patience_us: int) -> list[Approval]:
    """Pass on requests that nobody answered within `patience_us` to the next approver, and end used grants.

    Returns the requests that were passed on. Made to be called again and again; the last approver keeps it.
    """
    with writing(engine) as connection:
        locked = changes.lock(connection)
        waiting = select(APPROVALS).where(
            APPROVALS.c.state == "open", APPROVALS.c.turn_at_us <= now - patience_us
        )
        late = [_from_row(row) for row in connection.execute(waiting.order_by(APPROVALS.c.id))]
        passed = [_pass_on(connection, one, now) for one in late if one.turn + 1 < len(one.approvers)]
        for one in passed:
            _note(connection, one, "escalated", revision=locked, actor="bursar", now=now)
        ended = _end_used(connection, now)
        if ended:
            revision = changes.advance(connection, locked)
            for one in ended:
                _note(connection, one, "ended", revision=revision, actor="bursar", now=now)
    return passed


def live_grants(connection: Connection) -> list[Grant]:
    """Every grant that was not ended; whether its time is over is the gateway's to see, which has a clock."""
    query = select(APPROVALS).where(APPROVALS.c.state == "granted").order_by(APPROVALS.c.id)
    return [grant_of(_from_row(row)) for row in connection.execute(query)]


def grant_of(approval: Approval) -> Grant:
    """What a gateway needs to know of a request that was granted."""
    return Grant(
        id=approval.id,
        key_id=approval.key_id,
        rule=approval.rule,
        model=approval.model,
        until_us=approval.until_us,
        calls_max=approval.calls_max,
        cost_max_pico=approval.cost_max_pico,
    )


def _latest(connection: Connection, wanted: Wanted, now: InstantUs) -> Approval | None:
    """The newest request for the same, if it is open, was declined a short while ago, or is granted."""
    query = (
        select(APPROVALS)
        .where(
            APPROVALS.c.key_id == wanted.key_id,
            APPROVALS.c.rule == wanted.rule,
            APPROVALS.c.model == wanted.model,
        )
        .order_by(desc(APPROVALS.c.asked_at_us), desc(APPROVALS.c.id))
        .limit(1)
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    found = _from_row(row)
    declined = found.state == "declined" and (found.decided_at_us or 0) > now - DECLINED_FOR_US
    return found if found.state == "open" or declined or is_left(found, now) else None


def is_left(approval: Approval, now: InstantUs) -> bool:
    """Whether it was granted and something of the grant is left."""
    return (
        approval.state == "granted"
        and (approval.until_us is None or approval.until_us > now)
        and (approval.calls_max is None or approval.calls_used < approval.calls_max)
        and (approval.cost_max_pico is None or approval.cost_used_pico < approval.cost_max_pico)
    )


def _answer(
    engine: Engine,
    request_id: str,
    changed: Mapping[str, Any],
    *,
    reason: str,
    actor: str,
    now: InstantUs,
) -> Approval:
    with writing(engine) as connection:
        locked = changes.lock(connection)
        found = _one(connection, request_id)
        if found.state != "open":
            raise Conflict(
                f"the request {request_id} was {found.state} already"
                + (f" by {found.decided_by}" if found.decided_by else "")
            )
        values = {
            **changed,
            "open_for": None,
            "decided_at_us": now,
            "decided_by": actor,
            "answer": reason,
        }
        connection.execute(update(APPROVALS).where(APPROVALS.c.id == request_id).values(values))
        answered = _one(connection, request_id)
        revision = changes.advance(connection, locked)
        _note(connection, answered, answered.state, revision=revision, actor=actor, now=now)
    return answered


def _checked_end(terms: GrantTerms, now: InstantUs) -> InstantUs | None:
    if not terms.until and terms.calls_max is None and terms.cost_max_pico is None:
        raise InvalidInput("a grant needs an end or a limit: give until, calls or usd")
    if terms.calls_max is not None and not 1 <= terms.calls_max <= 10**12:
        raise InvalidInput("calls must be a whole number from 1 on")
    if terms.cost_max_pico is not None and not 1 <= terms.cost_max_pico <= COST_MAX_PICO:
        raise InvalidInput("usd must be more than 0 and at most 1000000")
    try:
        return parse_expiry(terms.until, now=now) if terms.until else None
    except InvalidInput as error:
        raise InvalidInput(str(error).replace("expires:", "until:")) from error


def _check_reason(reason: str) -> None:
    if not reason.strip() or len(reason) > _ANSWER_CHARACTERS:
        raise InvalidInput(f"say why: a reason of 1 to {_ANSWER_CHARACTERS} characters")


def _pass_on(connection: Connection, approval: Approval, now: InstantUs) -> Approval:
    passed = msgspec.structs.replace(approval, turn=approval.turn + 1, turn_at_us=now)
    connection.execute(
        update(APPROVALS).where(APPROVALS.c.id == approval.id).values(turn=passed.turn, turn_at_us=now)
    )
    return passed


def _end_used(connection: Connection, now: InstantUs) -> list[Approval]:
    """Grants of which nothing is left, ended: gateways need not hear of them any more, nor ask for them."""
    table = APPROVALS.c
    over = or_(
        table.until_us <= now,
        table.calls_used >= table.calls_max,
        table.cost_used_pico >= table.cost_max_pico,
    )
    query = select(APPROVALS).where(table.state == "granted", over).order_by(table.id)
    ended = [_from_row(row) for row in connection.execute(query)]
    if ended:
        names = [one.id for one in ended]
        connection.execute(update(APPROVALS).where(table.id.in_(names)).values(state="ended"))
    return ended


def _one(connection: Connection, request_id: str) -> Approval:
    row = connection.execute(select(APPROVALS).where(APPROVALS.c.id == request_id)).one_or_none()
    if row is None:
        raise no_such_request(request_id)
    return _from_row(row)


def _note(
    connection: Connection, approval: Approval, action: str, *, revision: int, actor: str, now: InstantUs
) -> None:
    detail: dict[str, object] = {
        name: getattr(approval, name)
        for name in ("key_id", "team", "rule", "model", "approver", "answer", "until_us", "calls_max")
    }
    row = AuditRow(
        revision=revision,
        made_at_us=now,
        actor=actor,
        action=f"approval.{action}",
        subject=f"approval/{approval.id}",
        detail=detail,
    )
    changes.append_audit(connection, [row])


def _to_row(approval: Approval) -> dict[str, object]:
    return {
        **msgspec.structs.asdict(approval),
        "approvers": msgspec.json.encode(approval.approvers).decode(),
        "open_for": _open_for(approval) if approval.state == "open" else None,
    }


def _open_for(approval: Approval) -> str:
    """One text for a key, a rule and a model: JSON, so that no value can be taken for another's part."""
    return msgspec.json.encode((approval.key_id, approval.rule, approval.model)).decode()


def _from_row(row: Row[Any]) -> Approval:
    plain = row._asdict()
    plain["approvers"] = msgspec.json.decode(row.approvers, type=tuple[str, ...])
    plain.pop("open_for")
    return Approval(**plain)
