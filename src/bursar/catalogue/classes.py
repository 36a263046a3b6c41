"""Which price a usage class pays when it has none of its own."""

from collections.abc import Mapping
from typing import Final

PARENTS: Final[dict[str, tuple[str, ...]]] = {
    "tokens_input": (),
    "tokens_cache_read": ("tokens_input",),
    "tokens_cache_write": ("tokens_cache_write_5m", "tokens_input"),
    "tokens_cache_write_5m": ("tokens_cache_write", "tokens_input"),
    "tokens_cache_write_30m": ("tokens_cache_write", "tokens_input"),
    "tokens_cache_write_1h": ("tokens_cache_write", "tokens_input"),
    "tokens_cache_write_12h": ("tokens_cache_write", "tokens_input"),
    "tokens_input_audio": ("tokens_input",),
    "tokens_input_image": ("tokens_input",),
    "tokens_input_video": ("tokens_input",),
    "tokens_cache_read_audio": ("tokens_cache_read", "tokens_input_audio", "tokens_input"),
    "tokens_cache_read_image": ("tokens_cache_read", "tokens_input_image", "tokens_input"),
    "tokens_cache_read_video": ("tokens_cache_read", "tokens_input_video", "tokens_input"),
    "tokens_output": (),
    "tokens_reasoning": ("tokens_output",),
    "tokens_output_audio": ("tokens_output",),
    "tokens_output_image": ("tokens_output",),
    "tokens_output_video": ("tokens_output",),
}
"""The classes whose price a class takes, nearest first. A cache write of unsaid lifetime is a short one."""

TEXT_PARENTS: Final[dict[str, tuple[str, ...]]] = {
    name: tuple(parent for parent in parents if not parent.endswith(("_audio", "_image", "_video")))
    for name, parents in PARENTS.items()
    if name.endswith(("_audio", "_image", "_video"))
}
"""The classes of sound, pictures and film, with the classes of text among those whose price they may take."""


def priced_as(usage_class: str, given: Mapping[str, object]) -> str | None:
    """The class in `given` whose price `usage_class` pays; None where there is none."""
    for candidate in (usage_class, *PARENTS[usage_class]):
        if candidate in given:
            return candidate
    return None
