"""What tiers and policies demand beyond the types of their fields: each yields (field, what is wrong)."""

from collections.abc import Iterable, Iterator
from typing import Any, Final
from zoneinfo import ZoneInfo, available_timezones

from bursar.estate.condition import compile_condition
from bursar.estate.policies import BareWord
from bursar.vocab.errors import InvalidInput, near_names
from bursar.vocab.instant import format_instant, parse_instant

_BARE: Final = BareWord.__args__  # type: ignore[attr-defined]


def check_effect(plain: dict[str, Any]) -> Iterable[tuple[str, str]]:
    """Puts an effect that is written as a word into its one form; a shadow's too."""
    plain["effect"] = _record(plain["effect"])
    if "would" in plain["effect"]:
        plain["effect"]["would"] = _record(plain["effect"]["would"])
    return ()


def _record(effect: Any) -> Any:
    return {"type": effect} if isinstance(effect, str) else effect


def check_validity(plain: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Both ends are instants, in their order, and stored as such."""
    ends: dict[str, int] = {}
    for field in ("valid_from", "valid_to"):
        if text := plain.get(field, ""):
            try:
                ends[field] = parse_instant(text)
                plain[field] = format_instant(parse_instant(text))
            except (InvalidInput, OverflowError) as error:
                yield field, f"{field}: {error}"
    if len(ends) == 2 and ends["valid_from"] >= ends["valid_to"]:
        yield "valid_to", "valid_to is not after valid_from: the policy would never hold"


def check_hours(plain: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The zone exists, and the part of the day has a length."""
    hours = plain.get("match", {}).get("hours")
    if hours is None:
        return
    zone = hours.get("timezone", "UTC")
    if not is_timezone(zone):
        near = near_names(zone, available_timezones(), count=1)
        advice = f"; did you mean {near[0]!r}?" if near else ": write one such as Europe/Berlin"
        yield "match", f"match.hours.timezone is {zone!r}, which is no time zone{advice}"
    if hours.get("from", "00:00") == hours.get("to", "24:00"):
        yield "match", "match.hours begins and ends at the same minute: it would never fit"
    if hours.get("from") == "24:00":
        yield "match", "match.hours.from is 24:00: write 00:00"


def is_timezone(name: str) -> bool:
    """Whether the machine knows a time zone of this name."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # not found, a path out of the database, a folder of it
        return False
    return True


def check_when(plain: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The expression can be read and speaks only of what there is."""
    if expression := plain.get("when", ""):
        try:
            compile_condition(expression)
        except InvalidInput as error:
            yield "when", f"when: {error}"


def check_examples(plain: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Their instants are instants."""
    for position, example in enumerate(plain.get("examples", ())):
        if at := example["call"].get("at", ""):
            try:
                parse_instant(at)
            except (InvalidInput, OverflowError) as error:
                yield "examples", f"examples[{position}].call.at: {error}"


def check_tier(plain: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """A tier lists models, and each of its lists holds something."""
    if not plain["models"]:
        yield "models", "models is empty: name the models of the tier"
    if plain.get("allowed") == []:
        yield "allowed", "allowed is an empty list: nobody could use the tier; leave it out for everybody"
