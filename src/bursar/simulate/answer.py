"""From a request to the bytes of its reply: pure, so that the same seed and request give the same bytes."""

import gzip
import zlib
from collections.abc import Callable
from typing import Final

import msgspec

from bursar.simulate import anthropic, gemini, openai
from bursar.simulate.asked import Asked, Route, find_route, read_asked
from bursar.simulate.directive import Directive, read_directive
from bursar.simulate.plan import Plan, make_plan
from bursar.vocab.errors import InvalidInput, NotFound
from bursar.vocab.options import SimulateOptions
from bursar.vocab.usage import Usage

Headers = list[tuple[bytes, bytes]]

DISCONNECT: Final = "disconnect"
_JSON: Final = (b"content-type", b"application/json")
_EVENTS: Final = (b"content-type", b"text/event-stream; charset=utf-8")
_RETRY: Final = (b"retry-after", b"1")

_WHOLE: Final[dict[str, Callable[[Plan], bytes]]] = {
    "chat": openai.chat,
    "completions": openai.completions,
    "responses": openai.responses,
    "embeddings": openai.embeddings,
    "messages": anthropic.messages,
    "generate_content": gemini.generate_content,
}
_STREAMED: Final[dict[str, Callable[[Plan], list[bytes]]]] = {
    "chat": openai.chat_stream,
    "completions": openai.completions_stream,
    "responses": openai.responses_stream,
    "messages": anthropic.messages_stream,
    "generate_content": gemini.generate_content_stream,
}
_SENTENCES: Final = {
    429: "Rate limit reached; try again in 1s. (simulated)",
    500: "The server had an error while processing your request. (simulated)",
    503: "The engine is currently overloaded; try again later. (simulated)",
    529: "Overloaded (simulated)",
}


class Answer(msgspec.Struct):
    """One reply as bytes, and what it stands for."""

    status: int
    headers: Headers
    pieces: list[bytes]  # the whole body in one piece, or the events of a stream
    wire: str
    operation: str
    model: str
    id: str = ""
    streamed: bool = False
    usage: Usage = msgspec.field(default_factory=Usage)  # what was consumed, whether or not the reply says so
    latency_ms: float = 0.0
    chunk_ms: float = 0.0
    for_all_headers: bool = True  # the same body with other headers (but for wishes) gets the same answer
    cut_after: int | None = None  # break the connection after so many pieces, the last of them halved


def answer(
    options: SimulateOptions, path: str, query: str, headers: Headers, body: bytes, occurrence: int = 0
) -> Answer | None:
    """The reply to a POST, or None if no provider serves the path.

    `occurrence` counts earlier requests of the same content, so that a fault can strike one and spare
    the next.
    """
    route = find_route(path)
    if route is None:
        return None
    if options.key and not _has_key(headers, query, options.key):
        return refuse(route, 401, "Incorrect API key provided. (simulated)")
    try:
        asked = read_asked(route, query, body)
        wished = read_directive(headers, body)
    except NotFound as error:
        return refuse(route, 400, str(error))
    except InvalidInput as error:
        return refuse(route, 400, str(error))
    plan = make_plan(options, asked, wished, occurrence)
    if plan.error and plan.error != DISCONNECT:
        refused = refuse(route, int(plan.error), _sentence(int(plan.error)), asked.model, plan.id)
        refused.latency_ms = plan.latency_ms
        return refused
    return _shaped(plan, asked, wished, headers)


def refuse(route: Route, status: int, sentence: str, model: str = "", request_id: str = "0" * 24) -> Answer:
    """An error in the wire's own shape."""
    if route.wire == "anthropic":
        body = anthropic.error(status, sentence, request_id)
    elif route.wire == "gemini":
        body = gemini.error(status, sentence)
    else:
        body = openai.error(status, sentence)
    headers = [_JSON, _id_header(route.wire, request_id)]
    if status in (429, 503, 529):
        headers.append(_RETRY)
    return Answer(status, headers, [body], route.wire, route.operation, model or route.model, id=request_id)


def _shaped(plan: Plan, asked: Asked, wished: Directive, headers: Headers) -> Answer:
    pieces = _STREAMED[asked.operation](plan) if asked.streamed else [_WHOLE[asked.operation](plan)]
    is_json = not asked.streamed or asked.as_array
    reply_headers = [_JSON if is_json else _EVENTS, _id_header(asked.wire, plan.id)]
    if wished.encoding and _accepts_gzip(headers):
        pieces = _gzip_pieces(pieces)
        reply_headers.append((b"content-encoding", b"gzip"))
    return Answer(
        200,
        reply_headers,
        pieces,
        asked.wire,
        asked.operation,
        asked.model,
        id=plan.id,
        streamed=asked.streamed,
        usage=plan.usage,
        latency_ms=plan.latency_ms,
        chunk_ms=plan.chunk_ms,
        for_all_headers=not wished.encoding,
        cut_after=(len(pieces) + 1) // 2 if plan.error == DISCONNECT else None,
    )


def _gzip_pieces(pieces: list[bytes]) -> list[bytes]:
    """Each piece can be read on arrival; no time stamp goes in, so the bytes stay the same."""
    if len(pieces) == 1:
        return [gzip.compress(pieces[0], mtime=0)]
    compressor = zlib.compressobj(wbits=31)
    out = [compressor.compress(piece) + compressor.flush(zlib.Z_SYNC_FLUSH) for piece in pieces]
    out[-1] += compressor.flush()
    return out


def _sentence(status: int) -> str:
    return _SENTENCES.get(status, f"The simulator was asked to answer {status}.")


def _id_header(wire: str, request_id: str) -> tuple[bytes, bytes]:
    name = b"request-id" if wire == "anthropic" else b"x-request-id"
    return (name, b"req_" + request_id.encode("ascii"))


def _accepts_gzip(headers: Headers) -> bool:
    return any(name == b"accept-encoding" and b"gzip" in value for name, value in headers)


def _has_key(headers: Headers, query: str, key: str) -> bool:
    """Each wire puts the key elsewhere; any of the places will do."""
    wanted = key.encode()
    for name, value in headers:
        if name in (b"x-api-key", b"api-key", b"x-goog-api-key") and value == wanted:
            return True
        if name == b"authorization" and value == b"Bearer " + wanted:
            return True
    return f"key={key}" in query.split("&")
