"""`python -m tracer`, and the command `tracer`: our own process, from its first import to its exit code.

The working folder and PYTHONPATH are the traced program's: they may hold a `json.py` of its own. Only what
Python imports before this file is out of our reach: of `-m`, `importlib.util` and what it needs; with
PYTHONPATH, `encodings` and the like.
"""

import os
import sys

from tracer.requirements import NEEDED


def _own_path() -> None:
    """Leave on `sys.path` what the interpreter put there, and nothing of the user's."""
    library = os.path.dirname(os.__file__)
    theirs = {os.path.abspath(entry) for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep)}
    if not sys.flags.safe_path:
        theirs.add(os.path.abspath(sys.path[0]) if sys.path else os.getcwd())
    kept = [entry for entry in sys.path if entry and _installed(entry, library, theirs)]
    missing = [name for name in NEEDED if not any(_holds(entry, name) for entry in kept)]
    # What is found nowhere else is taken from where the user says it is, after all that is ours.
    kept += [entry for entry in sys.path if entry in theirs and any(_holds(entry, name) for name in missing)]
    sys.path[:] = kept


def _installed(entry: str, library: str, theirs: set[str]) -> bool:
    return entry.startswith(library) or os.path.abspath(entry) not in theirs


def _holds(entry: str, package: str) -> bool:
    return os.path.isfile(os.path.join(entry, package, "__init__.py"))


def main() -> None:
    """Run the command and leave with its exit code; PYTHONINSPECT and -i are the traced program's."""
    _own_path()
    import warnings

    warnings.resetwarnings()  # PYTHONWARNINGS, -W and -bb are the program's, too
    warnings.simplefilter("ignore")
    from tracer.cli.main import main

    code = main()
    if not sys.flags.inspect and not os.environ.get("PYTHONINSPECT"):
        sys.exit(code)
    import atexit
    from contextlib import suppress

    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
