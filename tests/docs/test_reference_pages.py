"""The reference pages say what the code says, and the check that holds them so can tell the difference."""

import importlib.util
import shutil
from pathlib import Path
from types import ModuleType

import pytest

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_generate", DOCS / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_reference_pages_are_what_the_code_says(generate: ModuleType) -> None:
    assert generate.stale() == [], "run `make docs`"


def test_a_page_that_was_changed_by_hand_is_noticed(generate: ModuleType, tmp_path: Path) -> None:
    for name in generate.pages():
        shutil.copy(DOCS / "reference" / name, tmp_path / name)
    page = tmp_path / "settings.md"
    page.write_text(page.read_text().replace("BURSAR_HOME", "BURSAR_HUT"))
    (tmp_path / "cli.md").unlink()
    assert generate.stale(tmp_path) == ["cli.md", "settings.md"]


def test_every_command_setting_and_kind_has_its_place(generate: ModuleType) -> None:
    pages = generate.pages()
    for heading in ("bursar up", "bursar key create", "bursar apply", "bursar usage", "bursar replay"):
        assert f"\n## {heading}\n" in pages["cli.md"]
    assert "`BURSAR_DURABILITY`" in pages["settings.md"]
    assert "\n## use_case\n" in pages["estate.md"]
