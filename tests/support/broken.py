"""Is `python -m tracer`, broken in one place: `python broken.py PLACE WAY ARGS…`.

PLACE is `module:name` of what does not work, WAY an exception's name, `segv` or `exit`.
"""

import builtins
import importlib
import os
import signal
import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[2])

PLACE, WAY = sys.argv[1:3]
sys.argv[1:] = sys.argv[3:]


def fail(*_args: object, **_options: object) -> None:
    """Fail in the way that was asked for."""
    if WAY == "segv":
        signal.signal(signal.SIGSEGV, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGSEGV)
    if WAY == "exit":
        os._exit(1)
    raise getattr(builtins, WAY)("on purpose")


from tracer import __main__ as command  # noqa: E402

module, _, name = PLACE.partition(":")
owner = importlib.import_module(module)
*classes, last = name.split(".")
for each in classes:
    owner = getattr(owner, each)
setattr(owner, last, fail)
command.main()
