"""What is known of a call before it is sent: the facts that rules are held against."""

from collections.abc import Mapping
from typing import Final

import msgspec

from bursar.vocab.event import UNKNOWN

NAMED_TAGS: Final = ("team", "product", "use_case", "environment")
_NO_TAGS: Final[Mapping[str, str]] = {}
_NO_BUDGETS: Final[Mapping[str, int]] = {}
BYTES_PER_TOKEN: Final = 4


class CallFacts(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One call on its way to one model. `budgets` are percent used, by name, of the budgets that pay for it.

    `trained` is the tag `training` of the key itself, which no caller can change. `granted` are names of
    rules whose approval this call has. `output_tokens` is the longest answer it asks for, 0 if any.
    """

    team: str = UNKNOWN
    product: str = UNKNOWN
    use_case: str = UNKNOWN
    environment: str = UNKNOWN
    model: str = UNKNOWN
    upstream_model: str = ""  # what the provider calls it
    provider: str = UNKNOWN
    region: str = ""
    key: str = ""
    tags: Mapping[str, str] = _NO_TAGS
    trained: str = ""
    wire: str = ""
    operation: str = ""
    bytes: int = 0
    output_tokens: int = 0
    at_us: int = 0
    budgets: Mapping[str, int] = _NO_BUDGETS
    granted: tuple[str, ...] = ()

    @property
    def input_tokens(self) -> int:
        """An estimate that costs nothing: four bytes a token."""
        return self.bytes // BYTES_PER_TOKEN

    @property
    def data_class(self) -> str:
        """The value of the tag `data`, empty if nobody said."""
        return self.tags.get("data", "")

    def values(self, dimension: str) -> tuple[str, ...]:
        """The call's value of a dimension or of `tag:<name>`, or none; tiers are the rulebook's to know."""
        if dimension.startswith("tag:"):
            value = self.tags.get(dimension[4:])
            return () if value is None else (value,)
        return (str(getattr(self, dimension)),)

    def has_tag(self, name: str) -> bool:
        """Whether somebody said a value of team, product, use_case, environment or `tag:<name>`."""
        if name.startswith("tag:"):
            return bool(self.tags.get(name[4:]))
        return self.values(name)[0] not in ("", UNKNOWN)
