"""Every scenario has the form that the command line and a reader rely on; read from its source alone."""

import ast
import inspect
import re
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "scenarios"
PATHS = sorted(FOLDER.glob("*.py"))
BUNDLED = {
    *(
        "process1",
        "pool",
        "pool4",
        "processes4",
        "speedup",
        "threads_vs_processes",
        "threads_vs_processes_io",
    ),
    *("memory_isolation", "communication", "start_methods", "serialization", "chunksize", "straggler"),
    *("oversubscribed", "pinned", "lock", "crash", "executor4", "machineries"),
}
START_METHOD = "Literal['', 'fork', 'forkserver', 'spawn']"

each_scenario = pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)


def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def main_of(path: Path) -> ast.FunctionDef:
    [main] = [n for n in parse(path).body if isinstance(n, ast.FunctionDef) and n.name == "main"]
    return main


def test_all_bundled_scenarios_are_there() -> None:
    """The folder holds every scenario that the documentation names."""
    assert BUNDLED.issubset(path.stem for path in PATHS)


@each_scenario
def test_docstring_has_title_question_and_what_to_look_for(path: Path) -> None:
    """The docstring is a title of one line, a question, and a paragraph on the figure."""
    docstring = ast.get_docstring(parse(path))
    assert docstring is not None
    title, question, figure = docstring.split("\n\n")
    assert "\n" not in title
    assert title.endswith(".")
    assert len(title) <= 75
    assert question.endswith("?")
    assert figure.startswith("What to look for in the figure: ")


@each_scenario
def test_imports_only_the_standard_library(path: Path) -> None:
    """A scenario runs without a trace, and with nothing installed but the tracer, for its spans."""
    imported = set[str]()
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.Import):
            imported |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            imported.add(str(node.module).partition(".")[0])
    assert imported - {"tracer"} <= sys.stdlib_module_names


@each_scenario
def test_name_hides_no_module_of_the_standard_library(path: Path) -> None:
    """Python puts a script's folder first in sys.path, so that its neighbours could hide a real module."""
    assert path.stem not in sys.stdlib_module_names


@each_scenario
def test_does_nothing_when_imported(path: Path) -> None:
    """Under spawn and forkserver every child imports the file again: the work stays behind the guard."""
    *definitions, guard = parse(path).body[1:]
    allowed = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef, ast.AnnAssign)
    assert all(isinstance(node, allowed) for node in definitions)
    assert ast.unparse(guard) == "if __name__ == '__main__':\n    main()"


@each_scenario
def test_parameters_become_options(path: Path) -> None:
    """Each parameter of main has a plain type, and a literal default of that type."""
    arguments = main_of(path).args
    assert [arguments.posonlyargs, arguments.kwonlyargs, arguments.vararg, arguments.kwarg] == [
        [],
        [],
        None,
        None,
    ]
    assert len(arguments.defaults) == len(arguments.args)
    for argument, default in zip(arguments.args, arguments.defaults, strict=True):
        assert argument.annotation is not None
        kind = ast.unparse(argument.annotation)
        value = ast.literal_eval(default)
        if kind.startswith("Literal["):
            assert value in ast.literal_eval(kind.removeprefix("Literal"))
        else:
            assert kind == type(value).__name__
            assert kind in {"int", "float", "str", "bool"}


@each_scenario
def test_every_parameter_is_explained(path: Path) -> None:
    """The section Args explains each parameter of main, in order, and nothing else."""
    main = main_of(path)
    docstring = inspect.cleandoc(ast.get_docstring(main) or "")
    _, _, section = docstring.partition("\n\nArgs:\n")
    assert re.findall(r"^    (\w+): \S", section, re.MULTILINE) == [a.arg for a in main.args.args]
    assert all(re.match(r"    \w+: \S|        \S", line) for line in section.splitlines())


@each_scenario
def test_start_method_defaults_to_the_platforms(path: Path) -> None:
    """Every scenario takes a start method, except the one that compares them, and assumes none."""
    main = main_of(path)
    found = {
        argument.arg: (ast.unparse(argument.annotation or default), ast.literal_eval(default))
        for argument, default in zip(main.args.args, main.args.defaults, strict=True)
    }
    if path.stem == "start_methods":
        assert "start_method" not in found
    else:
        assert found["start_method"] == (START_METHOD, "")
