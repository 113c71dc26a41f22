"""Slices on tracks: the order of their events, their depths, and what needs a track of its own."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tracer.export.nesting import OPEN, closed, events, inside_or_apart, overlaps, rows

INTERVALS = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 6)), max_size=14)


def columns(pairs: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
    """Starts and ends."""
    made = np.array(pairs, np.int64).reshape(-1, 2)
    return made[:, 0], made[:, 1]


def shown(pairs: list[tuple[int, int]], levels: list[int] | None = None) -> str:
    """The events as letters: a capital one begins a slice, a small one ends it."""
    start, end = columns(pairs)
    order, _ = events(start, end, np.array(levels or [0] * len(pairs)))
    return "".join(
        "Aa"[event % 2] if event < 2 else chr(ord("Aa"[event % 2]) + event // 2) for event in order
    )


def test_what_lies_within_begins_later_and_ends_earlier() -> None:
    """Whatever the order in which slices are given."""
    assert shown([(0, 10), (2, 5), (5, 8), (12, 20)]) == "ABbCcaDd"
    assert shown([(5, 8), (12, 20), (0, 10), (2, 5)]) == "CDdAacBb"


def test_what_begins_together_nests_by_its_length_then_by_level() -> None:
    """A task and its only phase have one extent: the phase lies within the task."""
    assert shown([(0, 4), (0, 10)]) == "BAab"
    assert shown([(0, 10), (0, 10)], [2, 1]) == "BAab"


def test_an_end_comes_before_what_begins_then() -> None:
    """A slice of no length is where it lies: after what ends there, within what goes on."""
    assert shown([(0, 5), (5, 9)]) == "AaBb"
    assert shown([(0, 5), (5, 5), (5, 9)]) == "AaCBbc"
    assert shown([(0, 9), (4, 4)]) == "ABba"


def test_what_was_not_seen_to_end_has_no_end() -> None:
    """And what is around it has none either."""
    assert shown([(0, int(OPEN)), (3, int(OPEN)), (4, 5)]) == "ABCc"


def stack_accepts(start: np.ndarray, end: np.ndarray, order: np.ndarray, depth: np.ndarray) -> None:
    """What a viewer does: a beginning is put on a stack, an end takes the last one off."""
    stack: list[int] = []
    last = -1
    for event in order.tolist():
        which = event // 2
        time = int((end if event % 2 else start)[which])
        assert time >= last
        last = time
        if event % 2:
            assert stack.pop() == which
        else:
            assert depth[which] == len(stack)
            stack.append(which)
    assert not stack


@given(INTERVALS)
def test_a_viewer_s_stack_gives_every_slice_its_own_end(pairs: list[tuple[int, int]]) -> None:
    """On each row that intervals of any kind are given, times go up and ends meet their beginnings."""
    start, length = columns(pairs)
    end = start + length
    row = rows(start, end, np.zeros(start.size, np.int64))
    for number in np.unique(row):
        here = row == number
        order, depth = events(start[here], end[here], np.zeros(int(here.sum()), np.int64))
        assert sorted(order.tolist()) == list(range(2 * int(here.sum())))
        stack_accepts(start[here], end[here], order, depth)


@given(INTERVALS)
def test_rows_that_do_not_nest_are_apart(pairs: list[tuple[int, int]]) -> None:
    """No two of one row have a time in common; each has the row that it asks for, or a later one."""
    start, length = columns(pairs)
    end, least = start + length, np.arange(start.size) % 2
    row = rows(start, end, least, nested=False)
    assert (row >= least).all()
    for number in np.unique(row):
        order = np.lexsort((end[row == number], start[row == number]))
        first, last = start[row == number][order], end[row == number][order]
        assert (first[1:] >= np.maximum.accumulate(last)[:-1]).all()


def test_an_overlap_gets_a_row_of_its_own_and_nothing_else_does() -> None:
    """The first comes first; what lies within another stays with it."""
    start, end = columns([(0, 10), (5, 15), (2, 4), (12, 20), (11, 12)])
    assert rows(start, end, np.zeros(5, np.int64)).tolist() == [0, 1, 0, 0, 0]


@given(INTERVALS)
def test_overlaps_are_found_in_each_place(pairs: list[tuple[int, int]]) -> None:
    """Compared with each of three stretches, by the words' meaning."""
    first, last = columns([(2, 4), (4, 7), (9, 12)])
    start, length = columns(pairs)
    end = start + length

    def partly(a: int, b: int, c: int, d: int) -> bool:
        return a < c < b < d or c < a < d < b

    wanted = [
        any(partly(a, b, c, d) for c, d in zip(first.tolist(), last.tolist(), strict=True))
        for a, b in zip(start.tolist(), end.tolist(), strict=True)
    ]
    assert overlaps(start, end, first, last).tolist() == wanted


def test_a_unit_lies_within_a_life_or_apart_from_all() -> None:
    """It may not be around one: the phases within it would meet it."""
    start, end = columns([(2, 4), (3, 9), (5, 6), (0, 3), (0, 12), (6, 8), (12, 14)])
    lives = columns([(2, 5), (6, 11)])
    assert inside_or_apart(start, end, *lives).tolist() == [True, False, True, False, False, True, True]
    nothing = columns([])
    assert inside_or_apart(start, end, *nothing).all()
    assert not overlaps(start, end, *nothing).any()


def test_an_open_slice_ends_where_the_next_one_begins_or_its_surroundings_end() -> None:
    """The last one of a thread stays open."""
    start, end = columns([(0, int(OPEN)), (5, 6), (7, int(OPEN))])
    assert closed(start, end).tolist() == [5, 6, OPEN]
    assert closed(start, end, [columns([(6, 9)])]).tolist() == [5, 6, 9]
    assert closed(start, end, [columns([(10, 12)])]).tolist() == [5, 6, 10]
