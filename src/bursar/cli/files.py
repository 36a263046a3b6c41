"""Finds and reads the YAML files that a person named."""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from bursar.estate.parse import Source
from bursar.vocab.errors import InvalidInput

_SUFFIXES: Final = (".yaml", ".yml")


def read_sources(paths: Iterable[str]) -> list[Source]:
    """The named files, and every *.yaml and *.yml below the named folders, each once; `-` is stdin.

    InvalidInput if a path is not there, cannot be read, or a folder holds no YAML file.
    """
    found: dict[str, Source] = {}
    for path in paths:
        for source in _sources(path):
            found.setdefault(source.path, source)
    return list(found.values())


def _sources(path: str) -> Iterator[Source]:
    if path == "-":
        yield Source(path="stdin", text=sys.stdin.read())
        return
    place = Path(path)
    if not place.exists():
        raise InvalidInput(f"there is no file or folder {path}")
    if not place.is_dir():
        yield _read(place)
        return
    files = sorted(file for file in place.rglob("*") if file.suffix in _SUFFIXES and _is_wanted(file, place))
    if not files:
        raise InvalidInput(f"the folder {path} holds no *.yaml or *.yml file")
    yield from map(_read, files)


def _is_wanted(file: Path, folder: Path) -> bool:
    """Hidden files and folders (editors' and version control's) are no part of an estate."""
    return file.is_file() and not any(part.startswith(".") for part in file.relative_to(folder).parts)


def _read(file: Path) -> Source:
    try:
        return Source(path=str(file), text=file.read_text(encoding="utf-8"))
    except OSError as error:
        raise InvalidInput(f"{file} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{file} is not UTF-8 text: save it as UTF-8") from error
