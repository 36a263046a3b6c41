"""Refusals of our own, in the error shape of the wire that the caller speaks."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

import msgspec

from bursar.http1 import Headers

_USELESS_TO_REPEAT: Final = frozenset((402, 403, 429))  # 429 without a time at which there is room
# SDKs repeat a 5xx by themselves; such a call may be billed already, so a person should decide.
_PERHAPS_BILLED: Final = frozenset(("upstream_broken",))
_OPENAI_TYPES: Final = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "insufficient_quota",
    403: "permission_error",
    404: "invalid_request_error",
    405: "invalid_request_error",
    413: "invalid_request_error",
    429: "rate_limit_error",
}
_ANTHROPIC_TYPES: Final = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    503: "overloaded_error",
    504: "timeout_error",
}
_GEMINI_STATUSES: Final = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    402: "FAILED_PRECONDITION",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    405: "INVALID_ARGUMENT",
    413: "INVALID_ARGUMENT",
    429: "RESOURCE_EXHAUSTED",
    502: "UNAVAILABLE",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}


class Refusal(Exception):
    """The gateway answers this call itself. `code` is a snake_case fact, `sentence` says what to do.

    `facts` are what a program may want of it: `rule` (kind/name), `owner`, `limit`, `used`, `left`,
    `resets_at`, `retry_after_s` (decimal seconds), `advice`. They stand in the error's body, in every wire.
    """

    def __init__(
        self, status: int, code: str, sentence: str, facts: Mapping[str, object] | None = None
    ) -> None:
        super().__init__(sentence)
        self.status = status
        self.code = code
        self.sentence = sentence
        self.facts: Mapping[str, object] = facts or {}


def refusal_headers(refusal: Refusal) -> Headers:
    """What SDKs look at to decide whether and when to try again, and what HTTP asks for beside a status."""
    headers: Headers = []
    if refusal.status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    wait_ms = _wait_ms(refusal)
    if wait_ms is not None:
        headers.append((b"retry-after", b"%d" % max(1, -(-wait_ms // 1000))))
        headers.append((b"retry-after-ms", b"%d" % wait_ms))
    elif refusal.status in _USELESS_TO_REPEAT or refusal.code in _PERHAPS_BILLED:
        headers.append((b"x-should-retry", b"false"))
    elif refusal.status == 503:
        headers.append((b"retry-after", b"1"))
    return headers


def _wait_ms(refusal: Refusal) -> int | None:
    """Milliseconds until there may be room; None if waiting is no remedy."""
    seconds = refusal.facts.get("retry_after_s")
    return None if seconds is None else int(Decimal(str(seconds)) * 1000)


def refusal_body(wire: str, refusal: Refusal, call_id: str) -> bytes:
    """The JSON that the wire's own SDK shows as an error message."""
    status, code, sentence = refusal.status, refusal.code, refusal.sentence
    if wire == "anthropic":
        kind = _ANTHROPIC_TYPES.get(status, "api_error")
        error = {"type": kind, "message": sentence, "code": code, **refusal.facts}
        return msgspec.json.encode({"type": "error", "error": error, "request_id": call_id})
    if wire == "gemini":
        kind = _GEMINI_STATUSES.get(status, "INTERNAL")
        details = _gemini_details(refusal)
        return msgspec.json.encode(
            {"error": {"code": status, "message": sentence, "status": kind, "details": details}}
        )
    kind = _OPENAI_TYPES.get(status, "api_error")
    return msgspec.json.encode(
        {"error": {"message": sentence, "type": kind, "param": None, "code": code, **refusal.facts}}
    )


def _gemini_details(refusal: Refusal) -> list[dict[str, object]]:
    """Google's own records of an error: why, and when to try again (google/rpc/error_details.proto)."""
    info: dict[str, object] = {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": refusal.code.upper(),
        "domain": "bursar",
    }
    if refusal.facts:
        # The type of this detail wants texts.
        info["metadata"] = {name: _text(value) for name, value in refusal.facts.items()}
    wait_ms = _wait_ms(refusal)
    if wait_ms is None:
        return [info]
    delay = f"{wait_ms // 1000}.{wait_ms % 1000:03d}s"
    return [info, {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": delay}]


def _text(value: object) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
