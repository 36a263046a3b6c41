"""/healthz, /readyz: whether the process runs, and whether it can do its work."""

from typing import Final, Literal

from fastapi import APIRouter
from pydantic import BaseModel

from bursar.api.problems import responses
from bursar.api.services import WithServices
from bursar.vocab.errors import Unavailable

router: Final = APIRouter(tags=["health"])


class Health(BaseModel):
    """The process answers."""

    status: Literal["ok"] = "ok"


@router.get("/healthz")
async def healthz() -> Health:
    """Whether the process answers at all."""
    return Health()


@router.get("/readyz", responses=responses(503, is_locked=False))
async def readyz(services: WithServices) -> Health:
    """Whether events can be stored and questions answered."""
    if services.ledger.broken:
        raise Unavailable(f"the ledger's engine has failed and needs a restart: {services.ledger.broken}")
    return Health()
