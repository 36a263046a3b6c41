"""GET /api/v1/keys/use: when each key was last used, from the ledger."""

from typing import Annotated, Final

from fastapi import APIRouter
from pydantic import BaseModel

from bursar.access import Principal
from bursar.api.permission import need
from bursar.api.problems import responses
from bursar.api.services import WithServices
from bursar.vocab.instant import format_instant

ReadsKeys = Annotated[Principal, need("keys.read")]

router: Final = APIRouter(tags=["keys"])


class KeyUse(BaseModel):
    """When the newest call of a key began."""

    id: str
    last_used_at: str


class KeyUseReply(BaseModel):
    """Every key that has calls."""

    keys: list[KeyUse]


@router.get("/keys/use", responses=responses(503))
def read_key_use(who: ReadsKeys, services: WithServices) -> KeyUseReply:
    """When each key was last used; a key that is not here never was."""
    found = services.ledger.last_used(sight=who.sight("keys.read"))
    return KeyUseReply(
        keys=[KeyUse(id=key, last_used_at=format_instant(at)) for key, at in sorted(found.items())]
    )
