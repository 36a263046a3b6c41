"""Routes of the declared world: apply an estate, read it, and see who changed what."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from bursar import directory
from bursar.access import Principal
from bursar.api.estate_rows import EstateRows
from bursar.api.permission import need
from bursar.api.problems import responses
from bursar.api.services import WithServices
from bursar.estate.document import Document
from bursar.estate.kinds import KINDS, Provider
from bursar.estate.parse import Parsed, Source, parse
from bursar.estate.snapshot import Snapshot
from bursar.vocab.errors import InvalidInput
from bursar.vocab.instant import format_instant

WritesEstate = Annotated[Principal, need("estate.write")]
ReadsEstate = Annotated[Principal, need("estate.read")]

_Strict = ConfigDict(extra="forbid", strict=True)


class EstateFile(BaseModel):
    """A YAML file as it was written; `path` is only for messages."""

    model_config = _Strict

    path: str = Field(min_length=1, max_length=1000)
    text: str


class ApplyRequest(BaseModel):
    """Documents to put in force: YAML files, or documents as JSON, or both."""

    model_config = _Strict

    files: list[EstateFile] = []
    documents: list[dict[str, Any]] = Field(
        default=[], description="Documents with kind and name; `bursar schema` prints their JSON Schema."
    )
    dry_run: bool = Field(default=False, description="Say what would happen and do nothing.")
    prune: bool = Field(default=False, description="Remove the documents in force that are not given.")


class FieldChange(BaseModel):
    """One field before and after, as JSON text; null where it is not written. Secrets are hidden."""

    field: str
    before: str | None
    after: str | None


class Change(BaseModel):
    """What happened to one document."""

    kind: str
    name: str
    action: Literal["created", "updated", "unchanged", "removed"]
    fields: list[FieldChange]


class ApplyReply(BaseModel):
    """What was done, or with `dry_run` what would be; `revision` is the one in force afterwards."""

    revision: int
    dry_run: bool
    created: int
    updated: int
    unchanged: int
    removed: int
    changes: list[Change]
    warnings: list[str]


class EstateReply(BaseModel):
    """The documents in force at a revision, by kind and name; secrets in them are hidden."""

    revision: int
    documents: list[dict[str, Any]]


class Version(BaseModel):
    """One version of a document; `document` is null where it was removed."""

    version: int
    revision: int
    made_at: str
    actor: str
    origin: str
    document: dict[str, Any] | None


class HistoryReply(BaseModel):
    """All versions of one document, oldest first."""

    versions: list[Version]


def estate_router(*, environment_providers: Sequence[Provider] = ()) -> APIRouter:
    """The routes; `environment_providers` exist without being stored."""
    router = APIRouter(tags=["estate"])

    @router.post("/estate/apply", responses=responses(400, 503))
    def apply_estate(who: WritesEstate, request: ApplyRequest, services: WithServices) -> ApplyReply:
        """Put an estate in force, all or none. A 400 lists every mistake with its file and line."""
        parsed = parsed_request(request)
        applied = directory.apply(
            services.engine,
            parsed.documents,
            actor=who.actor,
            now=services.now(),
            prune=request.prune,
            dry_run=request.dry_run,
            also=environment_providers,
        )
        warnings = [*(str(warning) for warning in parsed.warnings), *applied.warnings]
        return _apply_reply(applied, dry_run=request.dry_run, warnings=warnings)

    @router.get("/estate", responses=responses(400, 503))
    def read_estate(
        who: ReadsEstate,
        services: WithServices,
        kind: Annotated[str | None, Query(pattern=f"^({'|'.join(kind.KIND for kind in KINDS)})$")] = None,
    ) -> EstateReply:
        """The documents in force and in sight, those that the environment makes among them."""
        snapshot = directory.snapshot(services.engine, also=environment_providers)
        documents = [document for document in _documents(snapshot) if kind in (None, document.KIND)]
        rows = EstateRows(snapshot, who.sight("estate.read"))
        return EstateReply(revision=snapshot.revision, documents=rows.shown(documents))

    @router.get("/estate/history", responses=responses(400, 503))
    def read_history(
        who: ReadsEstate,
        services: WithServices,
        kind: Annotated[str, Query(min_length=1, max_length=40, pattern=r"^[a-z_]+$")],
        name: Annotated[str, Query(min_length=1, max_length=128, pattern=r"^[A-Za-z0-9._:/@+-]+$")],
    ) -> HistoryReply:
        """Every version of one document that is in sight; none if there never was one."""
        versions = directory.history(services.engine, kind, name)
        snapshot = directory.snapshot(services.engine, also=environment_providers)
        rows = EstateRows(snapshot, who.sight("estate.read"))
        return HistoryReply(versions=list(_versions(versions, rows)))

    return router


def parsed_request(request: ApplyRequest) -> Parsed:
    """The documents of a request; every mistake at once if there are any, or if there is nothing in it."""
    if not request.files and not request.documents:
        raise InvalidInput("there is nothing to apply: give files or documents")
    parsed = parse((Source(path=file.path, text=file.text) for file in request.files), request.documents)
    if request.prune and not parsed.documents:
        raise InvalidInput("the files hold no document, and prune would remove the whole estate")
    return parsed


def _apply_reply(applied: directory.Applied, *, dry_run: bool, warnings: list[str]) -> ApplyReply:
    return ApplyReply(
        revision=applied.revision,
        dry_run=dry_run,
        created=applied.count("created"),
        updated=applied.count("updated"),
        unchanged=applied.count("unchanged"),
        removed=applied.count("removed"),
        changes=[Change.model_validate(msgspec.to_builtins(change)) for change in applied.changes],
        warnings=warnings,
    )


def _documents(snapshot: Snapshot) -> list[Document]:
    return [
        *snapshot.providers,
        *snapshot.models,
        *snapshot.prices,
        *snapshot.teams,
        *snapshot.products,
        *snapshot.use_cases,
        *snapshot.environments,
        *snapshot.budgets,
        *snapshot.routes,
        *snapshot.limits,
        *snapshot.tiers,
        *snapshot.policies,
        *snapshot.channels,
        *snapshot.sign_ins,
        *snapshot.retention,
    ]


def _versions(versions: Sequence[directory.Version], rows: EstateRows) -> Iterator[Version]:
    """Those that are seen; that a document was removed is seen by whoever saw it before."""
    was_seen = False
    for version in versions:
        plain = None if version.document is None else rows.one(version.document)
        if plain is not None or (version.document is None and was_seen):
            yield _version(version, plain)
        was_seen = plain is not None


def _version(version: directory.Version, plain: dict[str, Any] | None) -> Version:
    return Version(
        version=version.version,
        revision=version.revision,
        made_at=format_instant(version.made_at_us),
        actor=version.actor,
        origin=version.origin,
        document=plain,
    )
