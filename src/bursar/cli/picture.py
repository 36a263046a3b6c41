"""The last while at a glance, as one value: what `bursar top` shows and `bursar top --json` prints."""

from decimal import Decimal
from typing import Any, Final

import msgspec

from bursar.cli.control import ControlPlane
from bursar.vocab.instant import InstantUs, format_instant

TOP_DIMENSIONS: Final = ("team", "model", "use_case")
_MINUTE_US: Final = 60_000_000
_TOP_ROWS: Final = 10
_CALLS: Final = 20
_TIMEOUT_S: Final = 5.0  # a live view that waits longer shows the past


class TopRow(msgspec.Struct, kw_only=True, frozen=True):
    """What one team, model or use case did in the window; money as a decimal string of USD."""

    name: str
    calls: int
    cost_usd: str


class LastCall(msgspec.Struct, kw_only=True, frozen=True):
    """One call; a cost of None means that it has no price."""

    call_id: str
    started_at: str
    team: str
    use_case: str
    model: str
    status: str
    cost_usd: str | None
    latency_ms: float


class Picture(msgspec.Struct, kw_only=True, frozen=True):
    """`spend_by_minute_usd` runs up to the present minute, which is not over yet."""

    at: str
    window_minutes: int
    spend_last_minute_usd: str
    spend_by_minute_usd: tuple[str, ...]
    calls: int
    cost_usd: str
    errors: int
    unpriced_calls: int
    partly_unpriced_calls: int
    top: dict[str, tuple[TopRow, ...]]
    last_calls: tuple[LastCall, ...]


def take_picture(control: ControlPlane, *, now: InstantUs, window_minutes: int) -> Picture:
    """Ask the control plane for everything that belongs in the picture."""
    span = {
        "from": format_instant(InstantUs(now - window_minutes * _MINUTE_US)),
        "to": format_instant(InstantUs(now + 1)),
    }

    def ask(path: str, **params: str) -> dict[str, Any]:
        return control.get(path, params, timeout_s=_TIMEOUT_S)

    by_minute = ask("/usage", **span, grain="minute")
    last_minute = ask("/usage", **{**span, "from": format_instant(InstantUs(now - _MINUTE_US))})
    tops = {name: ask("/usage", **span, by=name)["rows"] for name in TOP_DIMENSIONS}
    calls = ask("/calls", limit=str(_CALLS))["calls"]
    total = by_minute["total"]
    return Picture(
        at=format_instant(now),
        window_minutes=window_minutes,
        spend_last_minute_usd=last_minute["total"]["cost_usd"],
        spend_by_minute_usd=_series(by_minute["rows"], now, window_minutes),
        calls=total["calls"],
        cost_usd=total["cost_usd"],
        errors=total["errors"],
        unpriced_calls=total["unpriced_calls"],
        partly_unpriced_calls=total["partly_unpriced_calls"],
        top={name: _dearest(name, rows) for name, rows in tops.items()},
        last_calls=tuple(map(_last_call, calls)),
    )


def _series(rows: list[dict[str, Any]], now: InstantUs, minutes: int) -> tuple[str, ...]:
    """One amount a minute, also for minutes without a call, oldest first."""
    spent = {str(row["period"])[:16]: str(row["cost_usd"]) for row in rows}
    first = now // _MINUTE_US - minutes + 1
    instants = (InstantUs((first + place) * _MINUTE_US) for place in range(minutes))
    return tuple(spent.get(format_instant(instant)[:16], "0") for instant in instants)


def _dearest(name: str, rows: list[dict[str, Any]]) -> tuple[TopRow, ...]:
    ranked = sorted(rows, key=lambda row: (-Decimal(row["cost_usd"]), -row["calls"], str(row[name])))
    return tuple(
        TopRow(name=str(row[name]), calls=row["calls"], cost_usd=row["cost_usd"])
        for row in ranked[:_TOP_ROWS]
    )


def _last_call(call: dict[str, Any]) -> LastCall:
    return LastCall(
        call_id=call["call_id"],
        started_at=call["started_at"],
        team=call["team"],
        use_case=call["use_case"],
        model=call["model"],
        status=call["status"],
        cost_usd=call["cost_usd"],
        latency_ms=call["latency_ms"],
    )
