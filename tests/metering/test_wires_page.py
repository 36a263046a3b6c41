"""The page that says which field feeds which class names all of them."""

import re
from pathlib import Path

from bursar.metering import reading
from bursar.metering.reply import READERS
from bursar.vocab.usage import USAGE_CLASSES

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "wires.md"


def test_the_page_names_every_wire_operation_and_class() -> None:
    words = set(re.findall(r"[A-Za-z0-9_]+", PAGE.read_text()))
    wanted = set(USAGE_CLASSES) | READERS.keys() | {name for table in READERS.values() for name in table}
    assert wanted - words == set()


def test_every_flag_of_a_reading_is_documented() -> None:
    readme = Path(reading.__file__).parent / "README.md"
    text = PAGE.read_text() + readme.read_text()
    flags = {value for name, value in vars(reading).items() if name.startswith("FLAG_")}
    assert {flag for flag in flags if flag not in text} == set()
