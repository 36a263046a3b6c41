"""GET /api/v1/audit: who did what and when, and whether the record is whole."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from bursar import directory
from bursar.access import Principal
from bursar.api.permission import need
from bursar.api.problems import responses
from bursar.api.services import WithServices
from bursar.vocab.instant import format_instant

ReadsAudit = Annotated[Principal, need("audit.read")]

router: Final = APIRouter(tags=["audit"])

_SUBJECT: Final = r"^[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,255}$"


class AuditEntry(BaseModel):
    """Who did what and when."""

    id: int
    revision: int
    made_at: str
    actor: str
    action: str
    subject: str
    detail: dict[str, Any]
    hash: str = Field(description="SHA-256 over this entry and the hash of the one before.")


class AuditReply(BaseModel):
    """Entries, newest first."""

    entries: list[AuditEntry]
    next: int | None = Field(description="Give it as `before` for what is older; null at the end.")


class AuditVerified(BaseModel):
    """What a walk over every entry found."""

    whole: bool
    rows: int
    head: str = Field(
        description="The last entry's hash: noted elsewhere, it shows later that nothing is gone."
    )
    fault: str | None = Field(description="What is wrong, if the record is not whole.")


@router.get("/audit", responses=responses(400, 503))
def read_audit(
    who: ReadsAudit,
    services: WithServices,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    before: Annotated[int | None, Query(ge=0, le=2**62, description="`next` of the page before.")] = None,
    actor: Annotated[str, Query(max_length=200, pattern=r"^[^\x00-\x1f]*$")] = "",
    action: Annotated[
        str,
        Query(
            pattern=r"^[a-z_]{0,40}(\.[a-z_]{0,40})?\*?$", description="Such as `key.created`, or `key.*`."
        ),
    ] = "",
    subject: Annotated[str, Query(pattern=rf"^$|{_SUBJECT}", description="Such as `budget/search`.")] = "",
) -> AuditReply:
    """Who changed what, newest first."""
    query = directory.AuditQuery(limit=limit, before=before, actor=actor, action=action, subject=subject)
    rows = directory.audit_page(services.engine, query)
    return AuditReply(entries=[_entry(row) for row in rows], next=rows[-1].id if len(rows) == limit else None)


@router.get("/audit/verify", responses=responses(400, 503))
def verify_audit(
    who: ReadsAudit,
    services: WithServices,
    head: Annotated[
        str,
        Query(
            pattern="^(?:[0-9a-f]{64})?$",
            description="A hash that was noted earlier: it must still be there.",
        ),
    ] = "",
) -> AuditVerified:
    """Whether every entry is as it was written, none is missing, and none was added."""
    chain = directory.verify(services.engine, noted=head)
    return AuditVerified(whole=chain.fault is None, rows=chain.rows, head=chain.head, fault=chain.fault)


def _entry(row: directory.AuditEntry) -> AuditEntry:
    return AuditEntry(
        id=row.id,
        revision=row.revision,
        made_at=format_instant(row.made_at_us),
        actor=row.actor,
        action=row.action,
        subject=row.subject,
        detail=row.detail,
        hash=row.hash,
    )
