"""Divides a provider's totals into disjoint classes: parts never overlap and always sum to the total.

Providers give partitions that overlap (cached tokens, audio tokens) and at times contradict their total.
The total rules; a part that does not fit is cut, and the reading is flagged.
"""

import msgspec

from bursar.metering.reading import FLAG_CLAMPED, Reading
from bursar.vocab.usage import Usage


class Writes(msgspec.Struct, frozen=True, gc=False):
    """Tokens written to the provider's prompt cache, by lifetime; `unsaid` where it gives none."""

    unsaid: int = 0
    m5: int = 0
    m30: int = 0
    h1: int = 0
    h12: int = 0


class Modes(msgspec.Struct, frozen=True, gc=False):
    """Tokens by modality; text is what is left."""

    audio: int = 0
    image: int = 0
    video: int = 0


NO_WRITES = Writes()
NO_MODES = Modes()


def writes_by_lifetime(
    total: int, *, m5: int = 0, m30: int = 0, h1: int = 0, h12: int = 0, reading: Reading
) -> Writes:
    """Divide `total` written tokens by lifetime; what no lifetime claims is `unsaid`."""
    if not total:
        return Writes(0, m5, m30, h1, h12) if m5 or m30 or h1 or h12 else NO_WRITES
    claimed = m5 + m30 + h1 + h12
    if claimed <= total:
        return Writes(total - claimed, m5, m30, h1, h12)
    reading.flag(FLAG_CLAMPED)
    parts = []
    left = total
    for part in (m5, m30, h1, h12):
        parts.append(min(part, left))
        left -= parts[-1]
    return Writes(0, *parts)


def divide_input(
    usage: Usage,
    total: int,
    *,
    read: int = 0,
    writes: Writes = NO_WRITES,
    modes: Modes = NO_MODES,
    read_modes: Modes = NO_MODES,
    reading: Reading,
) -> None:
    """Fill the input classes of `usage` so that they sum to `total`, which includes cached tokens."""
    if modes is NO_MODES and read_modes is NO_MODES:
        _divide_text(usage, total, read, writes, reading)
        return
    pool = _pool(total, modes, reading)
    read = _fit(read, total, reading)
    taken = _take_reads(pool, read, read_modes, reading)
    usage.tokens_cache_read = taken["text"]
    usage.tokens_cache_read_audio = taken["audio"]
    usage.tokens_cache_read_image = taken["image"]
    usage.tokens_cache_read_video = taken["video"]
    _take_writes(usage, pool, writes, reading)
    usage.tokens_input = pool["text"]
    usage.tokens_input_audio = pool["audio"]
    usage.tokens_input_image = pool["image"]
    usage.tokens_input_video = pool["video"]


def divide_output(
    usage: Usage, total: int, *, reasoning: int = 0, modes: Modes = NO_MODES, reading: Reading
) -> None:
    """Fill the output classes of `usage` so that they sum to `total`, which includes reasoning."""
    left = total
    if reasoning:
        usage.tokens_reasoning = reasoning = _fit(reasoning, left, reading)
        left -= reasoning
    if modes is not NO_MODES:
        usage.tokens_output_audio = audio = _fit(modes.audio, left, reading)
        usage.tokens_output_image = image = _fit(modes.image, left - audio, reading)
        usage.tokens_output_video = video = _fit(modes.video, left - audio - image, reading)
        left -= audio + image + video
    usage.tokens_output = left


def _divide_text(usage: Usage, total: int, read: int, writes: Writes, reading: Reading) -> None:
    left = total
    if read:
        usage.tokens_cache_read = read = _fit(read, left, reading)
        left -= read
    if writes is NO_WRITES:
        usage.tokens_input = left
        return
    pool = {"text": left}
    _take_writes(usage, pool, writes, reading)
    usage.tokens_input = pool["text"]


def _fit(part: int, room: int, reading: Reading) -> int:
    if part <= room:
        return part
    reading.flag(FLAG_CLAMPED)
    return room


def _pool(total: int, modes: Modes, reading: Reading) -> dict[str, int]:
    audio = _fit(modes.audio, total, reading)
    image = _fit(modes.image, total - audio, reading)
    video = _fit(modes.video, total - audio - image, reading)
    return {"text": total - audio - image - video, "image": image, "audio": audio, "video": video}


def _take_reads(pool: dict[str, int], read: int, said: Modes, reading: Reading) -> dict[str, int]:
    """Take `read` tokens out of `pool`: those with a said modality from it, the rest from text first."""
    taken = {"text": 0, "image": 0, "audio": 0, "video": 0}
    left = read
    for mode, count in (("audio", said.audio), ("image", said.image), ("video", said.video)):
        taken[mode] = part = _fit(count, min(pool[mode], left), reading)
        pool[mode] -= part
        left -= part
    for mode in pool:
        part = min(left, pool[mode])
        taken[mode] += part
        pool[mode] -= part
        left -= part
    return taken


def _take_writes(usage: Usage, pool: dict[str, int], writes: Writes, reading: Reading) -> None:
    """Take the written tokens out of `pool`, text first; writes have no classes by modality."""
    room = sum(pool.values())
    usage.tokens_cache_write_5m = m5 = _fit(writes.m5, room, reading)
    usage.tokens_cache_write_30m = m30 = _fit(writes.m30, room - m5, reading)
    usage.tokens_cache_write_1h = h1 = _fit(writes.h1, room - m5 - m30, reading)
    usage.tokens_cache_write_12h = h12 = _fit(writes.h12, room - m5 - m30 - h1, reading)
    usage.tokens_cache_write = unsaid = _fit(writes.unsaid, room - m5 - m30 - h1 - h12, reading)
    left = m5 + m30 + h1 + h12 + unsaid
    for mode in pool:
        part = min(left, pool[mode])
        pool[mode] -= part
        left -= part
