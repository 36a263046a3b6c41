"""The links in messages: GET shows what will happen, POST does it, once. The path holds the only token."""

from html import escape
from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Path
from pydantic import BaseModel, Field
from starlette.responses import HTMLResponse, JSONResponse, Response

from bursar.alerts import Desk
from bursar.alerts.desk import Preview
from bursar.api.problems import responses
from bursar.api.services import WithServices
from bursar.vocab.instant import format_instant

# Programs that look into links, such as scanners of mail, only GET; and nothing leaks to other pages.
_HEADERS: Final = {"cache-control": "no-store", "referrer-policy": "no-referrer"}
_BOTH: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {"text/html": {"schema": {"type": "string"}}}, "description": "As `accept` asks."}
}

Token = Annotated[
    str, Path(pattern=r"^[0-9a-f-]{36}\.[A-Za-z0-9_-]{43}$", description="As it stands in the message.")
]
Accept = Annotated[str, Header(description="`text/html` for a page, anything else for JSON.")]


class AnswerReply(BaseModel):
    """What a link does."""

    act: str
    sentence: str
    alert: str
    expires_at: str
    done: bool = Field(description="Whether it was done now, or only shown.")


def answers_router(desk: Desk) -> APIRouter:
    """The routes; they need no administrator's token."""
    router = APIRouter(tags=["alerts"])
    problems = responses(404, 409, 503, is_locked=False)

    @router.get("/alerts/answer/{token}", response_model=AnswerReply, responses={**problems, **_BOTH})
    def show_answer(token: Token, services: WithServices, accept: Accept = "*/*") -> Response:
        """What the link will do. Nothing is changed."""
        return _response(desk.preview(token, now=services.now()), accept, done=False)

    @router.post("/alerts/answer/{token}", response_model=AnswerReply, responses={**problems, **_BOTH})
    def give_answer(token: Token, services: WithServices, accept: Accept = "*/*") -> Response:
        """Do it. A link works once."""
        return _response(desk.answer(token, now=services.now()), accept, done=True)

    return router


def _response(preview: Preview, accept: str, *, done: bool) -> Response:
    if "text/html" in accept:
        return HTMLResponse(_page(preview, done=done), headers=_HEADERS)
    reply = AnswerReply(
        act=preview.answer.act,
        sentence=preview.sentence,
        alert=preview.alert.id,
        expires_at=format_instant(preview.answer.expires_at_us),
        done=done,
    )
    return JSONResponse(reply.model_dump(), headers=_HEADERS)


def _page(preview: Preview, *, done: bool) -> str:
    """A page that works without scripts and loads nothing."""
    label = preview.answer.act.capitalize()
    button = "<p>Done.</p>" if done else f'<form method="post"><button>{escape(label)}</button></form>'
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Bursar</title>'
        '<meta name="viewport" content="width=device-width">'
        '<body style="font:16px/1.5 sans-serif;max-width:40em;margin:3em auto;padding:0 1em">'
        f"<h1>{escape(label)}</h1><p>{escape(preview.sentence)}</p>{button}</body></html>"
    )
