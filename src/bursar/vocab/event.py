"""The event: a priced, tagged, immutable record of one call, as it travels from gateway to ledger."""

from typing import Final

import msgspec

from bursar.vocab.usage import Usage

UNKNOWN: Final = "unknown"

# Statuses: what became of the call.
COMPLETE: Final = "complete"  # the reply ended as the provider meant it to
PARTIAL: Final = "partial"  # the reply broke off or the client left; usage may be an estimate
INTERRUPTED: Final = "interrupted"  # our process died during the call; the provider may bill it
ERROR: Final = "error"  # the provider answered with an error, or could not be reached
STATUSES: Final = (COMPLETE, PARTIAL, INTERRUPTED, ERROR)

# Where the usage figures come from.
SOURCE_PROVIDER: Final = "provider"
SOURCE_ESTIMATED: Final = "estimated"
SOURCE_NONE: Final = "none"  # nothing was consumed, or nothing is known
USAGE_SOURCES: Final = (SOURCE_PROVIDER, SOURCE_ESTIMATED, SOURCE_NONE)

EVENT_SCHEMA_VERSION: Final = 1


class Event(msgspec.Struct, array_like=True, kw_only=True, gc=False):
    """One call. Instants are microseconds since the epoch (UTC); durations microseconds; money picodollars.

    A cost of None means `unpriced`: no price was in force, which is never the same as zero.
    New fields are added at the end, with a default, so that old outboxes stay readable.
    """

    call_id: str
    started_at_us: int
    finished_at_us: int
    team: str = UNKNOWN
    product: str = UNKNOWN
    use_case: str = UNKNOWN
    environment: str = UNKNOWN
    model: str = UNKNOWN  # the name the estate knows it by: what budgets and reports speak of
    tags: dict[str, str] = {}  # any further tag
    key_id: str = ""
    provider: str = UNKNOWN
    wire: str = ""
    operation: str = ""  # chat, responses, completions, embeddings, images, audio, messages, generate_content
    model_requested: str = ""  # as the caller wrote it
    model_served: str = ""  # as the provider's reply says
    region: str = ""
    service_tier: str = ""
    processing: str = ""  # "batch" for batch prices
    speed: str = ""
    inference_geo: str = ""
    status: str = COMPLETE
    http_status: int = 0
    usage_source: str = SOURCE_NONE
    flags: list[str] = []  # facts worth seeing, snake_case: client_disconnected, usage_injected, ...
    streamed: bool = False
    latency_us: int = 0
    first_token_us: int | None = None
    cost_list_pico: int | None = None
    cost_pico: int | None = None
    price_ref: str = ""  # the rate card that priced it, by content; empty when unpriced
    fingerprint_request: str = ""  # hash of the whole prompt, hex
    fingerprint_prefix: str = ""  # hash of the prompt's beginning, hex
    bytes_request: int = 0
    bytes_reply: int = 0
    idempotency_hash: str = ""
    linked_call_id: str = ""  # the earlier call with the same Idempotency-Key; of an attempt, its call
    provider_call_id: str = ""  # the provider's own id of the reply
    usage: Usage = msgspec.field(default_factory=Usage)
    source: str = "gateway"
    budgets: str = ""  # ids of the budget accounts that it was charged to when it happened, by commas
    # The most picodollars it could have cost, as budgets held for it; None where none in USD paid for it.
    held_pico: int | None = None
    # The most tokens of output that the caller let it have, all answers together; None: no limit was written.
    output_tokens_asked: int | None = None


class Batch(msgspec.Struct, kw_only=True):
    """What one worker's outbox hands to the control plane: consecutive events, already encoded.

    `groups` holds msgpack arrays of Event, in order; together they are the events seq_first..seq_last.
    `cards` are the rate cards, by reference, that the receiver may not know yet (JSON bytes).
    """

    worker: str
    seq_first: int
    seq_last: int
    groups: list[bytes]
    cards: dict[str, bytes] = {}
    schema_version: int = EVENT_SCHEMA_VERSION


encode_events = msgspec.msgpack.Encoder().encode
decode_events = msgspec.msgpack.Decoder(list[Event]).decode
