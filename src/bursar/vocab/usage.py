"""What a call consumed, in classes that never overlap.

The token classes are disjoint: their sums are the totals that the provider reports. Sources of the
classes: the providers' usage objects, see docs/reference/wires.md.
"""

import msgspec


class Usage(msgspec.Struct, array_like=True, kw_only=True, gc=False):
    """Quantities of one call; every field is a count >= 0 and no unit is counted twice.

    `tokens_input` is what is left of the input when cached, audio, image and video tokens are taken out;
    `tokens_output` is the visible text output, `tokens_reasoning` the hidden one.
    """

    tokens_input: int = 0
    tokens_cache_read: int = 0
    tokens_cache_write: int = 0  # lifetime not said by the provider
    tokens_cache_write_5m: int = 0
    tokens_cache_write_30m: int = 0
    tokens_cache_write_1h: int = 0
    tokens_cache_write_12h: int = 0
    tokens_input_audio: int = 0
    tokens_input_image: int = 0
    tokens_input_video: int = 0
    tokens_cache_read_audio: int = 0
    tokens_cache_read_image: int = 0
    tokens_cache_read_video: int = 0
    tokens_output: int = 0
    tokens_reasoning: int = 0
    tokens_output_audio: int = 0
    tokens_output_image: int = 0
    tokens_output_video: int = 0
    web_searches: int = 0
    web_fetches: int = 0
    file_searches: int = 0
    code_executions: int = 0
    images: int = 0  # pictures made, where they are billed by the piece
    audio_ms: int = 0
    characters_input: int = 0
    pages: int = 0


USAGE_CLASSES: tuple[str, ...] = Usage.__struct_fields__
INPUT_TOKEN_CLASSES: tuple[str, ...] = tuple(
    name
    for name in USAGE_CLASSES
    if name.startswith(("tokens_input", "tokens_cache_read", "tokens_cache_write"))
)
OUTPUT_TOKEN_CLASSES: tuple[str, ...] = tuple(
    name for name in USAGE_CLASSES if name.startswith(("tokens_output", "tokens_reasoning"))
)
TOKEN_CLASSES: tuple[str, ...] = INPUT_TOKEN_CLASSES + OUTPUT_TOKEN_CLASSES


def tokens_input_total(usage: Usage) -> int:
    """All input tokens, cached ones included."""
    return sum(getattr(usage, name) for name in INPUT_TOKEN_CLASSES)


def tokens_output_total(usage: Usage) -> int:
    """All output tokens, reasoning included."""
    return sum(getattr(usage, name) for name in OUTPUT_TOKEN_CLASSES)
