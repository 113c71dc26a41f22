import pytest

from tracer.figures.style.text import clean, exact_duration, joined, statements, unit_for, width_pt, wrap


def test_exact_durations_keep_their_digits():
    """An axis's offset is said in full."""
    assert exact_duration(12_300_400_000) == "12.3004 s"


@pytest.mark.parametrize(("ns", "unit"), [(1e3, "ns"), (1e6, "µs"), (1e9, "ms"), (3e9, "s"), (3600e9, "min")])
def test_axis_units(ns, unit):
    """From a microsecond to an hour."""
    assert unit_for(ns).symbol == unit


def test_names_are_cleaned():
    """Control characters go, what is too long keeps both of its ends."""
    assert clean("a\x00b\n c") == "a b c"
    assert clean("x" * 50 + "end", 20).endswith("xend")
    assert len(clean("x" * 50, 20)) == 20


def test_wrapping():
    """Lines fit the width and are about equally long; what does not fit ends in an ellipsis."""
    lines = wrap("one two three four five six", 10, 90, 2)
    assert len(lines) == 2
    assert all(width_pt(line, 10) <= 90 for line in lines)
    assert wrap("word " * 50, 10, 90, 2)[-1].endswith("…")


@pytest.mark.parametrize("width", range(60, 200, 7))
def test_no_line_ends_between_a_number_and_its_unit(width):
    """However wide the lines are."""
    lines = wrap("other programs took 60 % of the cores for 12.5 ms", 10, width, 20)
    assert " ".join(lines) == "other programs took 60 % of the cores for 12.5 ms"
    assert not any(line.startswith(("%", "ms")) for line in lines)


def test_statements_are_broken_between_them():
    """Where that takes no more lines; one that is longer than a line is broken within it."""
    line = joined(["one two three", "", "four five", "six seven eight"])
    assert line == "One two three; four five; six seven eight"
    assert statements(line, 10, 145, 3) == ["One two three; four five;", "six seven eight"]
    assert len(statements(joined(["one two three four five six"]), 10, 90, 3)) == 2
