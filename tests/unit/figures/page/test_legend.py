from dataclasses import replace

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.patches import Rectangle

from tests.support.traces import MS, US, child, main_process, pool_trace, task, trace, turns
from tracer.figures import GANTT
from tracer.figures.page.legend import MOST, SIZES_PT, chosen, entries, rows, widest
from tracer.figures.style.text import width_pt
from tracer.looks.palette import STYLE, Looks, ink_on
from tracer.looks.themes import HUES, THEMES


def legend(figure):
    return [text.get_text() for text in figure.texts if text.get_gid() == "legend"]


@pytest.mark.parametrize("plain", [False, True])
@pytest.mark.parametrize("workers", [1, 9, 10, 18, 19, 64, 128])
@pytest.mark.parametrize("theme", THEMES)
def test_no_two_workers_look_the_same(theme, workers, plain):
    """Colour and hatch together tell all workers apart, and each from what is no worker."""
    looks = Looks(workers, plain, THEMES[theme].hues)
    made = {looks(number) for number in range(1, workers + 1)}
    assert len(made) == workers
    assert looks(None) not in made
    assert not plain or not any(look.hatch for look in made)


@pytest.mark.parametrize(
    ("colour", "ink"), [("#0072B2", "#FFFFFF"), ("#777777", "#000000"), ("#F0E442", "#000000")]
)
def test_ink_is_the_one_with_more_contrast(colour, ink):
    """White on blue; black on a grey of luminance 0.18, just over which it has more, and on yellow."""
    assert ink_on(colour) == ink


def contrast(colour, ground):
    """Return the contrast ratio of WCAG 2."""
    shares = np.array([to_rgb(colour), to_rgb(ground)])
    linear = np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)
    low, high = sorted(linear @ [0.2126, 0.7152, 0.0722])
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_every_colour_is_seen_on_its_ground(theme):
    """What runs and all text stand out; no kind of bar is lost, by its colour or by its hatch's."""
    assert contrast(theme.fill(STYLE["run"]), theme.panel) >= 3
    assert min(contrast(text, theme.panel) for text in (theme.text, theme.faint, theme.accent)) >= 4.5
    for kind in STYLE.values():
        if not kind.line:
            marks = [theme.fill(kind), *([theme.ink(kind)] if kind.hatch else [])]
            assert max(contrast(mark, theme.panel) for mark in marks) >= 1.15, kind


@pytest.mark.parametrize("workers", [18, 64])
def test_no_worker_is_lost_on_a_dark_ground(workers):
    """Workers' colours are lighter there: each has a contrast of 2 at least."""
    looks = Looks(workers, hues=THEMES["dark"].hues)
    for number in range(1, workers + 1):
        assert contrast(looks(number).colour, THEMES["dark"].panel) >= 2


def test_hatches_mean_one_thing():
    """They tell the second nine workers from the first, or which runs moved, never both."""
    first, second = Looks(18)(1), Looks(18)(1 + len(HUES.workers))
    assert (first.colour, first.hatch) == (second.colour, "")
    assert second.hatch
    rows = [task(n, n + 1, n * MS, (n + 1) * MS, 0, core_start=0, core_end=n % 2) for n in range(12)]
    people = [main_process(), *(child(n + 1, 0, US, 13 * MS) for n in range(12))]
    figure = GANTT.draw(trace(rows, people, affinity=[0, 1]))
    hatched = {a.get_gid() for a in figure.axes[1].collections if a.get_hatch()}
    assert hatched == {f"core-moved-{n + 1}" for n in range(1, 12, 2)}


def test_the_chips_are_the_key_to_the_cores():
    """Beside the lane of each of 64 workers is a chip of the colour of its bars on the cores."""
    figure = GANTT.draw(turns(64, 4, MS))
    (chips,) = [a for a in figure.axes[0].collections if a.get_gid() == "chips"]
    drawn = {tuple(colour) for colour in np.round(chips.get_facecolors(), 4)}
    bars = {
        tuple(np.round(a.get_facecolor()[0], 4))
        for a in figure.axes[1].collections
        if (a.get_gid() or "").startswith("core-") and a.get_gid() != "core-other-program"
    }
    assert len(drawn) == 64
    assert bars == drawn


def test_kinds_that_belong_together_share_an_entry():
    """Start-up is one entry of three swatches in the order of time, each part named."""
    parts = {"prepare": 1.0, "call": 2.0, "interpreter": 3.0}
    (start_up,) = entries(parts, whole=True)
    assert [kind.name for kind in start_up.kinds] == ["call", "interpreter", "prepare"]
    assert start_up.label == "start-up: call, process, set-up"
    (part,) = entries({"prepare": 1.0}, whole=True)
    assert part.label == "start-up: set-up"
    (start_up,) = entries(parts, whole=False)
    assert (start_up.label, start_up.weight, len(start_up.kinds)) == ("starts up", 6.0, 3)


def test_every_kind_has_an_entry():
    """Nothing that can be drawn is left out of a whole legend, nor has an audience no words for it."""
    every = dict.fromkeys(STYLE, 1.0)
    for whole in (True, False):
        made = entries(every, whole)
        assert {kind.name for entry in made for kind in entry.kinds} == set(STYLE)
        assert all(entry.label for entry in made)


def test_an_audience_reads_six_entries_at_most():
    """Those that cover most, what went wrong however small, and what the title is about; in order."""
    areas = {kind: 100.0 + place for place, kind in enumerate(STYLE)} | {
        "lost": 0.0,
        "pickle": 0.0,
        "run": 900.0,
    }
    made = entries(areas, False, about=("pickle",))
    shown = chosen(made, MOST)
    assert len(shown) == MOST
    assert [entry for entry in made if entry in shown] == shown
    names = {kind.name for entry in shown for kind in entry.kinds}
    assert {"error", "lost", "unfinished", "died", "pickle"} < names
    assert {"run"} == names - {"error", "lost", "unfinished", "died", "pickle", "unpickle", "pipe", "deliver"}
    assert chosen(made, None) == made


def test_the_room_of_a_legend_holds_what_is_chosen():
    """Whatever that is: the longest labels that there can be fit into it."""
    made = entries(dict.fromkeys(STYLE, 1.0), False)
    longest = rows(widest(made, MOST), 916.0)[1]
    for first in range(len(made) - MOST + 1):
        assert len(rows(made[first : first + MOST], 916.0)[1]) <= len(longest)


def test_what_cannot_be_seen_is_not_in_the_legend():
    """Pickling of microseconds in a run of a second has no entry; of tens of milliseconds it has."""
    short, long = (pool_trace(2, 4, 500 * MS, step_ns=step) for step in (US, 20 * MS))
    assert not [label for label in legend(GANTT.draw(short, detail=True)) if "pickle" in label]
    assert "pickle, unpickle" in legend(GANTT.draw(long, detail=True))
    assert "data: pickled, unpickled, in the pipe, delivered" in legend(GANTT.draw(long))


def test_what_went_wrong_is_in_the_legend_however_small():
    """One task of a microsecond that raised, in a second of others."""
    made = pool_trace(2, 4, 500 * MS)
    tasks = made.tasks.copy()
    tasks.loc[3, "status"] = "error"
    tasks.loc[3, "run_end"] = int(tasks.loc[3, "run_start"]) + US
    made = replace(made, tasks=tasks)
    assert "run, raised" in legend(GANTT.draw(made, zoom=False, detail=True))
    assert "raised an exception" in legend(GANTT.draw(made, zoom=False))


def test_rows_fit_and_are_as_few_as_can_be():
    """All kinds there are take the fewest rows; a few take one, in the largest size that fits."""
    every = entries(dict.fromkeys(STYLE, 1.0), whole=True)
    size, lines = rows(every, 900.0)
    assert [entry for line in lines for entry in line] == every
    for line in lines:
        assert sum(width_pt(entry.label, size) + 20 for entry in line) <= 900
    assert rows(every[:3], 900.0) == (SIZES_PT[0], [every[:3]])


def test_every_swatch_is_a_kind_of_its_own():
    """No two swatches of a legend look the same."""
    swatches = [
        p for p in GANTT.draw(pool_trace()).patches if isinstance(p, Rectangle) and p.get_gid() == "swatch"
    ]
    assert len({(p.get_facecolor(), p.get_hatch()) for p in swatches}) == len(swatches)


def stopped(runq_ns):
    """One task of 10 ms that holds a core for the first 2 ms and the last 3, blocked between; its delay."""
    held = {"core": 0, "process": 1, "pid": 4001, "tid": 4001}
    slices = [
        held | {"start": 0, "end": 2 * MS, "reason": "blocked"},
        held | {"start": 7 * MS, "end": 10 * MS, "reason": "exited"},
    ]
    people = [main_process(0, 10 * MS), child(1, 0, 0, 10 * MS)]
    rows = [task(0, 1, 0, 10 * MS, 0, runq_ns=runq_ns)]
    return trace(rows, people, slices=slices, core_source="kernel", affinity=[0])


@pytest.mark.parametrize(
    ("runq_ns", "label", "note"),
    [
        (0, "no core: blocked", None),
        (2 * MS, "no core: blocked or woken", "Of 5 ms blocked or woken, 2 ms waited for a core"),
        (None, "no core: blocked or woken", "Woken (not on a core yet) is not told apart from blocked"),
    ],
)
def test_blocked_is_said_only_where_it_is_known(runq_ns, label, note):
    """A woken thread that has no core yet is not called blocked; how long that was is said if measured."""
    figure = GANTT.draw(stopped(runq_ns), detail=True)
    (notes,) = [text.get_text() for text in figure.texts if text.get_gid() == "notes"]
    assert label in legend(figure)
    assert note is None or notes.startswith(note)
    assert ("oken" in notes) == (note is not None)


def test_other_lanes_do_not_count_as_woken():
    """With lanes chosen, only the delay of the tasks on them is compared with what is drawn of them."""
    made = stopped(0)
    tasks = made.tasks.copy()
    tasks.loc[1] = tasks.loc[0]
    tasks.loc[1, ["task", "process", "worker_tid", "runq_ns"]] = [1, 2, 4002, 9 * MS]
    processes = trace(
        (), [main_process(0, 10 * MS), child(1, 0, 0, 10 * MS), child(2, 0, 0, 10 * MS)]
    ).processes
    figure = GANTT.draw(replace(made, tasks=tasks, processes=processes), lanes=("W1",), detail=True)
    assert "no core: blocked" in legend(figure)
