"""`sweep` on the command line: what is varied, what is the program's, and bad input."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tracer.cli.main import main
from tracer.cli.repeated_runs import Plan, Way, prepare
from tracer.cli.scenarios import find_scenario, read_scenario
from tracer.cli.swept_setting import read_values, split, take_setting
from tracer.errors import TracerError, UsageError


@pytest.mark.parametrize(
    ("words", "own", "swept", "program"),
    [
        ("chunksize --workers 1,2", "chunksize --workers 1,2", None, ""),
        ("--option --n 1,2 -- a.py --x", "", ("--option", "--n", (1, 2)), "a.py --x"),
        ("--option --n= 1,2 a.py --out b", "", ("--option", "--n=", (1, 2)), "a.py --out b"),
        ("--env W 2,1 --repeat 5 -m mod -q", "--repeat 5", ("--env", "W", (2, 1)), "-m mod -q"),
        ("--out d --env W 1,2 -- --odd.py", "--out d", ("--env", "W", (1, 2)), "--odd.py"),
    ],
)
def test_the_program_is_told_from_the_tracers_own(
    words: str, own: str, swept: tuple[str, str, tuple[int, ...]] | None, program: str
) -> None:
    """The program begins after `--`, or at the first word that is no option once something is swept."""
    found, varied, rest = split(words.split())
    assert (found, rest) == (own.split(), program.split())
    assert (None if varied is None else (varied.how, varied.name, varied.values)) == swept


def test_the_first_option_with_a_list_is_swept() -> None:
    """It is taken out, in both ways of writing it; the scenario's other options stay."""
    scenario = read_scenario(find_scenario("chunksize"))
    rest, swept = take_setting(["chunksize", "--tasks", "9", "--workers", "1,2", "--out", "d"], scenario)
    assert rest == ["chunksize", "--tasks", "9", "--out", "d"]
    assert swept is not None
    assert (swept.name, swept.values) == ("--workers", (1, 2))
    rest, swept = take_setting(["chunksize", "--work-ms=1,0.5"], scenario)
    assert rest == ["chunksize"]
    assert swept is not None
    assert swept.values == (1.0, 0.5)
    assert all(isinstance(value, float) for value in swept.values)
    assert take_setting(["chunksize", "--tasks", "9"], scenario)[1] is None


def test_values_are_numbers_each_once() -> None:
    """In the order in which they are given."""
    assert read_values("--n", "4,1, 2,1,") == (4, 1, 2)
    assert read_values("--n", "0.5,-1") == (0.5, -1)
    for wrong in ("", "1", "1,1", "1,nan", "1,inf", f"1,{'9' * 400}"):
        with pytest.raises(UsageError, match="--n"):
            read_values("--n", wrong)


def test_values_that_are_not_all_numbers_are_names() -> None:
    """As they were written; a scenario's option says itself what it takes."""
    assert read_values("--n", "spawn, fork,fork") == ("spawn", "fork")
    assert read_values("--n", "auto,1,2.0") == ("auto", "1", "2.0")
    scenario = read_scenario(find_scenario("pool"))
    _, swept = take_setting(["pool", "--start-method", "fork,spawn"], scenario)
    assert swept is not None
    assert swept.values == ("fork", "spawn")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("", "name a scenario"),
        ("nosuch --workers 1,2", "no scenario 'nosuch'"),
        ("chunksize", "give an option of chunksize"),
        ("chunksize --workers 1", "one of --workers, --tasks, --chunksize, --work-ms"),
        ("chunksize --workers 1,x", "'x' is no number"),
        ("chunksize --workers 1,2.5", "whole numbers only"),
        ("pool --start-method fork,knife", "no choice 'knife', choose from fork, forkserver, spawn"),
        ("pool --start-method fork,fork", "two values or more"),
        ("pool --workers 1,2 --tasks 1,2", "one setting is swept at a time"),
        ("--env A=B 1,2 -- a.py", "leave the = away"),
        ("chunksize --workers 1,2 --repeat 0", "--repeat 0"),
        ("chunksize --workers 1,2 -- a.py", "takes no program"),
        ("--option --n 1,2", "name the program last"),
        ("--option --n 1,2 -- -m", "name the program last"),
        ("--option --n 1,2 -- nowhere.py", "no such script"),
        ("--option --n", "takes a name and values"),
        ("--option --n 1,2 --env N 1,2 -- a.py", "one setting is swept at a time"),
    ],
)
def test_wrong_usage_is_one_line(words: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 2, a line that says what to do, and nothing is run or written."""
    assert main(["sweep", *words.split()]) == 2
    shown = capsys.readouterr()
    assert (shown.out, shown.err.count("\n")) == ("", 1)
    assert said in shown.err


def test_help_shows_the_scenarios_options(capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever is swept."""
    with pytest.raises(SystemExit, match="0"):
        main(["sweep", "chunksize", "--help"])
    assert "--work-ms" in capsys.readouterr().out


def test_each_value_has_a_folder_of_its_own() -> None:
    """Named like the value; what a file's name cannot hold is replaced, and its place tells it apart."""
    values = ["fork", "a/b", "a_b", "../..", "\x1b[31m", "x" * 300]
    plan = Plan("a", "run a.py", "--n", {value: Way([], []) for value in values})
    names = [plan.folder(value, 1) for value in values]
    assert names[:4] == ["fork-1", "a_b~2-1", "a_b-1", ".._..~4-1"]
    assert len({*names}) == len(values)
    assert all("/" not in name and name.isprintable() and len(name) < 60 for name in names)
    assert plan.folder(2, 3) == "2-3"


PLAN = Plan("a", "run a.py", "--n", {1: Way([], []), 2: Way([], [])})


def test_only_runs_of_the_same_sweep_are_taken_away(tmp_path: Path) -> None:
    """What an earlier one listed goes, what is someone else's stays."""
    (tmp_path / "runs" / "1-1").mkdir(parents=True)
    (tmp_path / "runs" / "mine").mkdir()
    (tmp_path / "sweep.json").write_text(
        json.dumps({"command": PLAN.title, "runs": [{"folder": "runs/1-1"}, {"folder": "runs/.."}]})
    )
    prepare(tmp_path, PLAN, False)
    assert [path.name for path in (tmp_path / "runs").iterdir()] == ["mine"]


def test_a_folder_that_holds_something_else_is_refused(tmp_path: Path) -> None:
    """Another sweep, other files, or no folder at all; `--force` writes beside them."""
    (tmp_path / "notes").write_text("")
    with pytest.raises(TracerError, match="something else than a sweep"):
        prepare(tmp_path, PLAN, False)
    (tmp_path / "sweep.json").write_text(json.dumps({"command": "sweep b", "runs": []}))
    with pytest.raises(TracerError, match="holds 'sweep b'"):
        prepare(tmp_path, PLAN, False)
    prepare(tmp_path, PLAN, True)
    assert (tmp_path / "notes").exists()
    with pytest.raises(TracerError, match="not a folder"):
        prepare(tmp_path / "notes", PLAN, True)
