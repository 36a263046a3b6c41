"""Metering: from a provider's own reply to disjoint counts of what the call consumed."""

from bursar.metering.estimate import estimate
from bursar.metering.fingerprint import Prompt, fingerprints, fingerprints_of
from bursar.metering.reading import Aside, Reading
from bursar.metering.reply import read_reply
from bursar.metering.settle import settle
from bursar.metering.stream import StreamReader

__all__ = [
    "Aside",
    "Prompt",
    "Reading",
    "StreamReader",
    "estimate",
    "fingerprints",
    "fingerprints_of",
    "read_reply",
    "settle",
]
