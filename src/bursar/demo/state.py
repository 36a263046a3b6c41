"""What the demo keeps in the home, so that a second start goes on where the first one was."""

import os
from pathlib import Path
from typing import Final

import msgspec

from bursar.vocab.errors import InvalidInput

_NAME: Final = "demo.json"


class KeyPair(msgspec.Struct, frozen=True):
    """A virtual key of the demo: its id and its secret, which only this file still knows."""

    id: str
    secret: str


class DemoState(msgspec.Struct, kw_only=True):
    """The demo of one home. `keys` are by source name; `visitor` is the key for whoever tries the demo.

    `history_done` says that the past is whole and what governs the company in force.
    """

    seed: int
    days: int
    history_end_us: int
    history_done: bool = False
    keys: dict[str, KeyPair] = {}
    visitor: KeyPair | None = None


def read_state(home: Path) -> DemoState | None:
    """The demo's state; None if there was no demo in this home. InvalidInput if the file is damaged."""
    path = home / _NAME
    try:
        return msgspec.json.decode(path.read_bytes(), type=DemoState)
    except FileNotFoundError:
        return None
    except msgspec.MsgspecError as error:
        raise InvalidInput(f"{path} cannot be read ({error}): remove it to set the demo up anew") from error


def write_state(home: Path, state: DemoState) -> None:
    """Keep the state, readable by the owner only; a reader sees the old file or the new one."""
    temporary = home / f".{_NAME}"
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(state), indent=2) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(home / _NAME)
