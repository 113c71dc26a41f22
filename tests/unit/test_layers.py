"""Who imports whom, and what a traced worker loads."""

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

SMALL = ("tracer.errors", "tracer.files", "tracer.wording")
"""Modules of the standard library alone, which any layer but the first two may use."""
BELOW_VIEWS = ("tracer.timeline", "tracer.analysis", "tracer.tables", "tracer.record.kinds", *SMALL)
# part of tracer: (other packages, parts of tracer) that it may import; a part is a prefix of a module's name.
LAYERS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "record": ((), ()),
    "instrument": ((), ("tracer.record",)),
    "tables": (
        ("numpy", "pandas", "pyarrow"),
        ("tracer.record.schema", "tracer.record.kinds", "tracer.errors", "tracer.files"),
    ),
    "analysis": (("numpy", "pandas"), ("tracer.tables", "tracer.record.kinds", "tracer.wording")),
    "timeline": (
        ("numpy", "pandas"),
        ("tracer.analysis", "tracer.tables", "tracer.record.kinds", "tracer.wording"),
    ),
    "looks": (("matplotlib",), ("tracer.timeline",)),
    "figures": (("numpy", "pandas", "matplotlib", "PIL"), ("tracer.looks", *BELOW_VIEWS)),
    "report": (("numpy", "pandas"), ("tracer.looks", "tracer._version", *BELOW_VIEWS)),
    "live": (
        ("numpy", "rich"),
        (
            "tracer.tables",
            "tracer.record.schema",
            "tracer.record.kinds",
            "tracer.record.clock",
            "tracer.record.alive",
            *SMALL,
        ),
    ),
    "deck": (("matplotlib", "pptx", "lxml"), ("tracer.figures", "tracer.looks", "tracer.wording")),
    "export": (("numpy", "pandas", "pyarrow", "perfetto"), BELOW_VIEWS),
    "errors": ((), ()),
    "files": ((), ()),
    "masking": ((), ()),
    "memory": ((), ()),
    "quiet": ((), ()),
    "requirements": ((), ("tracer.errors",)),
    "wording": ((), ()),
    "_version": ((), ()),
    "steps": ((), ("tracer.errors",)),
    "run_folder": ((), ("tracer.record", "tracer.tables", *SMALL)),
    "recording": (
        (),
        ("tracer.record", "tracer.run_folder", "tracer.masking", "tracer.memory", "tracer._version", *SMALL),
    ),
    "traces": (
        (),
        (
            "tracer.run_folder",
            "tracer.views",
            "tracer.display",
            "tracer.figures",
            "tracer.analysis",
            "tracer.tables",
            "tracer.quiet",
            *SMALL,
        ),
    ),
    "display": ((), ("tracer.steps", "tracer.figures", "tracer.analysis", "tracer.tables", *SMALL)),
    "views": (
        (),
        ("tracer.run_folder", "tracer.steps", "tracer.figures", "tracer.report", "tracer.analysis", *SMALL),
    ),
    "block_in_run": (
        (),
        (
            "tracer.record",
            "tracer.instrument.core.spans",
            "tracer.run_folder",
            "tracer.traces",
            "tracer.quiet",
            *SMALL,
        ),
    ),
    "block": (
        (),
        (
            "tracer.block_in_run",
            "tracer.record",
            "tracer.instrument",
            "tracer.recording",
            "tracer.run_folder",
            "tracer.steps",
            "tracer.traces",
            "tracer.views",
            "tracer.quiet",
            *SMALL,
        ),
    ),
    "notebook": (("IPython",), ("tracer.block", "tracer.errors")),
    "pytest_plugin": (("pytest",), ("tracer.testing",)),
    "testing": (
        ("pytest",),
        (
            "tracer.record",
            "tracer.instrument",
            "tracer.recording",
            "tracer.run_folder",
            "tracer.steps",
            "tracer.views",
            "tracer.analysis",
            *SMALL,
        ),
    ),
    "cli": (
        ("numpy", "pandas", "rich", "matplotlib"),
        (
            "tracer.record",
            "tracer.recording",
            "tracer.run_folder",
            "tracer.masking",
            "tracer.requirements",
            "tracer.steps",
            "tracer.views",
            "tracer.traces",
            "tracer.looks",
            "tracer.figures",
            "tracer.deck",
            "tracer.report",
            "tracer.export",
            "tracer.live",
            "tracer._version",
            *BELOW_VIEWS,
        ),
    ),
    "__main__": ((), ("tracer.cli", "tracer.requirements")),
    "__init__": ((), ()),  # the facade: what it hands on it names in strings
}
SHARED_ROOMS = ("style", "options", "marks", "reveal", "page", "lanes", "figure_kind")
"""What all figures share, from the lowest up; `registry` is above the figures."""
HEAVY = {"numpy", "pandas", "pyarrow", "matplotlib", "rich"}
# Of the standard library, what costs each spawned worker 5 to 14 ms.
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
    """Return the modules of a layer, a folder or one file."""
    found = sorted((PACKAGE / folder).rglob("*.py")) or [PACKAGE / f"{folder}.py"]
    assert found[0].is_file(), f"no {folder} in the package"
    return found


@pytest.mark.parametrize("layer", LAYERS)
def test_a_layer_imports_only_what_is_below_it(layer: str) -> None:
    """Each module imports the standard library, its layer's own packages, and the layers that it may."""
    packages, below = LAYERS[layer]
    parts = (f"tracer.{layer}", *below)
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


def test_every_part_has_its_place() -> None:
    """A new folder or file of the package must be given its layer here."""
    parts = {path.name for path in PACKAGE.iterdir() if path.is_dir() and any(path.glob("*.py"))}
    assert parts | {path.stem for path in PACKAGE.glob("*.py")} == set(LAYERS)


def test_the_rooms_of_figures_lie_above_one_another() -> None:
    """A room imports those below it; a figure imports them all, and no other figure."""
    parts = {path.stem for path in (PACKAGE / "figures").iterdir() if path.stem != "__pycache__"}
    figures = parts - {*SHARED_ROOMS, "registry", "__init__"}
    assert {"gantt", "account", "phases", "sequence", "comparison", "sweep", "whatif"} <= figures
    wrong = []
    for part in {*SHARED_ROOMS, *figures}:
        place = SHARED_ROOMS.index(part) if part in SHARED_ROOMS else len(SHARED_ROOMS)
        allowed = {part, *SHARED_ROOMS[:place]}
        wrong += [
            f"{path.relative_to(REPOSITORY)}: {name}"
            for path in files(f"figures/{part}")
            for name in imports(path)
            if name.startswith("tracer.figures") and name.split(".")[2] not in allowed
        ]
    assert wrong == []


def test_nothing_imports_the_facade() -> None:
    """`tracer` itself is for programs: ours name the module that they need."""
    wrong = [
        f"{path.relative_to(REPOSITORY)}"
        for path in sorted(PACKAGE.rglob("*.py"))
        for name in imports(path)
        if name == "tracer"
    ]
    assert wrong == []


ABOVE = {"main", "commands"}


def test_the_command_line_is_used_in_one_direction() -> None:
    """main → commands → the parts that they share → terminal: a command imports no other, a part none."""
    wrong = []
    for path in files("cli"):
        room = path.relative_to(PACKAGE / "cli").parts[0]
        for name in imports(path):
            package, _, part = name.partition("tracer.cli.")
            part = part.partition(".")[0]
            fine = room == "main.py" or (part == "terminal" if room == "terminal" else part not in ABOVE)
            if not package and not fine:
                wrong.append(f"{path.relative_to(REPOSITORY)}: {name}")
    assert wrong == []


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
