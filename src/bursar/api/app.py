"""Builds the control plane's ASGI application from opened stores: no globals, no environment."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from fastapi import APIRouter, Depends, FastAPI
from fastapi.security import HTTPBearer
from sqlalchemy import Engine

from bursar import __version__
from bursar.access import Doorkeeper
from bursar.api import (
    allocation,
    audit,
    calls,
    changes,
    doctor,
    economy,
    explore,
    export,
    health,
    ingest,
    key_use,
    me,
    metrics,
    summary,
    usage,
)
from bursar.api.console import Console
from bursar.api.documentation import install_documentation
from bursar.api.guard import BODY_LIMIT_BYTES, Guard, Tokens
from bursar.api.parameters import API_PREFIX, check_query
from bursar.api.permission import check_permissions
from bursar.api.problems import install_problems, responses
from bursar.api.services import Services
from bursar.budgets.store import SILENT_US, BudgetStore
from bursar.ledger.ledger import Ledger
from bursar.vocab.instant import InstantUs

API_ROUTERS: Final = (
    usage.router,
    economy.router,
    explore.router,
    export.router,
    allocation.router,
    summary.router,
    changes.router,
    calls.router,
    doctor.router,
    audit.router,
    me.router,
    key_use.router,
)
ROOT_ROUTERS: Final = (health.router, metrics.router)

# The guard has checked the token before a route runs; this only says so in the OpenAPI document.
_ADMIN_TOKEN: Final = HTTPBearer(
    auto_error=False, description="The token in the home's file admin-token, or an API token."
)


def create_app(
    *,
    ledger: Ledger,
    engine: Engine,
    tokens: Tokens,
    now: Callable[[], InstantUs],
    routers: Sequence[APIRouter] = (),
    open_routers: Sequence[APIRouter] = (),
    body_limit_bytes: int = BODY_LIMIT_BYTES,
    silent_us: int = SILENT_US,
    keeper: Doorkeeper | None = None,
    is_https: bool = False,
) -> FastAPI:
    """The whole control plane; `routers` are mounted under /api/v1 beside the ledger's own.

    Without a `keeper` only the administrator's token opens it. `is_https` says that browsers reach it so.

    `open_routers` too, without the administrator's token: the guard must know their paths.
    """
    app = FastAPI(
        title="Bursar",
        version=__version__,
        description="Metered, priced and allocated use of AI. Errors are problem documents (RFC 9457).",
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    app.state.services = Services(
        ledger=ledger, engine=engine, budgets=BudgetStore(engine, now=now, silent_us=silent_us), now=now
    )
    app.state.query_parameters = {}
    app.add_middleware(
        Guard, tokens=tokens, body_limit_bytes=body_limit_bytes, keeper=keeper, is_https=is_https
    )
    install_problems(app)
    for router in (*API_ROUTERS, *routers):
        check_permissions(router.routes)
        app.include_router(
            router,
            prefix=API_PREFIX,
            dependencies=[Depends(_ADMIN_TOKEN), Depends(check_query)],
            responses=responses(400, 403),
        )
    for router in open_routers:
        app.include_router(
            router,
            prefix=API_PREFIX,
            dependencies=[Depends(check_query)],
            responses=responses(400, is_locked=False),
        )
    app.include_router(ingest.router, prefix="/internal/v1")
    for router in ROOT_ROUTERS:
        app.include_router(router)
    _describe_exactly(app)
    install_documentation(app)
    # Starlette asks this only where no route matches.
    app.router.default = Console(missing=app.router.default)
    return app


def _describe_exactly(app: FastAPI) -> None:
    """Validation errors are 400 problem documents here, so the 422 that FastAPI adds is not true."""
    made_by_fastapi = app.openapi

    def openapi() -> dict[str, Any]:
        document = made_by_fastapi()
        for operations in document["paths"].values():
            for operation in operations.values():
                operation["responses"].pop("422", None)
        for name in ("HTTPValidationError", "ValidationError"):
            document["components"]["schemas"].pop(name, None)
        return document

    # FastAPI documents replacing this method as the way to change the document.
    app.openapi = openapi  # type: ignore[method-assign]
