"""What the documents say can be done can be done: links, commands, flags, targets, estates, examples."""

import ast
import re
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import click
import pytest
import yaml

from bursar.cli import Starters, make_cli
from bursar.config import SETTINGS
from bursar.estate.parse import Source, parse

LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(
    r"^(?P<indent> *)```(?P<language>\w*)\n(?P<code>.*?)^(?P=indent)```", re.MULTILINE | re.DOTALL
)
VARIABLE = re.compile(r"\bBURSAR_[A-Z_]+\b")
TARGET = re.compile(r"^([a-z]+):", re.MULTILINE)
# Not a setting of the product: where the tests find recorded traffic.
OTHER_VARIABLES = {"BURSAR_DATA"}


class Block(NamedTuple):
    """A fenced piece of a page."""

    page: str
    language: str
    code: str


@pytest.fixture(scope="module")
def pages(files: Sequence[Path], root: Path) -> dict[str, str]:
    """Every Markdown page by its path in the project."""
    return {str(p.relative_to(root)): p.read_text(encoding="utf-8") for p in files if p.suffix == ".md"}


@pytest.fixture(scope="module")
def blocks(pages: dict[str, str]) -> list[Block]:
    return [
        Block(page, match["language"], re.sub(rf"^{match['indent']}", "", match["code"], flags=re.MULTILINE))
        for page, text in pages.items()
        for match in FENCE.finditer(text)
    ]


# -- links -----------------------------------------------------------------------------------------


def test_every_link_inside_leads_somewhere(pages: dict[str, str], root: Path) -> None:
    assert list(broken_links(pages, root)) == []


def broken_links(pages: dict[str, str], root: Path) -> Iterator[str]:
    for page, text in pages.items():
        for link in LINK.findall(FENCE.sub("", text)):
            if re.match(r"[a-z]+:", link):
                continue
            path, _, anchor = link.partition("#")
            target = (root / page).parent / path if path else root / page
            if not target.exists():
                yield f"{page}: {link}"
            elif (
                anchor
                and target.suffix == ".md"
                and anchor not in anchors(target.read_text(encoding="utf-8"))
            ):
                yield f"{page}: {link} has no such heading"


def anchors(text: str) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", text), re.MULTILINE)
    return {
        re.sub(r"[^\w\- ]", "", heading.lower().replace("`", "")).replace(" ", "-") for heading in headings
    }


def test_a_planted_broken_link_is_found(root: Path) -> None:
    planted = {
        "README.md": "[a](docs/no-such-page.md) [b](#no-such-heading) [c](docs) [d](https://example.com)"
    }
    assert [found.split()[1] for found in broken_links(planted, root)] == [
        "docs/no-such-page.md",
        "#no-such-heading",
    ]


def test_every_page_can_be_reached_from_the_readme(pages: dict[str, str], root: Path) -> None:
    reached: set[str] = set()
    waiting = ["README.md"]
    while waiting:
        page = waiting.pop()
        if page in reached or page not in pages:
            continue
        reached.add(page)
        for link in LINK.findall(pages[page]):
            path = link.partition("#")[0]
            if path and not re.match(r"[a-z]+:", path):
                waiting.append(str(((root / page).parent / path).resolve().relative_to(root)))
    assert [page for page in pages if page.startswith("docs/") and page not in reached] == []


# -- commands --------------------------------------------------------------------------------------


def test_every_documented_command_and_flag_is_there(blocks: Sequence[Block]) -> None:
    lines = [(block.page, line) for block in blocks for line in command_lines(block)]
    assert lines
    assert [f"{page}: {fault}" for page, line in lines if (fault := fault_of(line))] == []


def command_lines(block: Block) -> Iterator[str]:
    """The `bursar ...` commands of a shell block, without what is piped or put around them."""
    if block.language not in ("sh", "bash", "console"):
        return
    for line in re.sub(r"\\\n\s*", " ", block.code).splitlines():
        for part in re.split(r"\||&&|\$\(|;", line.split(" #")[0]):
            words = part.strip().lstrip("$ ").split()
            while words and re.fullmatch(r"[A-Z_]+=\S*", words[0]):
                words.pop(0)
            if words[:1] == ["bursar"]:
                yield " ".join(words).rstrip(")&").strip()


def fault_of(line: str) -> str:
    """What is wrong with a command line, empty if nothing is."""

    def nothing(*_: object) -> int:
        return 0

    starters = Starters(
        up=nothing, gateway=nothing, control=nothing, simulate=nothing, replay=nothing, outboxes=lambda _: ()
    )
    command: click.Command = make_cli(starters)
    words = shlex.split(re.sub(r"[<>]\S*", "", line), comments=True)[1:]
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        if words[0] not in command.commands:
            return f"{line!r}: there is no command {words[0]}"
        command = command.commands[words.pop(0)]
    known = {flag for parameter in command.params for flag in parameter.opts} | {"--help", "-h"}
    wrong = [
        word for word in words if word.startswith("-") and word != "-" and word.split("=")[0] not in known
    ]
    return f"{line!r}: there is no {', '.join(wrong)}" if wrong else ""


def test_a_planted_wrong_command_or_flag_is_found() -> None:
    assert "no command pay" in fault_of("bursar pay")
    assert "no --team-name" in fault_of("bursar key create --team-name search")
    assert fault_of("bursar key create --team search") == ""


def test_every_variable_in_the_documents_is_a_setting(pages: dict[str, str]) -> None:
    known = {setting.variable for setting in SETTINGS} | OTHER_VARIABLES
    assert {
        page: wrong for page, text in pages.items() if (wrong := set(VARIABLE.findall(text)) - known)
    } == {}


def test_every_make_word_in_the_documents_is_a_target(
    blocks: Sequence[Block], pages: dict[str, str], root: Path
) -> None:
    targets = set(TARGET.findall((root / "Makefile").read_text()))
    shown = {(page, word) for page, text in pages.items() for word in re.findall(r"`make ([a-z]+)", text)}
    shown |= {
        (b.page, word) for b in blocks for word in re.findall(r"^(?:\$ )?make ([a-z]+)", b.code, re.MULTILINE)
    }
    assert [found for found in sorted(shown) if found[1] not in targets] == []


# -- examples --------------------------------------------------------------------------------------


def test_every_estate_in_the_documents_can_be_applied(blocks: Sequence[Block]) -> None:
    estates = [
        block
        for block in blocks
        if block.language == "yaml" and re.search(r"^kind:", block.code, re.MULTILINE)
    ]
    assert estates
    for block in estates:
        parse([Source(path=block.page, text=block.code)])


def test_every_other_yaml_block_parses(blocks: Sequence[Block]) -> None:
    for block in blocks:
        if block.language == "yaml":
            list(yaml.safe_load_all(block.code))


def test_every_python_example_parses(blocks: Sequence[Block]) -> None:
    for block in blocks:
        if block.language == "python":
            ast.parse(block.code, filename=block.page)
