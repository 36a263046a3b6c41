"""Whom a step reaches: the channels of an owner, of a role, or by name."""

from collections.abc import Iterable, Sequence

from bursar.estate.channels import Channel
from bursar.estate.checks import OWNER
from bursar.estate.document import listed
from bursar.estate.scope import any_fits


def channels_for(to: Iterable[str], owner: str, channels: Sequence[Channel]) -> list[Channel]:
    """The channels that reach everybody in `to`, each once, in the order of their names.

    `owner` stands for the budget's owner. Whoever is reached by none is told through the default channels, so
    that nothing is said to nobody while there is one.
    """
    found: dict[str, Channel] = {}
    for name in to:
        reached = _reached(name, owner, channels) or [each for each in channels if each.default]
        found.update((channel.name, channel) for channel in reached)
    return [found[name] for name in sorted(found)]


def _reached(name: str, owner: str, channels: Sequence[Channel]) -> list[Channel]:
    if name == OWNER:
        return [each for each in channels if owner and any_fits(listed(each.for_owners), (owner,))]
    return [each for each in channels if name == each.name or name in listed(each.reaches)]
