"""Patches that come off again, and hooks that wait for their module."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tracer.instrument.core.patch import Adapter, Hook, ImportWatch, Patches, package_of
from tracer.instrument.core.versions import is_tried, version_of


class Base:
    """Has a method, a static one and a class one."""

    def method(self) -> str:
        """Say so."""
        return "method"

    @staticmethod
    def static() -> str:
        """Say so."""
        return "static"


class Derived(Base):
    """Inherits all of it."""


def louder(original: Any) -> Any:
    """Make a hook that says it louder."""

    def loud(*args: Any) -> str:
        return str(original(*args)).upper()

    return loud


def test_a_patch_keeps_what_a_method_is_called_and_comes_off() -> None:
    """Name, docstring and staticness are the original's; afterwards the very object is back."""
    patches, before = Patches(), dict(vars(Base))
    patches.replace(Base, "method", louder)
    patches.replace(Base, "static", louder)
    assert (Base().method(), Base.static(), Base().static()) == ("METHOD", "STATIC", "STATIC")
    assert (Base.method.__qualname__, Base.method.__doc__) == ("Base.method", "Say so.")
    assert Base.method.__wrapped__ is before["method"]  # type: ignore[attr-defined]
    patches.restore()
    assert vars(Base)["method"] is before["method"]
    assert vars(Base)["static"] is before["static"]


def test_an_inherited_method_is_patched_where_it_was_asked_for() -> None:
    """A patch on a derived class leaves the base alone, and leaves nothing on the class when it comes off."""
    patches = Patches()
    patches.replace(Derived, "method", louder)
    assert (Derived().method(), Base().method()) == ("METHOD", "method")
    patches.restore()
    assert "method" not in vars(Derived)


def test_patches_on_one_name_come_off_in_reverse() -> None:
    """Two patches of one attribute nest; restoring ends with the first original."""
    patches, original = Patches(), Base.method
    patches.replace(Base, "method", louder)
    patches.replace(Base, "method", lambda inner: lambda self: f"<{inner(self)}>")
    assert Base().method() == "<METHOD>"
    patches.restore()
    assert Base.method is original


def test_a_name_that_a_version_lacks_is_left_alone() -> None:
    """What is not there is not made."""
    patches = Patches()
    patches.replace(Base, "of_tomorrow", louder)
    assert not hasattr(Base, "of_tomorrow")
    patches.restore()


HOOKED: list[tuple[str, tuple[str, ...]]] = []


def hook(patches: Patches, module: ModuleType, *kinds: str) -> None:
    """Take down that it was called (this module is the home of the hooks below)."""
    HOOKED.append((module.__name__, kinds))
    patches.replace(module, "answer", louder)


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A package that can be imported, with a module that answers and one that raises."""
    folder = tmp_path / "hookable"
    folder.mkdir()
    (folder / "__init__.py").write_text("__version__ = '1.2.3'\n")
    (folder / "module.py").write_text("def answer():\n    return 'yes'\n")
    (folder / "broken.py").write_text("raise RuntimeError('its own')\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    HOOKED.clear()
    yield "hookable"
    for name in [name for name in sys.modules if name.partition(".")[0] == "hookable"]:
        del sys.modules[name]


def watch(library: str, tried: tuple[str, str] | None, module: str = "module") -> tuple[ImportWatch, Patches]:
    """Watch for a module of the library."""
    patches = Patches()
    hooks = {f"{library}.{module}": Hook(__name__, "its pool", "its threads")}
    return ImportWatch(patches, [Adapter(library, hooks, tried)]), patches


def test_hooks_wait_until_their_module_is_loaded(library: str) -> None:
    """They are put in place right after the module's own code, with the kinds of their record."""
    watching, patches = watch(library, ("1.0", "1.2"))
    importlib.import_module(library)
    assert HOOKED == []
    module = importlib.import_module(f"{library}.module")
    assert HOOKED == [("hookable.module", ("its pool", "its threads"))]
    assert module.answer() == "YES"
    assert package_of(module) is sys.modules[library]
    watching.close()
    patches.restore()
    assert module.answer() == "yes"
    assert watching not in sys.meta_path


def test_hooks_on_a_module_that_is_there_are_put_in_place_at_once(library: str) -> None:
    """What was loaded before the trace begins is hooked; so is what a program loads in its place."""
    importlib.import_module(f"{library}.module")
    watching, patches = watch(library, ("1.0", "1.2"))
    assert len(HOOKED) == 1
    del sys.modules[f"{library}.module"]
    importlib.import_module(f"{library}.module")
    assert len(HOOKED) == 2
    patches.restore()
    watching.close()


@pytest.mark.parametrize("early", [False, True], ids=["before it is loaded", "after it is loaded"])
def test_a_module_by_the_name_of_the_standard_librarys_is_left_alone(library: str, early: bool) -> None:
    """A record without versions is the standard library's: the program's own module by that name is not."""
    if early:
        importlib.import_module(f"{library}.module")
    watching, _ = watch(library, None)
    assert importlib.import_module(f"{library}.module").answer() == "yes"
    assert HOOKED == []
    watching.close()


def test_a_module_that_raises_when_it_is_loaded_shows_no_frame_of_ours(library: str) -> None:
    """The import fails as it would untraced, and is not hooked."""
    watching, _ = watch(library, ("1.0", "1.2"), "broken")
    with pytest.raises(RuntimeError, match="its own") as caught:
        importlib.import_module(f"{library}.broken")
    watching.close()
    assert HOOKED == []
    files = {str(entry.path) for entry in caught.traceback}
    assert not [file for file in files if "instrument/core" in file and "tests" not in file]


@pytest.mark.parametrize("version", ["0.9", "1.3", "2", "", "new"])
def test_a_version_that_was_not_tried_is_left_alone(
    library: str, version: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Older, newer, or none at all: nothing is hooked, and the journal says of which library that is."""
    said: list[tuple[str, str]] = []
    monkeypatch.setattr("tracer.instrument.core.patch.step_aside", lambda *names: said.append(names))
    module = importlib.import_module(library)
    monkeypatch.setattr(module, "__version__", version)
    watching, _ = watch(library, ("1.0", "1.2"))
    assert importlib.import_module(f"{library}.module").answer() == "yes"
    watching.close()
    assert (HOOKED, said) == ([], [("hookable", version)])


def test_a_hook_that_fails_leaves_nothing_in_place(library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it stands on is gone: the program goes on with the library as it is."""
    said: list[tuple[str, str]] = []
    monkeypatch.setattr("tracer.instrument.core.patch.step_aside", lambda *names: said.append(names))
    monkeypatch.setattr(sys.modules[__name__], "hook", half_a_hook)
    watching, patches = watch(library, ("1.0", "1.2"))
    assert importlib.import_module(f"{library}.module").answer() == "yes"
    watching.close()
    assert (len(patches), said) == (0, [("hookable", "1.2.3")])


def half_a_hook(patches: Patches, module: Any, *_: str) -> None:
    """Put one hook in place, and miss what the next stands on."""
    patches.replace(module, "answer", lambda original: lambda: original().upper())
    raise AttributeError(module.gone)


@pytest.mark.parametrize(
    ("version", "known"),
    [
        *[("1.4", True), ("1.5.9", True), ("1.6.12", True), ("1.4.0rc1", True), ("1.6.0+cpu", True)],
        *[("1.3.9", False), ("1.7", False), ("2", False), ("1.10", False), ("", False), ("dev", False)],
    ],
)
def test_which_versions_count_as_tried(version: str, known: bool) -> None:
    """Those between the oldest and the newest, and later corrections of the newest."""
    assert is_tried(version, ("1.4", "1.6")) == known


def test_the_version_of_an_installation_is_read_where_the_package_does_not_say(
    library: str, tmp_path: Path
) -> None:
    """As while it is being imported; a name is compared as installers write it."""
    module = importlib.import_module(library)
    del module.__version__
    assert version_of(module) == ""
    (tmp_path / "Hookable-3.1.dist-info").mkdir()
    assert version_of(module) == "3.1"


def test_what_the_program_replaced_since_stays() -> None:
    """A mock over a hook, or the original put back by hand, is the program's; what it hides comes off."""
    patches, before = Patches(), dict(vars(Base))
    patches.replace(Base, "method", louder)
    patches.replace(Base, "static", louder)
    theirs = lambda self: "theirs"  # noqa: E731
    try:
        Base.method = theirs  # type: ignore[method-assign]
        patches.restore()
        assert vars(Base)["method"] is theirs
        assert vars(Base)["static"] is before["static"]
    finally:
        Base.method = before["method"]  # type: ignore[method-assign]
