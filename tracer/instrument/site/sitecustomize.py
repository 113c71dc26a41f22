"""Begins the trace of a program that `python -m tracer run` starts, before the program's first line.

The command puts this folder first in PYTHONPATH, and Python itself runs the program: `__main__`, `sys.argv`,
`sys.path`, tracebacks and the exit are the stock ones. What the command added to the environment is taken out
here, and a sitecustomize of the user's own is run after.
"""


def _begin() -> None:
    import json
    import os
    import sys

    here = os.path.dirname(__file__)
    sys.path[:] = [entry for entry in sys.path if entry != here]
    run = json.loads(os.environ.pop("_TRACER_RUN", "null"))
    if run is None:
        return
    if run["pythonpath"] is None:
        os.environ.pop("PYTHONPATH", None)
    else:
        os.environ["PYTHONPATH"] = run["pythonpath"]
    sys.path.insert(0, run["root"])
    try:
        from tracer.instrument import launch
    finally:
        sys.path.remove(run["root"])
    launch.begin(run["plan"], run["life"], run["ready"])


def _hand_on() -> None:
    """Run the sitecustomize that the program would have had."""
    import importlib.util
    import sys

    mine = sys.modules.pop("sitecustomize")
    try:
        if importlib.util.find_spec("sitecustomize") is not None:
            importlib.import_module("sitecustomize")
    finally:
        sys.modules.setdefault("sitecustomize", mine)  # the import that is under way expects one


_begin()
_hand_on()
