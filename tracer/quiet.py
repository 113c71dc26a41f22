"""`quiet`: what numpy, pandas and matplotlib warn of while we use them is ours to know, not the user's.

A program sees its own filters, levels and error settings again as soon as the last of its threads has left.
"""

from __future__ import annotations

import contextlib
import logging
import sys
import threading
import warnings
from collections.abc import Iterator

_lock = threading.Lock()
_inside = 0
_undo = contextlib.ExitStack()


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Let no library's warning or log message come to the terminal while the body runs."""
    global _inside
    with _lock:  # `catch_warnings` restores the wrong filters where two threads overlap
        if _inside == 0:
            _silence()
        _inside += 1
    numpy = sys.modules.get("numpy")  # where it is not loaded, nobody has changed what it does at errors
    try:
        with numpy.errstate(all="ignore") if numpy else contextlib.nullcontext():
            yield
    finally:
        with _lock:
            _inside -= 1
            if _inside == 0:
                _undo.close()


def _silence() -> None:
    _undo.enter_context(warnings.catch_warnings())
    warnings.simplefilter("ignore")
    logger = logging.getLogger("matplotlib")
    _undo.callback(logger.setLevel, logger.level)
    logger.setLevel(logging.CRITICAL + 1)
