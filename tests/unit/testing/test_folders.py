"""Names of tests as names of folders."""

from __future__ import annotations

import pytest

from tracer.testing.folders import Folders

TESTS = [
    "tests/unit/test_a.py::TestIt::test_b[1-two]",
    "test_a.py::test[../../etc/passwd]",
    "test_a.py::test[a b\\x00<>|:*?]",
    "test_ä.py::test_ß[日本語]",
    "test_a.py::test[" + "x" * 400 + "]",
    "test_a.py::test[" + "語" * 200 + "]",
    "....",
    "",
    "test_\udc80.py::test",
]


@pytest.mark.parametrize("test", TESTS)
def test_a_name_is_one_safe_part_of_a_path(test: str) -> None:
    """No separator, no hidden folder, no parent; short enough for any file system; the same each time."""
    name = Folders().name(test)
    assert name == Folders().name(test)
    assert 0 < len(name.encode("utf-8")) <= 130
    assert not name.startswith((".", "-"))
    assert not set(name) & set("/\\\0<>|:*? [](){}")


def test_a_name_can_be_read() -> None:
    """Folder, file, class, test and parameters, in their order."""
    assert Folders().name(TESTS[0]) == "tests-unit-test_a-TestIt-test_b-1-two"


def test_no_two_tests_have_the_same() -> None:
    """Also where a file system does not tell a capital letter; and one test keeps its own."""
    folders = Folders()
    same = ["a.py::t[1/2]", "a.py::t[1-2]", "A.py::t[1-2]", "a.py::t[1/2]"]
    names = [folders.name(test).casefold() for test in same]
    assert names[0] == names[3]
    assert len(set(names)) == 3
