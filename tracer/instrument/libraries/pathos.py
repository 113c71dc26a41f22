"""pathos: its pools are multiprocess's; its tasks bear the names of the program's functions.

Tried with 0.3.5. Stands on `pathos.helpers.mp_helper.starargs`, whose lambda calls what it closes over.
"""

from __future__ import annotations

from tracer.instrument.core.names import WRAPPED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

    from tracer.instrument.core.patch import Patches


def hook(patches: Patches, module: ModuleType) -> None:
    """Say what the wrappers of `pathos.helpers.mp_helper` stand for; nothing is replaced."""
    star = module.starargs  # gone in a version that does without
    WRAPPED[star.__module__, f"{star.__qualname__}.<locals>.<lambda>"] = _inner


def _inner(wrapper: Any) -> Any:
    return wrapper.__closure__[0].cell_contents
