"""The hook on imports: it is taken out again, and its frame looks like the import system's."""

from __future__ import annotations

import sys

import pytest

from tracer.instrument.core import imports
from tracer.instrument.core.patch import Patches


def test_the_hook_is_put_back() -> None:
    """Afterwards the interpreter calls what it called before."""
    importing = sys.modules["_frozen_importlib"]
    before = importing._find_and_load
    patches = Patches()
    imports.hook(patches)
    hooked = importing._find_and_load
    try:
        assert hooked is not before
        assert hooked.__code__.co_filename == before.__code__.co_filename
        assert hooked.__name__ == before.__name__
    finally:
        patches.restore()
    assert importing._find_and_load is before


def test_what_raises_comes_through() -> None:
    """The stock function's exception, and nothing stays under way."""

    def fails(name: str, import_: object) -> None:
        raise KeyError(name)

    hooked = imports._find_and_load(fails)
    for _ in range(2):
        with pytest.raises(KeyError, match="a"):
            hooked("a", None)
