"""Tools that a provider runs itself: how often a call may use them, and what every round reads again."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from bursar.gateway.ask import Ask, whole_number, with_fields
from bursar.gateway.paths import Route

CALLS_DEFAULT: Final = 10
"""Uses of such tools in one call whose request bounds them by nothing: our own choice, for OpenAI and Gemini.
At Anthropic it is the vendor's: after ten rounds the turn is paused ("Server tools", `pause_turn`)."""

FOUND_TOKENS: Final = 16_384
"""What one use adds to the context: our choice, after the 20 pieces of 800 tokens that OpenAI's file search
finds. A page that is fetched can be longer; Anthropic's `max_content_tokens` bounds it."""

# As the types of tools begin (OpenAI, Anthropic), or as Gemini names them.
_TYPES: Final = (
    "web_search",
    "web_fetch",
    "file_search",
    "code_interpreter",
    "code_execution",
    "image_generation",
    "mcp",
)
_GEMINI: Final = frozenset(
    (
        "googleSearch",
        "google_search",
        "googleSearchRetrieval",
        "google_search_retrieval",
        "googleMaps",
        "urlContext",
        "url_context",
        "codeExecution",
        "code_execution",
        "fileSearch",
        "file_search",
    )
)
_decode: Final = msgspec.json.Decoder(list[dict[str, Any]]).decode


def calls_most(route: Route, ask: Ask) -> int:
    """How often the provider may use its own tools before it answers; 0 where the request gives it none."""
    if ask.web_search_options:  # chat models that search, once, before they answer
        return 1
    tools = server_tools(ask)
    if not tools:
        return 0
    if route.operation == "messages":
        return min(_uses_most(tools), CALLS_DEFAULT)
    limit = whole_number(ask.max_tool_calls) if route.operation == "responses" else None
    return CALLS_DEFAULT if limit is None else limit


def server_tools(ask: Ask) -> list[Mapping[str, Any]]:
    """The tools of a request that the provider runs itself."""
    try:
        tools = _decode(ask.tools) if ask.tools else []
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return []
    return [tool for tool in tools if str(tool.get("type", "")).startswith(_TYPES) or _GEMINI & tool.keys()]


def _uses_most(tools: list[Mapping[str, Any]]) -> int:
    """Anthropic bounds each tool by itself; one that is not bounded leaves the whole open."""
    uses = [tool.get("max_uses") for tool in tools]
    known = [count for count in uses if isinstance(count, int) and count > 0]
    return sum(known) if len(known) == len(uses) else CALLS_DEFAULT


def tokens_read(first: int, calls: int, window: int) -> int:
    """The input of all rounds together: each reads what the one before read, and what was found since.

    `first` is what the first one reads; none reads more than the model can.
    """
    longest = max(first, window)
    rounds = calls + 1
    growing = min(rounds, (longest - first) // FOUND_TOKENS + 1)
    grown = growing * first + FOUND_TOKENS * growing * (growing - 1) // 2
    return grown + (rounds - growing) * longest


def with_calls_max(route: Route, body: bytes, ask: Ask, most: int) -> bytes | None:
    """The same request that uses the provider's tools at most `most` times; None where it cannot say that."""
    if route.operation == "responses":
        return with_fields(body, {"max_tool_calls": most})
    tools = server_tools(ask)
    each = most // max(1, len(tools))
    if route.operation != "messages" or each == 0 or not all(map(_is_bounded_by_itself, tools)):
        return None
    given = _decode(ask.tools)
    for tool in given:
        if tool in tools:
            uses = tool.get("max_uses")
            tool["max_uses"] = min(each, uses) if isinstance(uses, int) and uses > 0 else each
    return with_fields(body, {"tools": given})


def _is_bounded_by_itself(tool: Mapping[str, Any]) -> bool:
    """Anthropic's searches and fetches take `max_uses`; its other tools take no bound."""
    return str(tool.get("type", "")).startswith(("web_search", "web_fetch"))
