"""What a program that is started must know to join the trace, and how it goes with it: in its environment.

    traced process ──fork, exec──► any program ──► … ──► Python: instrument/site takes it out, and joins
                     PYTHONPATH=<instrument/site>:…  _TRACER_RUN={which folder, whose child}

It is in no environment but those of programs that are being started: `os.environ` here, and in a Python that
has joined, is as it would be. A Python that cannot join (too old, another user's, the trace is over) takes it
out and goes on.
"""

from __future__ import annotations

import os

from tracer.record import schema, session
from tracer.record.standard import PACKAGE, ROOT, load

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    Pairs = list[bytes]
    """An environment: `NAME=value` each."""

VARIABLE = "_TRACER_RUN"
SITE = os.path.join(PACKAGE, "instrument", "site")
_WORD_BYTES = 9  # that each word costs beside itself
_MARK, _PATH = VARIABLE.encode() + b"=", b"PYTHONPATH="


def joining() -> session.Session | None:
    """Return the session of this process, if programs that it starts are to join."""
    current = session.current
    return None if current is None or current.plan.get("named_only") else current


def with_run(environment: Pairs, run: dict[str, Any]) -> Pairs:
    """Return an environment in which a Python finds `run`; the same, where that has another trace in it."""
    if any(pair.startswith(_MARK) for pair in environment):
        return environment
    path = next((pair[len(_PATH) :] for pair in environment if pair.startswith(_PATH)), None)
    site = os.fsencode(SITE)
    ours = _PATH + (site + os.pathsep.encode() + path if path else site)
    placed = [ours if pair.startswith(_PATH) else pair for pair in environment]
    if path is None:
        placed.append(ours)
    # What it was is left when ours is taken out of it again. (Python 2 knows no literal of true.)
    run = {**run, "root": ROOT, "pythonpath": None if path is None else 1}
    return [*placed, _MARK + ascii(run).encode()]


def own_environment() -> Pairs:
    """Return the environment that a program would inherit; `os.environ` lacks what a library in C has set."""
    global _read_environment
    if _read_environment is None:
        _read_environment = _environment_reader()
    return _read_environment()


_read_environment: Callable[[], Pairs] | None = None


def _environment_reader() -> Callable[[], Pairs]:
    try:
        ctypes = load("_ctypes")

        class Text(ctypes._SimpleCData):  # type: ignore[misc, name-defined]
            _type_ = "z"

        class Texts(ctypes._Pointer):  # type: ignore[misc, name-defined]
            _type_ = Text

        class Library:
            _handle = ctypes.dlopen(None, 0)

        variables = Texts.in_dll(Library(), "environ")
    except (ImportError, AttributeError, OSError, ValueError, TypeError):
        return _known_environment

    def read() -> Pairs:
        pairs: Pairs = []
        while variables and (pair := variables[len(pairs)]) is not None:
            pairs.append(pair)
        return pairs

    return read


def _known_environment() -> Pairs:
    return [name + b"=" + value for name, value in os.environb.items()]


def is_cleared(names: set[bytes]) -> bool:
    """Tell whether a program gives one that it starts an environment of its own: not half of what it has."""
    own = os.environb
    return 2 * sum(name in names for name in own) < len(own)


def names_of(environment: Pairs) -> set[bytes]:
    """Return the names of the variables."""
    return {pair.partition(b"=")[0] for pair in environment}


def for_pairs(environment: Pairs | None, words: Any, run: dict[str, Any]) -> Pairs | None:
    """Return the environment that a program is given, with `run` in it where that is of use.

    `words` are its arguments; None for an environment is that of this process.
    """
    try:
        plain = [os.fsencode(word) for word in words]
        if _is_apart(plain) or (environment is not None and is_cleared(names_of(environment))):
            return environment
        given = own_environment() if environment is None else environment
        # There is a limit to what a program can be given, which ours must not be the last straw to.
        room = sum(map(len, (*plain, *given))) + _WORD_BYTES * (len(plain) + len(given)) < _most_bytes()
        return with_run(given, run) if room else environment
    except Exception:  # it is of no form that a program could be started with; or of another than it was
        return environment


def for_mapping(
    environment: Mapping[Any, Any] | None, words: Any, run: dict[str, Any]
) -> dict[bytes, bytes] | None:
    """Return the same for `os.execve` and its like, None where what they are given is to be left alone.

    What they would refuse is left for them to refuse.
    """
    try:
        pairs = None
        if environment is not None:
            pairs = [os.fsencode(key) + b"=" + os.fsencode(environment[key]) for key in environment]
            if any(b"=" in os.fsencode(key) for key in environment):
                return None
        given = for_pairs(pairs, words, run)
    except Exception:
        return None
    if given is None or given is pairs:
        return None
    return {key: value for key, _, value in (one.partition(b"=") for one in given)}


def _most_bytes() -> int:
    return os.sysconf("SC_ARG_MAX") // 2


def _is_apart(words: Pairs) -> bool:
    """Tell whether a program is a Python that is told to read nothing of its environment (-E, -I, -S)."""
    if not words or not os.path.basename(words[0]).startswith(b"python"):
        return False
    options = iter(words[1:])
    for word in options:
        if word in (b"-W", b"-X"):
            next(options, None)
            continue
        if word[:1] != b"-" or word[:2] in (b"-c", b"-m", b"--"):
            return False
        if word[:2] not in (b"-W", b"-X") and set(word[1:]) & set(b"EIS"):
            return True
    return False


def birth_of(current: session.Session, name: object) -> tuple[int, dict[str, Any]]:
    """Enter a program that is about to be started; return its birth, and the run that it finds."""
    child = {"name": session.shorten(name), "role": schema.SUBPROCESS, "start_method": schema.SUBPROCESS}
    birth = current.ticket_for(child, None)["identity"]["birth"]
    current.child_event(birth[1], schema.START_CALLED)
    return birth[1], {"join": current.plan["folder"], "birth": birth}


def basename(words: Any) -> str:
    """Return the name by which a program is called, without its folder; `words` are its arguments."""
    try:
        return os.path.basename(os.fsdecode(words[0])) or "program"
    except (TypeError, ValueError, LookupError):
        return "program"
