"""Runs the benchmarks: one file a claim, each in a process of its own; keeps the figures with their machine.

A benchmark is a module of this folder with `CLAIM`, a sentence with the wanted numbers, and `run()`, which
measures and returns figures by name (numbers, texts, or groups of them). Where the claim can be decided, the
figure `holds` says whether it was. What it prints while it runs is shown.
"""

import argparse
import ast
import importlib
import importlib.metadata
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.markup import escape
from rich.table import Table

FOLDER: Final = Path(__file__).parent
RESULTS: Final = FOLDER / "results"
# What the figures depend on most.
LIBRARIES: Final = (
    "bursar",
    "duckdb",
    "fastapi",
    "genai-prices",
    "granian",
    "httptools",
    "ibis-framework",
    "msgspec",
    "pyarrow",
    "sqlalchemy",
    "uvloop",
)


def claims() -> dict[str, str]:
    """The claim of each benchmark by its name; read without importing, because an import costs time."""
    found = {}
    for path in sorted(FOLDER.glob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            match node:
                case ast.Assign(targets=[ast.Name("CLAIM")], value=value):
                    found[path.stem] = _text(value)
                case ast.AnnAssign(target=ast.Name("CLAIM"), value=ast.expr() as value):
                    found[path.stem] = _text(value)
    return found


def _text(value: ast.expr) -> str:
    return " ".join(str(ast.literal_eval(value)).split())


def machine() -> dict[str, Any]:
    """What the figures were made on."""
    memory_bytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "processor": _processor(),
        "cores": cores,
        "memory_gib": round(memory_bytes / 2**30, 1),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
    }


def _processor() -> str:
    """The name that Linux gives; elsewhere the architecture alone."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def versions() -> dict[str, str]:
    """Of Python and of the libraries that matter here."""
    libraries = {name: importlib.metadata.version(name) for name in LIBRARIES}
    return {"python": platform.python_version(), **libraries}


def commit() -> str:
    """The commit that was measured, `+` where files were changed since; empty outside a repository."""
    command = ["git", "describe", "--always", "--dirty=+", "--abbrev=12", "--exclude=*"]
    try:
        found = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return found.stdout.strip()


def measure(name: str, date: str) -> dict[str, Any]:
    """Run one benchmark in a fresh process, and keep its result in results/; RuntimeError if it fails."""
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        figures_path = Path(folder) / "figures.json"
        command = [sys.executable, __file__, "--into", str(figures_path), name]
        ended = subprocess.run(command, check=False)
        if ended.returncode != 0:
            raise RuntimeError(f"the benchmark {name} ended with code {ended.returncode}")
        figures = json.loads(figures_path.read_text(encoding="utf-8"))
    result = {
        "name": name,
        "claim": claims()[name],
        "figures": figures,
        "date": date,
        "seconds": round(time.monotonic() - begun, 1),
        "commit": commit(),
        "machine": machine(),
        "versions": versions(),
    }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    return result


def _measure_here(name: str, into: Path) -> None:
    """Inside the fresh process."""
    sys.path.insert(0, str(FOLDER))
    figures = importlib.import_module(name).run()
    into.write_text(json.dumps(figures, default=str), encoding="utf-8")


def show(results: list[dict[str, Any]]) -> None:
    """Each claim, and its figures below it."""
    console = Console(highlight=False)
    for result in results:
        console.print(f"\n[bold]{result['name']}[/]: {escape(result['claim'])}")
        table = Table(box=None, show_header=False, padding=(0, 2))
        table.add_column()
        table.add_column(justify="right")
        for name, value in _flat(result["figures"]):
            table.add_row(escape(name), escape(_shown(value)))
        console.print(table)


def _flat(figures: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in figures.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", value


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.4g}" if abs(value) < 100 else f"{value:,.0f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def main() -> int:
    known = claims()
    parser = argparse.ArgumentParser(description="Measure the claims of this folder.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"all if not given: {', '.join(known)}")
    parser.add_argument("--date", default="", help="written into the results")
    parser.add_argument("--into", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.into is not None:
        _measure_here(arguments.names[0], arguments.into)
        return 0
    if unknown := set(arguments.names) - known.keys():
        parser.error(f"no benchmark named {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    results, failed = [], []
    for name in arguments.names or known:
        print(f"-- {name}", flush=True)
        try:
            results.append(measure(name, arguments.date))
        except RuntimeError as error:
            failed.append(str(error))
    show(results)
    for sentence in failed:
        print(sentence, file=sys.stderr)
    return 1 if failed or any(result["figures"].get("holds") is False for result in results) else 0


if __name__ == "__main__":
    sys.exit(main())
