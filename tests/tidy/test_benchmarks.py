"""Benchmarks state a claim, and a kept result belongs to the claim as it stands."""

import ast
import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="module")
def runner(root: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("benchmarks_run", root / "benchmarks" / "run.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_benchmark_can_be_run(runner: ModuleType, root: Path) -> None:
    for name, claim in runner.claims().items():
        tree = ast.parse((root / "benchmarks" / f"{name}.py").read_text())
        functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
        assert claim.strip(), f"{name} claims nothing"
        assert "run" in functions, f"{name} has no run()"
        assert functions["run"].args.args == [], f"{name}: run() takes nothing"


def test_a_kept_result_belongs_to_the_claim_as_it_stands(runner: ModuleType, root: Path) -> None:
    claims = runner.claims()
    for path in (root / "benchmarks" / "results").glob("*.json"):
        result = json.loads(path.read_text())
        assert claims.get(result["name"]) == result["claim"], f"{path.name} is stale: run `make bench`"
        assert result["machine"]["cores"] > 0
        assert {"python", "duckdb", "uvloop"} <= result["versions"].keys()
        assert result["date"]


def test_a_benchmark_is_measured_with_its_machine(
    runner: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "run.py").write_text(Path(str(runner.__file__)).read_text())
    (tmp_path / "toy.py").write_text(
        'CLAIM = "two is " "two"\ndef run():\n    return {"two": 2, "holds": True}\n'
    )
    monkeypatch.setattr(runner, "FOLDER", tmp_path)
    monkeypatch.setattr(runner, "RESULTS", tmp_path / "results")
    monkeypatch.setattr(runner, "__file__", str(tmp_path / "run.py"))
    result = runner.measure("toy", "2026-11-23")
    assert result["figures"] == {"two": 2, "holds": True}
    assert json.loads((tmp_path / "results" / "toy.json").read_text()) == result
    assert result["claim"] == "two is two"
