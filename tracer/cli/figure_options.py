"""The options of figures as those of a command: what each figure declares, and nothing of its own."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from tracer.cli import own_process
from tracer.errors import UsageError
from tracer.figures.options import AsText, Options, OptionsError, texts_of
from tracer.looks.themes import THEMES

if TYPE_CHECKING:
    from tracer.figures import FigureKind


def add_shared(parser: argparse._ActionsContainer, *names: str) -> None:
    """Add the options that every figure honours, or only those of these names."""
    for name, text in texts_of(Options).items():
        if not names or name in names:
            _add(parser, name, text)


def add_own(parser: argparse.ArgumentParser, kinds: Sequence[FigureKind[Any, Any]]) -> None:
    """Add the options that only some figures have, under the names of these."""
    groups: dict[str, argparse._ArgumentGroup] = {}
    for name, text in _own(kinds).items():
        owners = _owners(name, kinds)
        if owners not in groups:
            groups[owners] = parser.add_argument_group(f"options of {owners} alone")
        _add(groups[owners], name, text)


def _add(parser: argparse._ActionsContainer, name: str, text: AsText) -> None:
    if text.read is None:
        parser.add_argument(text.flag, dest=name, action="store_const", const=True, help=text.help)
        return
    metavar = text.metavar or (None if text.choices else text.flag.lstrip("-").upper())
    action = "append" if text.repeated else "store"
    parser.add_argument(
        text.flag, dest=name, metavar=metavar, choices=text.choices, help=text.help, action=action
    )


def _own(kinds: Iterable[FigureKind[Any, Any]]) -> dict[str, AsText]:
    shared = texts_of(Options)
    every = {name: text for kind in kinds for name, text in texts_of(kind.options).items()}
    return {name: text for name, text in every.items() if name not in shared}


def _owners(name: str, kinds: Iterable[FigureKind[Any, Any]]) -> str:
    return " and ".join(kind.title for kind in kinds if name in texts_of(kind.options))


def refuse_unused(
    arguments: argparse.Namespace,
    drawn: Sequence[FigureKind[Any, Any]],
    kinds: Sequence[FigureKind[Any, Any]],
) -> None:
    """Refuse an option that none of the figures that are drawn has. Raises UsageError."""
    usable = {name for kind in drawn for name in texts_of(kind.options)}
    for name, text in _own(kinds).items():
        if name not in usable and getattr(arguments, name) is not None:
            raise UsageError(f"{text.flag}: is for {_owners(name, kinds)} alone, and --draw asks for none")


def given(arguments: argparse.Namespace, kind: FigureKind[Any, Any]) -> dict[str, Any]:
    """Return the options of a figure that were given, by name. Raises UsageError."""
    result: dict[str, Any] = {}
    for name, text in texts_of(kind.options).items():
        said = getattr(arguments, name, None)
        if said is None:
            continue
        try:
            if text.read is None:
                result[name] = said
            else:
                result[name] = tuple(map(text.read, said)) if text.repeated else text.read(said)
        except ValueError as error:  # an OptionsError, or what `int` says
            raise UsageError(f"{text.flag}: {error}") from error
    if result.get("theme", "light") not in THEMES:
        kept = dict(os.environ)
        own_process.load_matplotlib()  # which reads the style sheet
        os.environ.clear()
        os.environ.update(kept)  # programs that are run inherit it
    try:
        kind.options(**result)  # now, before anything is run or read
    except OptionsError as error:
        raise UsageError(str(error)) from error
    return result
