"""Decides what a call is said to have consumed: the provider's word, or our estimate."""

from bursar.metering.estimate import estimate
from bursar.metering.reading import Reading
from bursar.vocab.event import SOURCE_ESTIMATED, SOURCE_PROVIDER
from bursar.vocab.usage import Usage


def settle(reading: Reading, wire: str, operation: str, request_body: bytes) -> tuple[Usage, str]:
    """(usage, its source): the reading's usage, or an estimate by counting where the reply carried none."""
    if reading.usage is not None:
        return reading.usage, SOURCE_ESTIMATED if reading.estimated else SOURCE_PROVIDER
    usage = estimate(wire, operation, request_body, reading.characters_output)
    counted = reading.counted
    if counted is not None:
        for name in Usage.__struct_fields__:
            setattr(usage, name, getattr(usage, name) + getattr(counted, name))
    return usage, SOURCE_ESTIMATED
