"""CEL expressions of policies: what they may speak of, and what is wrong with one."""

import re
from collections.abc import Mapping
from typing import Any, Final

import cel

from bursar.vocab.errors import InvalidInput, near_names

VARIABLES: Final[Mapping[str, Any]] = {
    "team": "search",
    "product": "answers",
    "use_case": "chat",
    "environment": "production",
    "model": "gpt",
    "provider": "openai",
    "key": "key",
    "region": "eu",
    "data_class": "public",
    "tags": {"ticket": "T-1"},
    "tiers": ["standard"],
    "wire": "openai",
    "operation": "chat",
    "bytes": 1000,
    "input_tokens": 250,
    "output_tokens": 100,
    "at_us": 1_800_000_000_000_000,
    "budgets": {"all": 50},
}
"""What an expression may use, each with a value of its type: an expression is tried on them when it is read.

`output_tokens` is what the call asks for, 0 if it asks for no maximum; `budgets` are percent used by name.
"""
_UNDEFINED: Final = re.compile(r"Undefined variable or function: '([^']*)'")


def compile_condition(expression: str) -> cel.Program:
    """The program of an expression; InvalidInput says what is wrong with it."""
    try:
        program = cel.compile(expression)
    except ValueError as error:
        raise InvalidInput(f"it cannot be read: {_place(str(error))}") from error
    for name in program.variables():
        if name not in VARIABLES and not _is_bound(name, expression):
            raise InvalidInput(f"it speaks of {name!r}, which nobody knows{_near(name)}")
    _try(program)
    return program


def _try(program: cel.Program) -> None:
    """A wrong function or type shows at once; that a tag is not there says nothing."""
    try:
        found = program.execute({name: VARIABLES[name] for name in program.variables() if name in VARIABLES})
    except KeyError:
        return
    except (RuntimeError, TypeError, ValueError) as error:
        undefined = _UNDEFINED.search(str(error))
        if undefined:
            raise InvalidInput(f"it calls {undefined[1]!r}, which is no function here") from error
        raise InvalidInput(f"it fails: {_place(str(error))}") from error
    if not isinstance(found, bool):
        raise InvalidInput(
            f"it gives {type(found).__name__} and not true or false: compare it with something"
        )


def _is_bound(name: str, expression: str) -> bool:
    """Whether a macro such as `tags.exists(t, ...)` brings the name."""
    return re.search(rf"\(\s*{re.escape(name)}\s*,", expression) is not None


def _near(name: str) -> str:
    near = near_names(name, VARIABLES, count=1)
    return f"; did you mean {near[0]!r}?" if near else f": use {', '.join(VARIABLES)}"


def _place(message: str) -> str:
    """The first fault that the library names, without its picture of the line."""
    first = message.split("ERROR: <input>:", 1)[-1].splitlines()[0] if message else "no reason was given"
    return first[:300]
