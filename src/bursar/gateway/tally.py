"""One worker's counters since it started, for Prometheus."""

from collections import Counter
from collections.abc import Iterable

from bursar.vocab.event import Event


class Tally:
    """Counts only; the money is in the ledger. A scrape reaches one worker, so each series names its own."""

    def __init__(self, worker: str = "0") -> None:
        self._worker = worker
        self._calls: Counter[tuple[str, str]] = Counter()
        self._refusals: Counter[str] = Counter()
        self._latency_us = 0
        self._events = 0

    def settled(self, event: Event) -> None:
        self._calls[event.provider, event.status] += 1
        self._latency_us += event.latency_us
        self._events += 1

    def refused(self, code: str) -> None:
        self._refusals[code] += 1

    def prometheus(self, outbox_fault: str) -> bytes:
        """The text exposition format, version 0.0.4."""
        return "".join(f"{line}\n" for line in self._lines(outbox_fault)).encode()

    def _lines(self, outbox_fault: str) -> Iterable[str]:
        yield "# TYPE bursar_gateway_calls_total counter"
        for (provider, status), count in sorted(self._calls.items()):
            labels = f'worker="{self._worker}",provider="{_escaped(provider)}",status="{status}"'
            yield f"bursar_gateway_calls_total{{{labels}}} {count}"
        yield "# TYPE bursar_gateway_refusals_total counter"
        for code, count in sorted(self._refusals.items()):
            yield f'bursar_gateway_refusals_total{{worker="{self._worker}",code="{code}"}} {count}'
        yield "# TYPE bursar_gateway_latency_seconds summary"
        yield f'bursar_gateway_latency_seconds_sum{{worker="{self._worker}"}} {self._latency_us / 1e6:.6f}'
        yield f'bursar_gateway_latency_seconds_count{{worker="{self._worker}"}} {self._events}'
        yield "# TYPE bursar_gateway_outbox_writable gauge"
        yield f'bursar_gateway_outbox_writable{{worker="{self._worker}"}} {0 if outbox_fault else 1}'


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
