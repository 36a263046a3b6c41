"""What every estate document has, and the types that the kinds share."""

from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta

Name = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=128,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/@+-]*$",
        description="Letters, digits and . _ : / @ + -, starting with a letter or digit.",
    ),
]
Text = Annotated[str, Meta(max_length=2000)]
DecimalText = Annotated[
    str,
    Meta(pattern=r"^[0-9]{1,12}(\.[0-9]{1,18})?$", description="A decimal number in quotes; never a float."),
]

OptionalDecimal = Annotated[
    str,
    Meta(
        pattern=r"^([0-9]{1,12}(\.[0-9]{1,18})?)?$",
        description="A decimal number in quotes, or nothing; never a float.",
    ),
]

Values = str | list[str]
"""One value or a list of them; where it chooses, any of them will do."""


class Document(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What every estate document has: `kind` and `name`, unique together."""

    KIND: ClassVar[str]

    name: Name
    title: Annotated[Text, Meta(description="What people call it, where the name is short.")] = ""
    description: Annotated[Text, Meta(description="Anything worth knowing about it.")] = ""


def listed(value: Values) -> tuple[str, ...]:
    """The values of a field that takes one or many."""
    return (value,) if isinstance(value, str) else tuple(value)
