"""Hooks on `multiprocessing.spawn`: a child under spawn or forkserver begins to record before all else.

    parent  get_preparation_data ─► {"tracer": Hatch(ticket), …the stock data…} ──pipe──► child unpickles it:
    child   hatch: import tracer, open the session, put the hooks in place; then the stock data, the user's
            `__main__` (`prepare`, a span), the process object

A dict is unpickled in order, so the first value in it is the earliest place in the child there is.
"""

from __future__ import annotations

from tracer.instrument.core.failures import note_import_failed
from tracer.instrument.core.imports import WORTH_NS
from tracer.instrument.core.patch import Patches
from tracer.instrument.core.spans import record_span
from tracer.instrument.core.tracebacks import conceal
from tracer.record import clock, session
from tracer.record.kinds import IMPORT, MAIN_MODULE
from tracer.record.standard import ROOT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

# The child cannot import tracer before it has the parent's sys.path, which comes later: it is told where.
# Whatever fails there fails the recording, and not the child.
_HATCH = """
try:
    import sys
    from _frozen_importlib import _load
    from _frozen_importlib_external import PathFinder
    if "tracer" not in sys.modules:
        _load(PathFinder.find_spec("tracer", [{root!r}]))
    from tracer.record.standard import Alone
    with Alone():
        from tracer.instrument.install import install
        from tracer.record.session import open_child
        open_child({ticket!r})
        install()
except Exception:
    pass
"""


class Hatch:
    """Stands in the preparation data; unpickling it makes the child record."""

    def __init__(self, ticket: session.Ticket) -> None:
        self._source = _HATCH.format(root=ROOT, ticket=ticket)

    def __reduce__(self) -> Any:
        return exec, (self._source, {})


def hook(patches: Patches, module: ModuleType) -> None:
    """Put the hooks on `multiprocessing.spawn`, or a copy of it, in place."""
    patches.replace(module, "get_preparation_data", _get_preparation_data)
    patches.replace(module, "prepare", _prepare)


def _get_preparation_data(original: Any) -> Any:
    def get_preparation_data(*args: Any, **kwargs: Any) -> dict[str, Any]:
        ticket = session.pending.get(session.get_ident())
        try:
            data: dict[str, Any] = original(*args, **kwargs)
        except BaseException as error:
            conceal(error)
            raise
        return data if ticket is None else {"tracer": Hatch(ticket), **data}

    return get_preparation_data


def _prepare(original: Any) -> Any:
    """Make the hook on what a child does before it reads its process object: it runs the main module.

    Where that cannot be imported, the error is noted: the child ends without having begun.
    """

    def prepare(*args: Any, **kwargs: Any) -> Any:
        start, core = clock.clock(), clock.core()
        try:
            result = original(*args, **kwargs)
        except BaseException as error:
            note_import_failed(error)
            conceal(error)
            raise
        current = session.current
        if current is not None and clock.clock() - start >= WORTH_NS:
            record_span(current, IMPORT, MAIN_MODULE, start, core)
        return result

    return prepare
