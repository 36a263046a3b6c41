"""OpenAI's usage object, in all the spellings of those who speak like OpenAI, divided into classes."""

import math

import msgspec

from bursar.metering.partition import (
    NO_MODES,
    NO_WRITES,
    Modes,
    Writes,
    divide_input,
    divide_output,
    writes_by_lifetime,
)
from bursar.metering.reading import COUNT_MAX, FLAG_HIDDEN_OUTPUT, FLAG_IMPLAUSIBLE, Reading
from bursar.vocab.usage import Usage


class _ModeCounts(msgspec.Struct, gc=False):
    audio_tokens: int | None = None
    image_tokens: int | None = None
    video_tokens: int | None = None


class _WriteCounts(msgspec.Struct, gc=False):
    ttl_30m_tokens: int | None = None
    ttl_12h_tokens: int | None = None


class _InputDetails(msgspec.Struct):
    cached_tokens: int | None = None
    cache_write_tokens: int | None = None
    cache_write_tokens_details: _WriteCounts | None = None
    cached_tokens_details: _ModeCounts | None = None
    audio_tokens: int | None = None
    image_tokens: int | None = None
    video_tokens: int | None = None
    text_tokens: int | None = None


class OutputDetails(msgspec.Struct, gc=False):
    reasoning_tokens: int | None = None
    audio_tokens: int | None = None
    image_tokens: int | None = None
    video_tokens: int | None = None
    text_tokens: int | None = None


class TokenUsage(msgspec.Struct):
    """The usage object in all its spellings; see docs/reference/wires.md for who writes which."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    total_tokens: int | None = None
    prompt_tokens_details: _InputDetails | None = None
    input_tokens_details: _InputDetails | None = None
    prompt_token_details: _InputDetails | None = None
    input_token_details: _InputDetails | None = None
    completion_tokens_details: OutputDetails | None = None
    output_tokens_details: OutputDetails | None = None
    completion_token_details: OutputDetails | None = None
    output_token_details: OutputDetails | None = None
    prompt_cache_hit_tokens: int | None = None  # DeepSeek
    cached_tokens: int | None = None  # Moonshot
    prompt_audio_seconds: int | None = None  # Mistral
    num_search_queries: int | None = None  # Perplexity
    seconds: float | None = None  # transcription billed by time


def usage_of(raw: TokenUsage, reading: Reading, *, input_is: str = "", output_is: str = "") -> Usage | None:
    """The disjoint classes of a usage object; None where it holds no count.

    `input_is` and `output_is` name the modality of tokens that the reply does not break down.
    """
    if not (input_is or output_is) and (plain := _plain_usage(raw)) is not None:
        return plain
    total_input = _first(raw.prompt_tokens, raw.input_tokens)
    total_output = _first(raw.completion_tokens, raw.output_tokens)
    if total_input is None and total_output is None:
        if raw.seconds is not None:
            return Usage(audio_ms=milliseconds(reading, raw.seconds))
        total_input = raw.total_tokens  # embeddings of some servers say only this
        if total_input is None:
            return None
    given_input = total_input or 0
    given_output = total_output or 0
    if not (0 <= given_input <= COUNT_MAX and 0 <= given_output <= COUNT_MAX):
        reading.flag(FLAG_IMPLAUSIBLE)
        return None
    usage = Usage()
    _divide_given_input(usage, given_input, raw, input_is, reading)
    _divide_given_output(usage, given_input, given_output, raw, output_is, reading)
    if raw.num_search_queries:
        usage.web_searches = reading.believed(raw.num_search_queries)
    if raw.prompt_audio_seconds:
        usage.audio_ms = reading.believed(raw.prompt_audio_seconds * 1000)
    return usage


def _plain_usage(raw: TokenUsage) -> Usage | None:
    """What nearly every chat reply says, in one go: text with some of it cached, or some of it reasoning.

    None for whatever is not quite so; the long way divides it, and comes to the same where this one answers.
    """
    total_input, total_output = raw.prompt_tokens, raw.completion_tokens
    if total_input is None or total_output is None or raw.total_tokens != total_input + total_output:
        return None
    details, output = raw.prompt_tokens_details, raw.completion_tokens_details
    if details is None or output is None or not _is_plain(details):
        return None
    cached, reasoning = details.cached_tokens or 0, output.reasoning_tokens or 0
    if not (0 <= cached <= total_input <= COUNT_MAX and 0 <= reasoning <= total_output <= COUNT_MAX):
        return None
    beside = output.audio_tokens or output.image_tokens or output.video_tokens or raw.num_search_queries
    if beside or raw.prompt_audio_seconds or raw.prompt_cache_hit_tokens or raw.cached_tokens:
        return None
    return Usage(
        tokens_input=total_input - cached,
        tokens_cache_read=cached,
        tokens_output=total_output - reasoning,
        tokens_reasoning=reasoning,
    )


def _divide_given_input(usage: Usage, total: int, raw: TokenUsage, main: str, reading: Reading) -> None:
    details = (
        raw.prompt_tokens_details
        or raw.input_tokens_details
        or raw.prompt_token_details
        or raw.input_token_details
    )
    if details is None:
        read = reading.believed(_first(raw.prompt_cache_hit_tokens, raw.cached_tokens))
        divide_input(usage, total, read=read, modes=_modes(total, None, main, reading), reading=reading)
        return
    cached = details.cached_tokens
    if cached is None:
        cached = _first(raw.prompt_cache_hit_tokens, raw.cached_tokens)
    read = reading.believed(cached)
    if not main and _is_plain(details):
        divide_input(usage, total, read=read, reading=reading)
        return
    divide_input(
        usage,
        total,
        read=read,
        writes=_writes(details, reading),
        modes=_modes(total, details, main, reading),
        read_modes=_read_modes(details.cached_tokens_details, reading),
        reading=reading,
    )


def _divide_given_output(
    usage: Usage, total_input: int, total: int, raw: TokenUsage, main: str, reading: Reading
) -> None:
    details = (
        raw.completion_tokens_details
        or raw.output_tokens_details
        or raw.completion_token_details
        or raw.output_token_details
    )
    reasoning = reading.believed(details.reasoning_tokens) if details is not None else 0
    named = total_input + total
    if raw.total_tokens is not None and raw.total_tokens > named:
        hidden = _hidden_output(named, raw, reading)
        reasoning = _with_hidden(reasoning, hidden, reading)
        total += hidden
    divide_output(
        usage, total, reasoning=reasoning, modes=_modes(total, details, main, reading), reading=reading
    )


def _is_plain(details: _InputDetails) -> bool:
    """True for what nearly every chat reply says: nothing but text, some of it cached."""
    return not (
        details.audio_tokens
        or details.image_tokens
        or details.video_tokens
        or details.cache_write_tokens
        or details.cache_write_tokens_details
        or details.cached_tokens_details
    )


def _hidden_output(named: int, raw: TokenUsage, reading: Reading) -> int:
    """Tokens inside `total_tokens` that neither input nor output holds: reasoning left out of the output.

    xAI's and Gemini's OpenAI APIs report like this. Mistral's total holds audio tokens instead.
    """
    if raw.prompt_audio_seconds or (raw.completion_tokens is None and raw.output_tokens is None):
        return 0
    return max(reading.believed(raw.total_tokens) - named, 0)


def _with_hidden(reasoning: int, hidden: int, reading: Reading) -> int:
    """The reasoning tokens once `hidden` ones are found: the same ones where the counts agree."""
    if reasoning == hidden:
        return reasoning
    reading.flag(FLAG_HIDDEN_OUTPUT)
    return reasoning + hidden


def _writes(details: _InputDetails, reading: Reading) -> Writes:
    total = reading.believed(details.cache_write_tokens)
    by_lifetime = details.cache_write_tokens_details
    if by_lifetime is None:
        return Writes(total) if total else NO_WRITES
    return writes_by_lifetime(
        total,
        m30=reading.believed(by_lifetime.ttl_30m_tokens),
        h12=reading.believed(by_lifetime.ttl_12h_tokens),
        reading=reading,
    )


def _modes(total: int, details: "_InputDetails | OutputDetails | None", main: str, reading: Reading) -> Modes:
    """Tokens by modality; those that the reply does not name are `main` ("" for text)."""
    if details is None:
        return _only(main, total)
    if not (details.audio_tokens or details.image_tokens or details.video_tokens):
        return _only(main, max(total - reading.believed(details.text_tokens), 0))
    return Modes(
        reading.believed(details.audio_tokens),
        reading.believed(details.image_tokens),
        reading.believed(details.video_tokens),
    )


def _only(mode: str, count: int) -> Modes:
    if mode == "audio":
        return Modes(audio=count)
    if mode == "image":
        return Modes(image=count)
    return NO_MODES


def _read_modes(counts: _ModeCounts | None, reading: Reading) -> Modes:
    if counts is None or not (counts.audio_tokens or counts.image_tokens or counts.video_tokens):
        return NO_MODES
    return Modes(
        reading.believed(counts.audio_tokens),
        reading.believed(counts.image_tokens),
        reading.believed(counts.video_tokens),
    )


def milliseconds(reading: Reading, seconds: float) -> int:
    """Whole milliseconds, rounded up; 0 and flagged where it is no length of time."""
    if not 0 <= seconds < COUNT_MAX / 1000:
        return reading.believed(-1)
    return math.ceil(seconds * 1000)


def _first(*counts: int | None) -> int | None:
    for count in counts:
        if count is not None:
            return count
    return None
