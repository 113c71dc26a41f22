"""Imports for our own use: the standard library's modules, whatever else bears their names."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.programs import REPOSITORY

ALONE = """
import os, sys
sys.path.insert(0, {folder!r})
before, path = set(sys.modules), sys.path[:]
sys.path.append({root!r})
import tracer
from tracer.record.standard import Alone, is_standard, load
sys.path[:] = path
with Alone():
    from tracer.instrument import main_process
assert sys.path == path
print(sorted(name for name in set(sys.modules) - before if not name.startswith(("_", "tracer"))))
import colorsys
print(colorsys.__file__, is_standard(colorsys))
print(load("_socket") is sys.modules["_socket"], is_standard(load("_socket")))
import bisect, _thread, _frozen_importlib
print([is_standard(one) for one in (bisect, _thread, _frozen_importlib, sys, tracer)])
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with modules that raise."""
    for name in ("struct", "mmap", "ctypes", "threading", "colorsys", "json", "types", "functools"):
        (tmp_path / f"{name}.py").write_text("raise RuntimeError(__name__)\n")
    (tmp_path / "colorsys.py").write_text("")
    return tmp_path


def test_nothing_of_the_programs_is_imported_and_nothing_of_ours_is_left(folder: Path) -> None:
    """The hooks load beside modules that raise; afterwards the program finds its own ones, as untraced."""
    source = ALONE.format(folder=str(folder), root=str(REPOSITORY))
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", source], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    left, own, loaded, kinds = done.stdout.splitlines()
    assert set(eval(left)) <= {"atexit", "itertools", "errno"}  # built in: no module can stand before them
    assert own == f"{folder / 'colorsys.py'} False"
    assert loaded == "True True"
    assert kinds == "[True, True, True, True, False]"


def test_a_module_that_is_not_there_is_an_import_error() -> None:
    """`load` raises ImportError, as an import would."""
    from tracer.record.standard import load

    with pytest.raises(ImportError):
        load("_no_such_module")


def test_the_package_is_found_where_it_was_imported_from(tmp_path: Path) -> None:
    """A child or the collector finds `tracer` in `ROOT`, also where the package is a link to elsewhere."""
    (tmp_path / "tracer").symlink_to(REPOSITORY / "tracer")
    code = "from tracer.record.standard import PACKAGE, ROOT; print(ROOT, PACKAGE)"
    words = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(tmp_path)!r}); {code}"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=True, cwd=tmp_path)
    assert done.stdout.split() == [str(tmp_path), str(tmp_path / "tracer")]
