"""One table from error codes to HTTP statuses, and the problem documents (RFC 9457) that carry them."""

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match

from bursar.vocab.errors import BursarError

MEDIA_TYPE: Final = "application/problem+json"

# code -> status and title. A code that is not here takes its parent class's row.
PROBLEMS: Final[Mapping[str, tuple[int, str]]] = {
    "invalid_input": (400, "The request cannot be used"),
    "unauthorized": (401, "A token is needed"),
    "not_signed_in": (401, "Nobody was signed in"),
    "forbidden": (403, "Not allowed"),
    "not_found": (404, "Not found"),
    "method_not_allowed": (405, "Method not allowed"),
    "conflict": (409, "Conflict"),
    "body_too_large": (413, "The body is too large"),
    "too_many_attempts": (429, "Too many tries"),
    "not_delivered": (502, "The other side did not take it"),
    "unavailable": (503, "Not available now"),
    "invariant_broken": (500, "A law of the system does not hold"),
    "failed": (500, "Failed"),
}


class Problem(BaseModel):
    """Why a request was not served, and what to do about it."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(description="`urn:bursar:problem:` and the code.")
    title: str
    status: int
    detail: str = Field(description="What happened, and what would work.")
    code: str = Field(description="A stable word for programs.")


def status_of(error: BursarError) -> tuple[int, str]:
    """The HTTP status of an error of ours, and the title of its problem."""
    for ancestor in type(error).__mro__:
        code = ancestor.__dict__.get("code")
        if isinstance(code, str) and code in PROBLEMS:
            return PROBLEMS[code]
    return PROBLEMS["failed"]


def problem_response(
    status: int,
    code: str,
    title: str,
    detail: str,
    facts: Mapping[str, object] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A problem document as a response; `facts` become further members."""
    body = {
        **(facts or {}),
        "type": f"urn:bursar:problem:{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
    }
    content = json.dumps(body, default=str, ensure_ascii=False).encode("utf-8", "backslashreplace")
    return Response(content, status, headers=dict(headers or {}), media_type=MEDIA_TYPE)


def problem_of(error: BursarError) -> Response:
    """The problem document of an error of ours."""
    status, title = status_of(error)
    headers = {"www-authenticate": "Bearer"} if status == 401 else {}
    if status == 503:
        headers["retry-after"] = "1"
    if status == 429:
        headers["retry-after"] = str(error.facts.get("retry_after_s", 60))
    return problem_response(status, error.code, title, str(error), error.facts, headers)


def responses(*statuses: int, is_locked: bool = True) -> dict[int | str, dict[str, Any]]:
    """The `responses=` of a route that may answer with these problem statuses; 401 too if it is locked."""
    described = {401, *statuses} if is_locked else set(statuses)
    return {
        status: {
            "model": Problem,
            "description": HTTPStatus(status).phrase,
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in sorted(described)
    }


def _sentence(errors: Sequence[Mapping[str, Any]]) -> str:
    parts = []
    for error in errors:
        place = ".".join(str(step) for step in error["loc"])
        parts.append(f"{place}: {error['msg']}")
    return "; ".join(parts)


def install_problems(app: FastAPI) -> None:
    """Every error that leaves `app` is a problem document."""

    @app.exception_handler(BursarError)
    async def _ours(_request: Request, error: BursarError) -> Response:
        return problem_of(error)

    @app.exception_handler(RequestValidationError)
    async def _validation(_request: Request, error: RequestValidationError) -> Response:
        places = [{"loc": list(fault["loc"]), "msg": fault["msg"]} for fault in error.errors()]
        status, title = PROBLEMS["invalid_input"]
        return problem_response(status, "invalid_input", title, _sentence(error.errors()), {"errors": places})

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> Response:
        code = {401: "unauthorized", 403: "forbidden", 404: "not_found", 405: "method_not_allowed"}.get(
            error.status_code, "invalid_input" if error.status_code < 500 else "failed"
        )
        headers = {name.lower(): value for name, value in (error.headers or {}).items()}
        if error.status_code == 405:
            headers["allow"] = ", ".join(sorted(_methods(app, request)))
        return problem_response(
            error.status_code, code, PROBLEMS[code][1], str(error.detail), headers=headers
        )


def _methods(app: FastAPI, request: Request) -> set[str]:
    """Every method of a path: several routes may share it, and the router names those of the first only."""
    return {
        method
        for method in ("DELETE", "GET", "HEAD", "PATCH", "POST", "PUT")
        if any(
            route.matches({**request.scope, "method": method})[0] is Match.FULL for route in app.router.routes
        )
    }
