"""Whose code a function or a class is."""

from __future__ import annotations

import contextvars
import json
import sys
from functools import partial
from pathlib import Path
from types import ModuleType

import pytest

from tracer.instrument.core import origin
from tracer.instrument.core.names import label
from tracer.instrument.core.origin import library_of


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    """A package in a folder `site-packages`, with a function and a class."""
    module = ModuleType("somepackage")
    module.__file__ = str(tmp_path / "site-packages" / "somepackage" / "__init__.py")
    exec("def work(): pass\nclass Worker: pass", module.__dict__)
    monkeypatch.setitem(sys.modules, "somepackage", module)
    monkeypatch.setattr(origin, "_known", {})
    return module


def test_installed_code_is_a_library_s(installed: ModuleType) -> None:
    """A function, a class and a partial of one; the program's own and Python's are not."""
    assert library_of(installed.work) == library_of(installed.Worker) == "somepackage"
    assert library_of(partial(installed.work)) == "somepackage"
    assert library_of(test_installed_code_is_a_library_s) == library_of(json.dumps) == library_of(None) == ""


def test_a_package_that_is_run_is_the_program(installed: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """`python -m somepackage.tool`: the package is the program."""
    main = ModuleType("__main__")
    main.__spec__ = type("Spec", (), {"name": "somepackage.tool"})()
    monkeypatch.setitem(sys.modules, "__main__", main)
    assert library_of(installed.work) == ""


def test_what_an_installed_command_calls_is_the_program(
    installed: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`bin/tool` imports `work` and calls it."""
    main = ModuleType("__main__")
    main.__file__ = str(Path(sys.executable).parent / "tool")
    main.__dict__["work"] = installed.work
    monkeypatch.setitem(sys.modules, "__main__", main)
    assert library_of(installed.work) == ""


def test_modules_beside_an_installed_script_are_the_program(
    installed: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A script within the package runs what stands beside it."""
    main = ModuleType("__main__")
    main.__file__ = str(Path(str(installed.__file__)).parent / "script.py")
    monkeypatch.setitem(sys.modules, "__main__", main)
    assert library_of(installed.work) == ""
    main.__file__ = str(Path(str(installed.__file__)).parents[1] / "script.py")
    monkeypatch.setattr(origin, "_known", {})
    assert library_of(installed.work) == "somepackage"


def test_what_cannot_be_asked_is_no_library_s() -> None:
    """A callable may raise at any question."""

    class Odd:
        def __getattribute__(self, name: str) -> object:
            raise RuntimeError(name)

    assert library_of(Odd()) == ""


def test_what_runs_in_a_context_is_the_function() -> None:
    """`asyncio.to_thread(f)` hands over `partial(context.run, f)`; without arguments it stands for itself."""
    context = contextvars.copy_context()
    assert label(partial(context.run, json.dumps, 1)) == "dumps"
    assert label(partial(context.run)) == "Context.run"
    assert label(partial(len, "x")) == "len"
