"""Usage that did not pass the gateway, on the same way into the ledger: numbered, batched, stored once."""

from bursar.intake.source import GROUP_EVENTS, Source

__all__ = ["GROUP_EVENTS", "Source"]
