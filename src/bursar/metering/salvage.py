"""Decodes only the fields that are needed, and saves what can be saved of a reply with odd types.

The fast way is msgspec's typed decoding. Where one field has a type that nobody expects, the whole
typed decoding fails; then the reply is decoded without types and each field is fitted on its own.
"""

import types
import typing
from functools import cache
from typing import Any, Generic, TypeVar

import msgspec

_Shape = TypeVar("_Shape", bound=msgspec.Struct)

_UNREADABLE = (msgspec.MsgspecError, ValueError, RecursionError)


class Decoder(Generic[_Shape]):
    """Decodes JSON to one struct type whose fields all have defaults; None where it is no such object."""

    def __init__(self, shape: type[_Shape]) -> None:
        self._shape = shape
        self._typed = msgspec.json.Decoder(shape).decode

    def decode(self, data: bytes) -> _Shape | None:
        try:
            return self._typed(data)
        except msgspec.ValidationError:
            return self._salvage(data)
        except _UNREADABLE:
            return None

    def _salvage(self, data: bytes) -> _Shape | None:
        try:
            value = msgspec.json.decode(data)
            fitted = fit(self._shape, value)
        except _UNREADABLE:
            return None
        return fitted if isinstance(fitted, self._shape) else None


def fit(kind: Any, value: Any) -> Any:
    """`value` as `kind` (int, float, str, list, struct or a union with None), or None where it is not one."""
    if value is None:
        return None
    origin = typing.get_origin(kind)
    if origin in (types.UnionType, typing.Union):
        return _fit_first(typing.get_args(kind), value)
    if origin is list:
        return _fit_list(typing.get_args(kind)[0], value)
    if kind is int:
        return _fit_int(value)
    if kind is float:
        return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
    if kind is msgspec.Raw:
        return msgspec.Raw(msgspec.json.encode(value))
    if kind is str:
        return value if isinstance(value, str) else None
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return _fit_struct(kind, value)
    return value


def _fit_first(kinds: tuple[Any, ...], value: Any) -> Any:
    for kind in kinds:
        fitted = None if kind is type(None) else fit(kind, value)
        if fitted is not None:
            return fitted
    return None


def _fit_list(kind: Any, value: Any) -> list[Any] | None:
    if not isinstance(value, list):
        return None
    return [fitted for fitted in (fit(kind, item) for item in value) if fitted is not None]


def _fit_int(value: Any) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float) and value == value and abs(value) != float("inf"):
        return int(value)
    if isinstance(value, str) and len(value) < 20 and value.isascii() and value.isdigit():
        return int(value)
    return None


def _fit_struct(kind: type[msgspec.Struct], value: Any) -> msgspec.Struct | None:
    if not isinstance(value, dict):
        return None
    fields = {}
    for name, encoded, hint in _fields(kind):
        fitted = fit(hint, value.get(encoded))
        if fitted is not None:
            fields[name] = fitted
    return kind(**fields)


@cache
def _fields(kind: type[msgspec.Struct]) -> tuple[tuple[str, str, Any], ...]:
    return tuple(
        (field.name, field.encode_name, hint)
        for field, hint in zip(msgspec.structs.fields(kind), _hints_in_order(kind), strict=True)
    )


def _hints_in_order(kind: type[msgspec.Struct]) -> list[Any]:
    hints = typing.get_type_hints(kind)
    return [hints[field.name] for field in msgspec.structs.fields(kind)]
