"""Who imports whom (DESIGN, section 2), and what a traced worker loads."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.programs import REPOSITORY

PACKAGE = REPOSITORY / "tracer"
STANDARD = frozenset(sys.stdlib_module_names)

# folder: (other packages, parts of tracer) that it may import; a part is a prefix of a module's name.
LAYERS = {
    "record": ((), ("tracer.record",)),
    "instrument": ((), ("tracer.record", "tracer.instrument")),
    "tables": (
        ("numpy", "pandas", "pyarrow"),
        ("tracer.tables", "tracer.record.schema", "tracer.errors", "tracer.files"),
    ),
    "analysis": (("numpy", "pandas"), ("tracer.analysis", "tracer.tables")),
    "timeline": (("numpy", "pandas"), ("tracer.timeline", "tracer.analysis", "tracer.tables")),
    "figures": (
        ("numpy", "pandas", "matplotlib"),
        (
            "tracer.figures",
            "tracer.timeline",
            "tracer.analysis",
            "tracer.tables",
            "tracer.errors",
            "tracer.files",
        ),
    ),
    "export": (
        ("numpy", "pandas", "perfetto"),
        ("tracer.export", "tracer.timeline", "tracer.analysis", "tracer.tables", "tracer.errors"),
    ),
}
HEAVY = {"numpy", "pandas", "pyarrow", "matplotlib", "rich"}
# Of the standard library, what costs a worker milliseconds (DESIGN, section 7).
SLOW = {"multiprocessing.managers", "dataclasses", "typing", "json", "pathlib", "asyncio", "logging"}


def imports(path: Path) -> Iterator[str]:
    """Yield the names of the modules that a file imports, anywhere in it, but not for types only."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes: list[ast.AST] = [tree]
    while nodes:
        node = nodes.pop()
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            nodes += node.orelse
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            module = node.module or ""
            is_package = (REPOSITORY / module.replace(".", "/")).is_dir()
            yield from (f"{module}.{alias.name}" if is_package else module for alias in node.names)
        nodes += ast.iter_child_nodes(node)


def files(folder: str) -> list[Path]:
    """Return the modules of a layer."""
    return sorted((PACKAGE / folder).rglob("*.py"))


@pytest.mark.parametrize("layer", LAYERS)
def test_a_layer_imports_only_what_is_below_it(layer: str) -> None:
    """Each module imports the standard library, its layer's own packages, and the layers that it may."""
    packages, parts = LAYERS[layer]
    wrong = []
    for path in files(layer):
        for name in imports(path):
            top = name.partition(".")[0]
            if top == "tracer":
                fine = any(name == part or name.startswith(f"{part}.") for part in parts)
            else:
                fine = top in packages or top in STANDARD or top == "sitecustomize"
            if not fine:
                wrong.append(f"{path.relative_to(REPOSITORY)}: {name}")
    assert wrong == []


def test_figures_and_export_know_nothing_of_each_other() -> None:
    """Views are made from data, and never from one another."""
    for layer, other in (("figures", "export"), ("export", "figures")):
        assert not [
            name for path in files(layer) for name in imports(path) if name.startswith(f"tracer.{other}")
        ]


def test_every_folder_has_its_place() -> None:
    """A new folder of the package must be given its layer here."""
    folders = {path.name for path in PACKAGE.iterdir() if path.is_dir() and any(path.glob("*.py"))}
    assert folders <= {*LAYERS, "cli"}


_FRESH = (
    "import sys, json; before = set(sys.modules); {}; print(json.dumps(sorted(set(sys.modules) - before)))"
)


def loaded(code: str) -> set[str]:
    """Return what a fresh interpreter loads for a line of code."""
    words = [sys.executable, "-c", _FRESH.format(code)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=True, cwd=REPOSITORY)
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_import_tracer_loads_next_to_nothing() -> None:
    """`import tracer` loads no heavy package and nothing of ours but the facade."""
    modules = loaded("import tracer")
    assert {name for name in modules if name.startswith("tracer")} == {"tracer"}
    assert not modules & (HEAVY | SLOW - {"typing"})


def test_the_command_line_answers_without_heavy_packages() -> None:
    """The commands' own module loads no heavy package: `--help` and the start of a run need none."""
    assert not loaded("import tracer.cli.main, tracer.recording, tracer.cli.supervise") & HEAVY


def test_a_span_in_a_worker_costs_no_heavy_import() -> None:
    """`tracer.span`, which a program's workers use, loads layers 1 and 2 only."""
    modules = loaded("import tracer; tracer.span")
    ours = {name for name in modules if name.startswith("tracer.")}
    assert {name.split(".")[1] for name in ours} == {"record", "instrument"}
    assert not modules & (HEAVY | {"multiprocessing.managers", "dataclasses"})


_WORKER = """
import json, sys
sys.path.insert(0, {root!r})
import multiprocessing
def modules(_):
    return sorted(sys.modules)
if __name__ == "__main__":
    context = multiprocessing.get_context("spawn")
    def look():
        with context.Pool(1) as pool:
            return set(pool.map(modules, [0])[0])
    plain = look()
    import tracer
    with tracer.trace({out!r}):
        traced = look()
    print(json.dumps(sorted(traced - plain)))
"""


def test_a_spawned_worker_loads_only_what_it_needs(tmp_path: Path) -> None:
    """A traced worker under spawn loads of ours layers 1 and 2, and of others nothing that is slow."""
    script = tmp_path / "program.py"
    script.write_text(_WORKER.format(root=str(REPOSITORY), out=str(tmp_path / "out")))
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, timeout=90, check=True, cwd=tmp_path
    )
    more = set(json.loads(done.stdout))
    ours = {name for name in more if name.startswith("tracer.")}
    assert {name.split(".")[1] for name in ours} == {"record", "instrument"}
    assert not more & (HEAVY | SLOW), more & (HEAVY | SLOW)
    assert not {name for name in more if name.partition(".")[0] in HEAVY}
