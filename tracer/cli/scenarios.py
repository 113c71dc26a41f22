"""Scenarios as the command line sees them: where their files are, and the options that `main` asks for.

A scenario is read with `ast` and never imported here: its top level belongs to the traced process, and a file
that cannot be read is one line that names file, line and parameter.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import os
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from tracer.errors import ScenarioError, UsageError
from tracer.record.standard import PACKAGE

if TYPE_CHECKING:
    from tracer.traces import Trace

_Type = type[int] | type[float] | type[str] | type[bool]
_TYPES: dict[str, _Type] = {"int": int, "float": float, "str": str, "bool": bool}
_METAVARS = {int: "N", float: "X", str: "TEXT"}
_ALLOWED = 'int, float, str, bool or Literal["a", "b"], each with or without | None'


@dataclass(frozen=True)
class Parameter:
    """One parameter of a scenario's `main`: `choices` is empty unless it is a `Literal`."""

    name: str
    type: _Type
    default: int | float | str | bool | None
    choices: tuple[int | str, ...]
    help: str

    @property
    def option(self) -> str:
        """The parameter as an option: `work_ms` → `--work-ms`."""
        return "--" + self.name.replace("_", "-")


@dataclass(frozen=True)
class Scenario:
    """A scenario file: `title` is the first line of the module's docstring `doc` (both "" without one).

    `has_headline` tells whether it says its lesson of a run by `headline(trace)`.
    """

    name: str
    path: Path
    title: str
    doc: str
    parameters: tuple[Parameter, ...]
    has_headline: bool = False

    def add_to(self, parser: argparse.ArgumentParser) -> None:
        """Add one option for each parameter; `values` finds them again in what `parser` has parsed.

        Raises `ScenarioError` where an option exists already.
        """
        for parameter in self.parameters:
            try:
                _add_option(parser, parameter)
            except argparse.ArgumentError as error:
                message = f"parameter {parameter.name}: tracer has an option {parameter.option} of its own"
                raise ScenarioError(f"{self.path}: {message}; rename the parameter") from error

    def values(self, namespace: argparse.Namespace) -> dict[str, int | float | str | bool | None]:
        """Return the keyword arguments for `main`: what was given, else the defaults."""
        return {each.name: getattr(namespace, _destination(each), each.default) for each in self.parameters}


def list_scenarios() -> list[Path]:
    """Return the bundled scenarios' files, by name: `tracer/scenarios/` in a wheel, else beside `tracer/`."""
    package = Path(PACKAGE)
    bundled = package / "scenarios"
    folder = bundled if bundled.is_dir() else package.parent / "scenarios"
    return sorted(path for path in folder.glob("*.py") if not path.name.startswith("_"))


def find_scenario(name_or_path: str) -> Path:
    """Return the file of a bundled scenario's name, or of a path (ends in .py, or has a separator in it).

    Raises `UsageError`: no such file, or a name that is unknown, with the nearest ones.
    """
    separators = {os.sep, os.altsep or os.sep}
    if name_or_path.endswith(".py") or separators & set(name_or_path):
        path = Path(name_or_path)
        if not path.is_file():
            what = "a folder, not a scenario file" if path.is_dir() else "no such scenario file"
            raise UsageError(f"{name_or_path}: {what}")
        return path
    bundled = {path.stem: path for path in list_scenarios()}
    if name_or_path in bundled:
        return bundled[name_or_path]
    near = difflib.get_close_matches(name_or_path, bundled, n=3, cutoff=0.5)
    offer = f"; did you mean {' or '.join(near)}?" if near else ";"
    raise UsageError(f"no scenario {name_or_path!r}{offer} `python -m tracer scenario --list` shows them all")


def read_scenario(path: Path) -> Scenario:
    """Read a scenario's title and parameters from its source, without running any of it.

    Raises `ScenarioError`: the file cannot be read or parsed, it has no `main`, or a parameter cannot become
    an option (its annotation is of another type, its default is missing, no literal, or of another type).
    """
    tree = _parse(path)
    doc = ast.get_docstring(tree) or ""
    mains = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "main"]
    if not mains:
        raise ScenarioError(
            f"{path}: no function main(); a scenario defines one, its parameters become options"
        )
    title = doc.partition("\n")[0].strip()
    says = any(isinstance(node, ast.FunctionDef) and node.name == "headline" for node in tree.body)
    return Scenario(path.stem, path, title, doc, tuple(_parameters(mains[-1], path)), says)


def headline_of(path: Path, trace: Trace) -> str:
    """Return what the file's `headline(trace)` says of a run; "" where it has nothing to say.

    Of the rest of the file only imports, definitions and plain values are run: the program's own steps are
    not. Raises ScenarioError, one line, for whatever goes wrong in it.
    """
    tree = _parse(path)
    kept = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef)
    tree.body = [node for node in tree.body if isinstance(node, kept) or _is_plain(node)]
    module: dict[str, Any] = {"__name__": path.stem, "__file__": str(path)}
    try:
        exec(compile(tree, str(path), "exec"), module)
        said = module["headline"](trace)
    except Exception as error:
        text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        raise ScenarioError(f"{path}: headline(trace) raised {text}") from error
    if said is not None and not isinstance(said, str):
        raise ScenarioError(f"{path}: headline(trace) returned {type(said).__name__}, not text")
    return (said or "").strip()


def _is_plain(node: ast.stmt) -> bool:
    """Tell an assignment of a literal."""
    if not isinstance(node, (ast.Assign, ast.AnnAssign)) or node.value is None:
        return False
    try:
        ast.literal_eval(node.value)
    except (ValueError, TypeError, SyntaxError):
        return False
    return True


def _parse(path: Path) -> ast.Module:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # they come again, from the process that runs the file
            return ast.parse(path.read_bytes(), filename=str(path))
    except OSError as error:
        raise ScenarioError(f"{path}: cannot be read: {error.strerror}") from error
    except SyntaxError as error:
        raise ScenarioError(f"{path}:{error.lineno or 1}: not valid Python: {error.msg}") from error
    except (ValueError, RecursionError) as error:
        raise ScenarioError(f"{path}: not valid Python: {error}") from error


def _parameters(main: ast.FunctionDef, path: Path) -> Iterator[Parameter]:
    given = main.args
    for odd in [*given.posonlyargs, *filter(None, [given.vararg, given.kwarg])]:
        _refuse(path, odd, "cannot be an option; use a plain parameter with a default")
    helps = _argument_helps(ast.get_docstring(main) or "")
    without = [None] * (len(given.args) - len(given.defaults))
    pairs = [*zip(given.args, [*without, *given.defaults], strict=True)]
    pairs += zip(given.kwonlyargs, given.kw_defaults, strict=True)
    for argument, default in pairs:
        yield _parameter(argument, default, helps.get(argument.arg, ""), path)


def _parameter(argument: ast.arg, default: ast.expr | None, text: str, path: Path) -> Parameter:
    if argument.annotation is None:
        _refuse(path, argument, f"has no type; annotate it with {_ALLOWED}")
    understood = _annotation(argument.annotation)
    if understood is None:
        _refuse(path, argument, f"cannot be {ast.unparse(argument.annotation)}; use {_ALLOWED}")
    kind, choices, optional = understood
    if default is None:
        _refuse(path, argument, "has no default; give it one, so that the scenario runs by itself")
    try:
        value = ast.literal_eval(default)
    except (ValueError, TypeError, SyntaxError):
        _refuse(
            path, argument, f"its default {ast.unparse(default)} is not a literal; write the value itself"
        )
    if kind is float and type(value) is int:
        value = float(value)
    fits = (value is None and optional) or (type(value) is kind and (not choices or value in choices))
    if not fits:
        wanted = ast.unparse(argument.annotation)
        _refuse(path, argument, f"its default {ast.unparse(default)} is not of its type {wanted}")
    return Parameter(argument.arg, kind, value, choices, text)


def _refuse(path: Path, argument: ast.arg, why: str) -> NoReturn:
    raise ScenarioError(f"{path}:{argument.lineno}: parameter {argument.arg} of main: {why}")


def _annotation(node: ast.expr) -> tuple[_Type, tuple[int | str, ...], bool] | None:
    """Return type, choices and whether None is allowed; None for an annotation that is no option's."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        try:
            return _annotation(ast.parse(node.value, mode="eval").body)
        except SyntaxError:
            return None
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        sides = [side for side in (node.left, node.right) if not _is_none(side)]
        inner = _annotation(sides[0]) if len(sides) == 1 else None
        return inner and (inner[0], inner[1], True)
    if isinstance(node, ast.Subscript) and _last_name(node.value) == "Optional":
        inner = _annotation(node.slice)
        return inner and (inner[0], inner[1], True)
    if isinstance(node, ast.Subscript) and _last_name(node.value) == "Literal":
        return _literal(node.slice)
    if isinstance(node, ast.Name) and node.id in _TYPES:
        return _TYPES[node.id], (), False
    return None


def _literal(node: ast.expr) -> tuple[_Type, tuple[int | str, ...], bool] | None:
    elements = node.elts if isinstance(node, ast.Tuple) else [node]
    values = [element.value for element in elements if isinstance(element, ast.Constant)]
    texts = tuple(value for value in values if isinstance(value, str))
    numbers = tuple(value for value in values if type(value) is int)
    if len(texts) == len(elements):
        return str, texts, False
    return (int, numbers, False) if len(numbers) == len(elements) else None


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _last_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _argument_helps(doc: str) -> dict[str, str]:
    """Read the `Args:` section of a docstring in Google's style: parameter → its text on one line."""
    section = re.search(r"^Args:[ \t]*\n((?:[ \t]+.*\n?|[ \t]*\n)*)", doc, re.MULTILINE)
    helps: dict[str, str] = {}
    name, depth = "", 0
    for line in section[1].splitlines() if section else []:
        entry = re.match(r"([ \t]+)\*{0,2}(\w+)[ \t]*(?:\([^)]*\))?:[ \t]*(.*)", line)
        if entry and (not name or len(entry[1]) <= depth):
            name, depth = entry[2], len(entry[1])
            helps[name] = entry[3].strip()
        elif name:
            helps[name] = f"{helps[name]} {line.strip()}".strip()
    return helps


def _destination(parameter: Parameter) -> str:
    # With a dot it can be no attribute that the command's own options use.
    return f"main.{parameter.name}"


def _add_option(parser: argparse.ArgumentParser, parameter: Parameter) -> None:
    default = "none" if parameter.default is None else str(parameter.default)
    # Default suppressed and written here: BooleanOptionalAction adds one of its own on some Pythons only.
    if parameter.type is bool:
        if parameter.default is not None:
            default = parameter.option if parameter.default else "--no-" + parameter.option[2:]
        action: dict[str, object] = {"action": argparse.BooleanOptionalAction}
    elif parameter.choices:
        named = [str(choice) for choice in parameter.choices if choice != ""]
        action = {
            "type": parameter.type,
            "choices": parameter.choices,
            "metavar": "{" + ",".join(named) + "}",
        }
    else:
        action = {"type": parameter.type, "metavar": _METAVARS[parameter.type]}
    known = f"(default: {default})" if default else ""  # an empty text is a default that the help explains
    text = f"{parameter.help} {known}".strip().replace("%", "%%")
    parser.add_argument(
        parameter.option,
        dest=_destination(parameter),
        default=argparse.SUPPRESS,
        help=text,
        **action,  # type: ignore[arg-type]
    )
