"""GET /api/v1/live: what comes in, as it comes in, as server-sent events."""

from collections.abc import AsyncIterator
from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Header
from starlette.responses import StreamingResponse

from bursar.access import Principal
from bursar.api.calls import call_json
from bursar.api.feed import Feed, Listener
from bursar.api.permission import need
from bursar.api.problems import responses
from bursar.api.zones import Calendar, ZoneQuery
from bursar.ledger.calls import StoredCall

ReadsCalls = Annotated[Principal, need("calls.read")]

_MEDIA_TYPE: Final = "text/event-stream"
_HEADERS: Final = {"cache-control": "no-store", "x-accel-buffering": "no"}
_STREAM: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "`hello` {revision, now, time_zone} once. `calls` {calls, more}: new calls in sight, "
        "oldest first, at most four times a second; `more` were left out. `rate` {usd_per_hour, "
        "calls_per_minute, window_s, today_cost} every 2 s. `changed` {what}: which of estate, "
        "budgets, alerts, approvals to ask for again; me: one's own roles are others now. `end` "
        "{why}: nothing follows. A comment every 15 s. The id of an event is the commit of the ledger "
        "that it goes up to.",
        "content": {_MEDIA_TYPE: {"schema": {"type": "string"}}},
    }
}
_RETRY_MS: Final = 1000


def live_json(stored: StoredCall) -> bytes:
    """A call as /calls shows it."""
    return msgspec.json.encode(call_json(stored))


def live_router(feed: Feed) -> APIRouter:
    """The route over one feed; who made the feed closes it before the server stops."""
    router = APIRouter(tags=["calls"])

    @router.get("/live", response_class=StreamingResponse, responses={**responses(400, 503), **_STREAM})
    async def follow(
        who: ReadsCalls,
        tz: ZoneQuery = "UTC",
        last_event_id: Annotated[
            str | None,
            Header(
                description="The id of the last event that came: calls go on behind it.",
                json_schema_extra={"anyOf": [{"type": "string", "pattern": "^[0-9]{1,18}$"}]},
            ),
        ] = None,
    ) -> StreamingResponse:
        """Calls as they come in, the rate of spending, and what else has changed."""
        Calendar(tz)
        listener, hello = await feed.join(who, tz, _commit_of(last_event_id))
        return StreamingResponse(_stream(feed, listener, hello), media_type=_MEDIA_TYPE, headers=_HEADERS)

    return router


def _commit_of(text: str | None) -> int | None:
    """What no browser of ours has sent is as good as nothing: the stream begins now."""
    return int(text) if text and len(text) <= 18 and text.isascii() and text.isdigit() else None


async def _stream(feed: Feed, listener: Listener, hello: bytes) -> AsyncIterator[bytes]:
    try:
        yield b"retry: %d\n" % _RETRY_MS + _event("hello", hello, listener.after)
        while True:
            told = await listener.told()
            if listener.ended:
                break
            # The number is read before anything is awaited again, so it covers what is said here.
            parts = [_event(name, data, listener.after) for name, data in told]
            yield b"".join(parts) or b": alive\n\n"
        yield _event("end", msgspec.json.encode({"why": listener.ended}), listener.after)
    finally:
        feed.leave(listener)


def _event(name: str, data: bytes, number: int) -> bytes:
    """JSON of ours has no line ends, so one line of data is enough."""
    return b"id: %d\nevent: %b\ndata: %b\n\n" % (number, name.encode(), data)
