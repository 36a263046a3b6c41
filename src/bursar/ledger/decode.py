"""From a delivered batch to rows: the fast way for what is well-formed, the careful way for what is not."""

import io
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, Literal

import msgspec
import zstandard
from msgspec import Meta

from bursar.vocab.errors import BursarError, InvalidInput
from bursar.vocab.event import STATUSES, USAGE_SOURCES, Batch, Event
from bursar.vocab.usage import Usage

BATCH_LIMIT_BYTES: Final = 64 << 20  # decompressed
_WINDOW_LIMIT_BYTES: Final = 8 << 20

# Bounds that no real call reaches, so that no sum can overflow and no instant leaves the calendar.
_Count = Annotated[int, Meta(ge=0, le=10**15)]
_Instant = Annotated[int, Meta(ge=0, le=253_402_300_799_999_999)]
_Money = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)] | None  # nine million dollars a call
_Text = Annotated[str, Meta(max_length=4096)]
_Identifier = Annotated[str, Meta(min_length=1, max_length=256)]
_NARROWER: Final[dict[str, Any]] = {
    "call_id": _Identifier,
    "started_at_us": _Instant,
    "finished_at_us": _Instant,
    "status": Literal[STATUSES],
    "usage_source": Literal[USAGE_SOURCES],
    "http_status": Annotated[int, Meta(ge=0, le=999)],
    "cost_list_pico": _Money,
    "cost_pico": _Money,
    "usage": tuple.__class_getitem__((_Count,) * len(Usage.__struct_fields__)),
    "tags": dict[_Text, _Text],
    "flags": list[_Text],
}
_BY_TYPE: Final[dict[Any, Any]] = {int: _Count, int | None: _Count | None, str: _Text}


def _row_type() -> Any:
    """A tuple type with the fields of Event in order: decoding to tuples transposes to columns in C."""
    fields = msgspec.structs.fields(Event)
    return tuple.__class_getitem__(
        tuple(_NARROWER.get(each.name, _BY_TYPE.get(each.type, each.type)) for each in fields)
    )


type_of_row: Final[Any] = _row_type()
Row = tuple[Any, ...]  # the values of Event's fields in order, usage as a tuple
ROW_FIELDS: Final = Event.__struct_fields__

_decode_rows = msgspec.msgpack.Decoder(list[type_of_row]).decode
_decode_row = msgspec.msgpack.Decoder(type_of_row).decode
_decode_event = msgspec.msgpack.Decoder(Event).decode
_split = msgspec.msgpack.Decoder(list[msgspec.Raw]).decode
_decode_batch = msgspec.msgpack.Decoder(Batch).decode


class BatchUnreadable(InvalidInput):
    """The envelope of a delivery cannot be read, so nothing of it was taken over: the sender keeps it."""

    code = "batch_unreadable"


class BatchTooLarge(BursarError):
    """A delivery is longer than the receiver holds at once."""

    code = "body_too_large"


@dataclass(frozen=True)
class DeadLetter:
    """A delivered part that cannot be read: the events seq_first..seq_last, byte for byte."""

    seq_first: int
    seq_last: int
    reason: str
    body: bytes


@dataclass
class Delivery:
    """The readable rows of a batch with their sequence numbers, and what could not be read."""

    rows: list[Row] = field(default_factory=list)
    seqs: list[int] = field(default_factory=list)
    dead: list[DeadLetter] = field(default_factory=list)


def decompress(body: bytes, *, limit_bytes: int = BATCH_LIMIT_BYTES) -> bytes:
    """The zstd content of `body`; stops at `limit_bytes`, whatever the frame says of itself."""
    decompressor = zstandard.ZstdDecompressor(max_window_size=_WINDOW_LIMIT_BYTES)
    try:
        with decompressor.stream_reader(io.BytesIO(body), read_across_frames=False) as reader:
            content: bytes = reader.read(limit_bytes + 1)
            whole = len(content) <= limit_bytes and reader.read(1) == b""
    except zstandard.ZstdError as error:
        raise BatchUnreadable(f"the body is not a zstd frame: {error}") from error
    if not whole:
        raise BatchTooLarge(f"the batch is longer than {limit_bytes} bytes: send fewer events at once")
    return content


def read_batch(content: bytes) -> Batch:
    """The envelope of msgpack `content`, its groups still encoded."""
    try:
        batch = _decode_batch(content)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise BatchUnreadable(f"the body is not a batch of events: {error}") from error
    if not 1 <= batch.seq_first <= batch.seq_last or not 1 <= len(batch.worker) <= 256:
        raise BatchUnreadable("a batch needs a worker and sequence numbers with 1 <= seq_first <= seq_last")
    return batch


def read_rows(batch: Batch) -> Delivery:
    """Every event of the batch, as a row or as a dead letter; never raises on what the groups hold."""
    expected = batch.seq_last - batch.seq_first + 1
    try:
        rows = [row for group in batch.groups for row in _decode_rows(group)]
    except (msgspec.DecodeError, msgspec.ValidationError):
        return _read_one_by_one(batch, expected)
    if len(rows) != expected:
        return _all_dead(batch, f"{len(rows)} events where the batch announces {expected}")
    return Delivery(rows, list(range(batch.seq_first, batch.seq_last + 1)))


def _read_one_by_one(batch: Batch, expected: int) -> Delivery:
    try:
        parts = [part for group in batch.groups for part in _split(group)]
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        return _all_dead(batch, f"a group is not an array of events: {error}")
    if len(parts) != expected:
        return _all_dead(batch, f"{len(parts)} events where the batch announces {expected}")
    delivery = Delivery()
    for seq, part in enumerate(parts, start=batch.seq_first):
        try:
            row = _read_row(part)
        except (msgspec.DecodeError, msgspec.ValidationError) as error:
            delivery.dead.append(DeadLetter(seq, seq, str(error), bytes(part)))
        else:
            delivery.rows.append(row)
            delivery.seqs.append(seq)
    return delivery


def _read_row(part: msgspec.Raw) -> Row:
    """One event, also of a version that knew fewer fields (they take their defaults) or more (left out)."""
    try:
        return tuple(_decode_row(part))
    except msgspec.ValidationError:
        values = list(msgspec.structs.astuple(_decode_event(part)))
        place = ROW_FIELDS.index("usage")
        values[place] = msgspec.structs.astuple(values[place])
        return tuple(msgspec.convert(values, type_of_row))


def set_aside(batch: Batch, reason: str) -> DeadLetter:
    """The whole batch as one dead letter."""
    return DeadLetter(batch.seq_first, batch.seq_last, reason, msgspec.msgpack.encode(batch))


def _all_dead(batch: Batch, reason: str) -> Delivery:
    return Delivery(dead=[set_aside(batch, reason)])
