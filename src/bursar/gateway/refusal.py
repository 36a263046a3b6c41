"""Refusals of our own, in the error shape of the wire that the caller speaks."""

from collections.abc import Mapping
from typing import Final

import msgspec

_OPENAI_TYPES: Final = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "permission_error",
    403: "permission_error",
    404: "invalid_request_error",
    405: "invalid_request_error",
    413: "invalid_request_error",
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

    `facts` are what a program may want to read of it: the rule or budget, its owner, a limit, an id.
    """

    def __init__(
        self, status: int, code: str, sentence: str, facts: Mapping[str, object] | None = None
    ) -> None:
        super().__init__(sentence)
        self.status = status
        self.code = code
        self.sentence = sentence
        self.facts = facts or {}


def refusal_body(wire: str, refusal: Refusal, call_id: str) -> bytes:
    """The JSON that the wire's own SDK shows as an error message; our facts stand in it as `bursar`."""
    status, code, sentence = refusal.status, refusal.code, refusal.sentence
    ours = {"bursar": refusal.facts} if refusal.facts else {}
    if wire == "anthropic":
        kind = _ANTHROPIC_TYPES.get(status, "api_error")
        return msgspec.json.encode(
            {
                "type": "error",
                "error": {"type": kind, "message": sentence, "code": code, **ours},
                "request_id": call_id,
            }
        )
    if wire == "gemini":
        kind = _GEMINI_STATUSES.get(status, "INTERNAL")
        detail: dict[str, object] = {
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": code.upper(),
            "domain": "bursar",
        }
        if refusal.facts:  # the type of this detail wants texts
            detail["metadata"] = {name: _text(value) for name, value in refusal.facts.items()}
        return msgspec.json.encode(
            {"error": {"code": status, "message": sentence, "status": kind, "details": [detail]}}
        )
    kind = _OPENAI_TYPES.get(status, "api_error")
    return msgspec.json.encode(
        {"error": {"message": sentence, "type": kind, "param": None, "code": code, **ours}}
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
