"""Jupyter and IPython: `%load_ext tracer`, and `%%tracer` on a cell.

IPython is loaded already where this is imported, and nothing else imports this.
"""

from __future__ import annotations

import argparse
import shlex
from typing import Any, NoReturn

from tracer.block import trace
from tracer.errors import TracerError

_NAME = "tracer"
_FOLDER = "outputs/cell"


def load_ipython_extension(shell: Any) -> None:
    """Add `%%tracer` to an IPython shell."""
    shell.register_magic_function(lambda line, cell: _run(shell, line, cell), "cell", _NAME)
    shell.magics_manager.magics["cell"][_NAME].__doc__ = _parser().format_help()


def unload_ipython_extension(shell: Any) -> None:
    """Take `%%tracer` out of an IPython shell."""
    shell.magics_manager.magics["cell"].pop(_NAME, None)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise _Wrong(f"%%tracer: {message}")


class _Wrong(TracerError):
    """The magic's line is wrong."""


def _parser() -> _Parser:
    parser = _Parser(
        prog="%%tracer",
        description="Runs the cell traced, and shows what happened below its output.",
        add_help=False,
    )
    parser.add_argument("out", metavar="DIR", nargs="?", default=_FOLDER, help=f"(default: {_FOLDER})")
    parser.add_argument("--as", dest="name", metavar="NAME", help="keep the trace in this variable")
    parser.add_argument("--force", action="store_true", help="write into DIR whatever it holds")
    parser.add_argument("-h", "--help", action="store_true", help="print this")
    parser.add_argument(
        "--named-only", action="store_true", help="follow only tracer.Pool, tracer.Process, …"
    )
    return parser


def _run(shell: Any, line: str, cell: str) -> None:
    from IPython import display
    from IPython.core.error import UsageError

    try:
        options = _parser().parse_args(shlex.split(line))
        if options.help:
            print(_parser().format_help())
            return
        if _awaits(shell, cell):
            raise _Wrong("%%tracer: not for a cell that awaits: write `with tracer.trace() as t:` in it")
        if options.name is not None and not options.name.isidentifier():
            raise _Wrong(f"%%tracer: --as {options.name}: no name of a variable")
        block = trace(options.out, force=options.force, named_only=options.named_only)
        block.__enter__()
    except (TracerError, ValueError) as error:
        raise UsageError(str(error)) from None  # which IPython shows as one line
    try:
        result = shell.run_cell(cell)
    finally:
        block.__exit__(None, None, None)
    if options.name is not None:
        shell.user_ns[options.name] = block
    publish: Any = display.display
    publish(block)
    failed = result.error_before_exec or result.error_in_exec
    if failed is not None:
        _fail_in_silence(shell, failed)


def _awaits(shell: Any, cell: str) -> bool:
    """Tell whether a cell needs the loop that it would be run in, which is busy with this one."""
    try:
        return bool(shell.should_run_async(cell, transformed_cell=shell.transform_cell(cell)))
    except Exception:  # it is no Python, which is told where it is run
        return False


def _fail_in_silence(shell: Any, error: BaseException) -> NoReturn:
    """Let the cell fail with an error that has been shown already, as the cell alone would have shown it.

    So that what runs a notebook to its end stops here, too.
    """
    known, handler = shell.custom_exceptions, getattr(shell, "CustomTB", None)

    def shown(shell: Any, *_: object, **__: object) -> None:
        shell.custom_exceptions = known
        if handler is not None:
            shell.CustomTB = handler

    shell.set_custom_exc((type(error),), shown)
    raise error
