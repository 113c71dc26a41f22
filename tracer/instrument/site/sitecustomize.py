"""Begins the trace of a program that `python -m tracer run` starts, before the program's first line.

The command puts this folder first in PYTHONPATH, and Python itself runs the program: `__main__`, `sys.argv`,
`sys.path`, tracebacks and the exit are the stock ones. What the command added to the environment is taken out
here, and a sitecustomize of the user's own is run after.

Nothing is imported for this but tracer and, from the standard library's own folders, what it needs; and what
the program would not have loaded by now is forgotten again (`tracer.record.standard`).
"""


def _begin() -> None:
    import os
    import sys

    here = os.path.dirname(__file__)
    sys.path[:] = [entry for entry in sys.path if entry != here]
    text = os.environ.pop("_TRACER_RUN", None)
    if text is None:
        return
    run = eval(text, {"__builtins__": {}})  # a literal that the command wrote
    if run["pythonpath"] is None:
        os.environ.pop("PYTHONPATH", None)
    else:
        os.environ["PYTHONPATH"] = run["pythonpath"]
    try:
        from _frozen_importlib import _load  # type: ignore[attr-defined]
        from _frozen_importlib_external import PathFinder

        _load(PathFinder.find_spec("tracer", [run["root"]]))
        from tracer.record.standard import Alone

        with Alone():
            from tracer.instrument import main_process

            main_process.begin(run["plan"], run["life"], run["ready"])
    except Exception:
        pass  # the program runs untraced, which the command finds, and says


def _hand_on() -> None:
    """Run the sitecustomize that the program would have had."""
    import sys

    mine = sys.modules.pop("sitecustomize")
    try:
        import sitecustomize  # type: ignore[import-not-found]  # noqa: F401
    except ImportError as error:
        if error.name != "sitecustomize":
            raise
    finally:
        sys.modules.setdefault("sitecustomize", mine)  # the import that is under way expects one


_begin()
_hand_on()
