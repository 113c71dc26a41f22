"""Begins the trace of a program that `python -m tracer run` starts, before the program's first line.

The command puts this folder first in PYTHONPATH, and Python itself runs the program: `__main__`, `sys.argv`,
`sys.path`, tracebacks and the exit are the stock ones. What was added to the environment is taken out here,
and a sitecustomize of the user's own is run after. So do programs that a traced one starts (`joining`).

Nothing is imported for this but tracer and, from the standard library's own folders, what it needs; and what
the program would not have loaded by now is forgotten again (`tracer.record.standard`).

Any Python may come here, of any age: what this file says, 2.7 understands.
"""


def _begin():  # type: ignore[no-untyped-def]
    import os
    import sys

    here = os.path.dirname(__file__)
    sys.path[:] = [entry for entry in sys.path if entry != here]
    text = os.environ.pop("_TRACER_RUN", None)
    run = {} if text is None else eval(text, {"__builtins__": {}})  # a literal that we wrote
    path = os.environ.get("PYTHONPATH")
    if path == here and run.get("pythonpath") is None:
        del os.environ["PYTHONPATH"]
    elif path is not None:
        os.environ["PYTHONPATH"] = os.pathsep.join(one for one in path.split(os.pathsep) if one != here)
    if not run or sys.version_info < (3, 11):
        return
    try:
        from _frozen_importlib import _load  # type: ignore[attr-defined]
        from _frozen_importlib_external import PathFinder

        _load(PathFinder.find_spec("tracer", [run["root"]]))
        from tracer.record.standard import Alone

        with Alone():
            if "join" in run:
                from tracer.instrument import joining

                joining.join(run)
            else:
                from tracer.instrument import main_process

                main_process.begin(run["plan"], run["life"], run["ready"])
    except Exception:
        pass  # the program runs untraced, which the command finds, and says


def _hand_on():  # type: ignore[no-untyped-def]
    """Run the sitecustomize that the program would have had."""
    import sys

    mine = sys.modules.pop("sitecustomize")
    try:
        import sitecustomize  # type: ignore[import-not-found]  # noqa: F401
    except ImportError as error:
        if getattr(error, "name", "sitecustomize") != "sitecustomize":
            raise
    finally:
        sys.modules.setdefault("sitecustomize", mine)  # the import that is under way expects one


_begin()  # type: ignore[no-untyped-call]
_hand_on()  # type: ignore[no-untyped-call]
