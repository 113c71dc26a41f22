"""Switching the hooks of all libraries on and off for this process."""

from __future__ import annotations

from tracer.instrument import libraries, stdlib
from tracer.instrument.core import imports
from tracer.instrument.core.patch import Adapter, ImportWatch, Patches

_patches: Patches | None = None
_watch: ImportWatch | None = None


def adapters() -> list[Adapter]:
    """List the records of all libraries that there are hooks for, the standard library's first."""
    return [*stdlib.ADAPTERS, *libraries.ADAPTERS]


def install() -> None:
    """Put the hooks in place in this process, if they are not yet."""
    global _patches, _watch
    if _patches is None:
        _patches = Patches()
        _watch = ImportWatch(_patches, adapters())
        imports.hook(_patches)


def uninstall() -> None:
    """Take the hooks out of this process."""
    global _patches, _watch
    if _patches is not None and _watch is not None:
        _watch.close()
        _patches.restore()
    _patches = _watch = None
