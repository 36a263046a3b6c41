"""GET /api/v1/gateway: where programs call, for the lines that people copy."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from bursar.access import Principal
from bursar.api.permission import anyone
from bursar.api.problems import responses

Whoever = Annotated[Principal, anyone()]


class GatewayReply(BaseModel):
    """The gateway beside this control plane."""

    url: str = Field(description="Its base URL without a path; empty where it runs on other hosts only.")


def gateway_router(url: Callable[[], str]) -> APIRouter:
    """The route; `url` says where the gateway is now."""
    router = APIRouter(tags=["keys"])

    @router.get("/gateway", responses=responses(503))
    def read_gateway(who: Whoever) -> GatewayReply:
        """Where programs call."""
        return GatewayReply(url=url())

    return router
