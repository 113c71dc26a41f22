"""The environment of a program that is started: what is put into it, and where it is left alone."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.support.programs import REPOSITORY
from tracer.instrument import joining
from tracer.instrument.core import handing_on

RUN = {"join": "/journals", "birth": ["1-a", 3]}
SITE = os.fsencode(handing_on.SITE)
WORDS = [b"/usr/bin/python3", b"x.py"]


def own(**changes: str) -> list[bytes]:
    """Return the environment of this process, as a program is given it, with changes."""
    return [os.fsencode(f"{key}={value}") for key, value in {**os.environ, **changes}.items()]


def path_in(environment: list[bytes]) -> list[bytes]:
    """Return what an environment says of PYTHONPATH."""
    return [pair.partition(b"=")[2] for pair in environment if pair.startswith(b"PYTHONPATH=")]


@pytest.mark.parametrize(("before", "after"), [([], SITE), ([b""], SITE), ([b"/a:/b"], SITE + b":/a:/b")])
def test_our_folder_is_the_first_of_the_path(before: list[bytes], after: bytes) -> None:
    """An empty PYTHONPATH is none: an empty entry would be the working folder."""
    environment = [b"A=1", *(b"PYTHONPATH=" + path for path in before)]
    given = handing_on.with_run(environment, RUN)
    assert path_in(given) == [after]
    assert given[0] == b"A=1"
    (text,) = [pair.partition(b"=")[2] for pair in given if pair.startswith(b"_TRACER_RUN=")]
    run = eval(text)
    assert run["birth"] == ["1-a", 3]
    assert (run["pythonpath"] is None) == (not before)


def test_another_trace_is_left_alone() -> None:
    """An environment that has a run in it already is `tracer run`'s own: nothing is put in its place."""
    environment = own(_TRACER_RUN="{}")
    assert handing_on.for_pairs(environment, WORDS, RUN) is environment


def test_an_environment_that_was_cleared_is_left_alone() -> None:
    """With less than half of the variables of this process; one that was added to is none."""
    few = own()[:1]
    assert handing_on.for_pairs(few, WORDS, RUN) is few
    assert handing_on.for_mapping({}, WORDS, RUN) is None
    assert path_in(handing_on.for_pairs(own(MORE="1"), WORDS, RUN) or [])[0].startswith(SITE)


@pytest.mark.parametrize(
    ("words", "apart"),
    [
        (["python3", "-I", "x.py"], True),
        (["/usr/bin/python3.12", "-sE", "-m", "x"], True),
        (["python", "-W", "error", "-S", "x.py"], True),
        (["python", "-Werror::SyntaxWarning", "x.py"], False),
        (["python", "-c", "-I"], False),
        (["python", "x.py", "-I"], False),
        (["ls", "-I"], False),
        ([], False),
    ],
)
def test_a_python_that_reads_no_environment_is_left_alone(words: list[str], apart: bool) -> None:
    """With -E, -I or -S it would not take our variables away; another program's options are its own."""
    environment = own()
    given = handing_on.for_pairs(environment, words, RUN)
    assert (given is environment) == apart


def test_what_cannot_be_given_is_left_to_be_refused() -> None:
    """A name with an equals sign, a value that is no text, words that are none: nothing is raised here."""
    assert handing_on.for_mapping({**os.environ, "A=B": "1"}, WORDS, RUN) is None
    assert handing_on.for_mapping({**os.environ, "A": 1}, WORDS, RUN) is None
    assert handing_on.for_mapping(None, [object()], RUN) is None
    assert handing_on.basename([3]) == handing_on.basename([]) == "program"


def test_a_program_with_very_much_to_read_gets_no_more() -> None:
    """There is a limit to arguments and environment together."""
    environment = own()
    huge = [b"python3", b"x" * (os.sysconf("SC_ARG_MAX") // 2)]
    assert handing_on.for_pairs(environment, huge, RUN) is environment


def test_the_own_environment_is_the_one_that_a_program_would_inherit() -> None:
    """Also what a library in C has set; a value with an equals sign is whole."""
    code = (
        "import os; from tracer.instrument.core import handing_on as h; os.putenv('IN_C', 'a=b');"
        "found = h.own_environment(); assert b'IN_C=a=b' in found, found; assert 'IN_C' not in os.environ;"
        "rest = dict(one.split(b'=', 1) for one in found if not one.startswith(b'IN_C'));"
        "assert rest == dict(os.environb)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (["python", "/a/b/run.py", "-m"], "run.py"),
        (["python", "-m", "pkg.mod", "x"], "-m pkg.mod"),
        (["python", "-mpkg"], "-m pkg"),
        (["python", "-X", "dev", "-W", "error", "folder/"], "folder"),
        (["python", "-Bc", "print()"], "python -c"),
        (["python", "-"], "-"),
        (["python"], "python"),
    ],
)
def test_a_process_that_joins_is_named_after_what_it_runs(
    monkeypatch: pytest.MonkeyPatch, words: list[str], name: str
) -> None:
    """The script's file, the module, or that it was a command."""
    monkeypatch.setattr(sys, "orig_argv", words)
    assert joining.program() == name
