"""One command on one folder, and whether what it says is an answer: a clean line, or what is true."""

from __future__ import annotations

import contextlib
import io
import json
import re
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from tracer import run_folder
from tracer.cli.main import main
from tracer.errors import TracerError
from tracer.tables import contract
from tracer.tables.tables import Tables

NO_NUMBER = re.compile(r"\b(nan|NaN|inf|Infinity|NaT|None)\b|<NA>|Traceback|Warning")
CHANGES = (
    *("--workers 3", "--workers 1 --json", "--cores 1", "--chunksize 2", "--chunksize 1000000"),
    *("--threads", "--processes", "--longest-first", "--shared-results", "--shared-args"),
)
COMMANDS = (
    *[("diagnose",)] * 12,
    *[("diagnose", "--json")] * 20,
    *[("whatif", *words.split()) for words in CHANGES] * 2,
    ("compare", "--json"),
    ("figure", "--format", "svg"),
    ("figure", "--format", "svg", "--critical-path"),
    ("figure", "--format", "svg", "--draw", "account,phases"),
)
"""Drawing takes ten times as long as the others: it has its turn less often."""


@dataclass(frozen=True)
class Outcome:
    """What came of it: "refused" in one line, "answered", or "failed" and why."""

    kind: str
    why: str = ""


def answer(random: Random, run: Path, other: Path, trace: Tables | None = None) -> Outcome:
    """Ask a command about the run (and compare it with `other`, which is whole).

    `trace` is what would be read from its folder, where that need not be written and read for it.
    """
    words = random.choice(COMMANDS)
    try:
        read = _read(run) if trace is None else _examined(trace)
        if isinstance(read, Outcome):
            return read
        with _known(run, read):
            beside = [str(other), "--out", str(run)] if words[0] == "compare" else []
            return ask([words[0], str(run), *beside, *words[1:]])
    except Exception as error:
        where = traceback.extract_tb(error.__traceback__)
        ours = [frame for frame in where if "/tracer/" in frame.filename] or list(where)
        place = f"{ours[-1].filename.rpartition('/tracer/')[2]}:{ours[-1].lineno}"
        return Outcome("failed", f"{place}: {type(error).__name__}: {str(error)[:120]}  [{' '.join(words)}]")


def _read(run: Path) -> Tables | Outcome:
    """Read the run as the commands do: what comes through keeps the contract, whatever it was made of."""
    try:
        trace = run_folder.load(run)
    except TracerError as error:
        fine = "\n" not in str(error) and len(str(error)) < 2000
        return Outcome("refused") if fine else Outcome("failed", f"no line: {str(error)[:100]!r}")
    breach = None if (run / "trace").is_dir() else contract.refusal(trace)  # of tables it was asked just now
    if breach is not None:
        return Outcome("failed", f"load: {breach.table} {breach.column} {breach.what}")
    return trace


def _examined(trace: Tables) -> Tables | Outcome:
    """Hold a trace against the contract, as is done with one that is read from tables."""
    return trace if contract.refusal(trace) is None else Outcome("refused")


@contextlib.contextmanager
def _known(run: Path, trace: Tables) -> Iterator[None]:
    """Let the command have the trace that was read already: reading it again tells nothing new."""
    load = run_folder.load
    run_folder.load = lambda path: trace if Path(path) == run else load(path)
    try:
        yield
    finally:
        run_folder.load = load


def ask(words: list[str]) -> Outcome:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(words)
    said = out.getvalue() + err.getvalue()
    asked = " ".join([words[0], *words[2:]])
    if found := NO_NUMBER.search(said):
        return Outcome(
            "failed", f"{asked}: says {found[0]}: {said[max(found.start() - 60, 0) : found.end() + 20]!r}"
        )
    if code:
        line = err.getvalue()
        if (
            code not in (1, 2)
            or line.count("\n") != 1
            or not line.startswith("tracer: ")
            or "internal" in line
        ):
            return Outcome("failed", f"{asked}: ends with {code}, {line[-200:]!r}")
        return Outcome("refused")
    if "--json" in words:
        wrong = _untrue(json.loads(out.getvalue(), parse_constant=_no_constant))
        return Outcome("failed", f"{asked}: {wrong}") if wrong else Outcome("answered")
    return Outcome("answered")


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} in JSON")


def _untrue(said: Any) -> str:
    """Say what cannot be: shares beyond 0 to 1, times below 0, an account that does not add up."""
    if not isinstance(said, dict):
        return ""
    for one in said.get("findings", []):
        if not 0 <= one["share"] <= 1 or one["seconds"] < 0:
            return f"finding {one['code']}: {one['share']} of the makespan, {one['seconds']} s"
    for lane in said.get("account", []):
        spent = lane["spent_ns"].values()
        if lane["wall_ns"] < 0 or any(value < 0 for value in spent) or sum(spent) > lane["wall_ns"] + 10:
            return f"account: {sum(spent)} of {lane['wall_ns']} ns in {lane}"
    for key in ("predicted_seconds", "measured_seconds"):
        if said.get(key) is not None and said[key] < 0:
            return f"{key} is {said[key]}"
    return ""
