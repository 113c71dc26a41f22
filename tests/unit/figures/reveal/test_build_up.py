"""A figure built up step by step, in time, or with a part that stands out: its frame never moves."""

from __future__ import annotations

import copy
import io
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.image import imread
from numpy.typing import NDArray
from PIL import Image

from tests.support.traces import MS, US, child, main_process, pool_trace, task, trace, turns
from tracer.cli.main import main
from tracer.figures import ACCOUNT, GANTT, png, save
from tracer.figures.reveal.animation import LAST_MS, PICTURES
from tracer.figures.reveal.build_up import build_up_of
from tracer.figures.reveal.marks import PALE
from tracer.tables import store
from tracer.tables.tables import Tables

Pixels = NDArray[Any]
SMALL = {"size_px": (960, 540)}


def steps_of(figure: Figure, folder: Path) -> list[Pixels]:
    """The pictures of the steps, from files."""
    paths = save(figure, folder, formats=["png"], steps=True)
    assert [path.name for path in paths] == [f"gantt-{number}.png" for number in range(1, len(paths) + 1)]
    return [imread(path) for path in paths]


def in_panels(figure: Figure) -> NDArray[np.bool_]:
    """The pixels that lie in any panel, with the width of a line around it."""
    width, height = figure.canvas.get_width_height()
    inside = np.zeros((height, width), np.bool_)
    for ax in figure.axes:
        box = ax.get_window_extent()
        inside[int(height - box.y1) - 2 : int(height - box.y0) + 3, int(box.x0) - 2 : int(box.x1) + 3] = True
    return inside


MADE = {
    "a pool": pool_trace(),
    "slices": turns(4, 40, MS),
    "magnified": trace(
        [task(n, 1, 40 * MS + n * 100 * US, 40 * MS + n * 100 * US + 4 * US, 8 * US) for n in range(5)],
        [main_process(), child(1, 0, 35 * MS, 60 * MS)],
    ),
}


@pytest.mark.parametrize("name", ["slices", "magnified"])
def test_steps_have_one_frame(name: str, tmp_path: Path) -> None:
    """Not one pixel outside of the panels differs; the last step is the figure, the first has no mark."""
    figure = GANTT.draw(MADE[name], **SMALL)
    pictures = steps_of(figure, tmp_path)
    (whole,) = save(figure, tmp_path, formats=["png"])
    assert np.array_equal(pictures[-1], imread(whole))
    assert len(pictures) > 2
    outside = ~in_panels(figure)
    assert all(np.array_equal(one[outside], pictures[0][outside]) for one in pictures)
    changed = [(one != pictures[0]).any(axis=2).sum() for one in pictures]
    assert changed == sorted(changed)
    assert len(set(changed)) == len(changed)


def test_a_lane_comes_whole_and_alone(tmp_path: Path) -> None:
    """With its bars as in the whole figure; the lanes below it are still as in the frame."""
    figure = GANTT.draw(pool_trace(4, 8), **SMALL)
    pictures = steps_of(figure, tmp_path)
    ax = figure.axes[0]
    height = figure.canvas.get_width_height()[1]
    middles = [height - ax.transData.transform((0, y))[1] for y in ax.get_yticks()]
    left, right = (int(edge) for edge in ax.get_window_extent().intervalx)
    worker = 3  # main and its two handlers are above
    for step, shown in ((2, middles[: worker + 1]), (4, middles[: worker + 3])):
        for y in middles:
            row = slice(int(y) - 2, int(y) + 2), slice(left + 2, right - 2)
            same = pictures[-1] if y in shown else pictures[0]
            assert np.array_equal(pictures[step][row], same[row])


@pytest.mark.parametrize("form", ["png", "svg"])
def test_steps_leave_the_figure_as_it_was(form: str, tmp_path: Path) -> None:
    """The same file before and after, and each step the same when it is written again."""
    figure = GANTT.draw(turns(2, 6, MS), **SMALL)

    def written(folder: str, steps: bool) -> list[bytes]:
        return [path.read_bytes() for path in save(figure, tmp_path / folder, formats=[form], steps=steps)]

    before, steps = written("a", False), written("b", True)
    assert written("c", False) == before
    assert written("d", True) == steps


def pictures_of(path: Path) -> tuple[list[Pixels], list[int]]:
    """The pictures of an animation, and for how many ms each is shown."""
    pictures, lengths = [], []
    with Image.open(path) as moving:
        for number in range(getattr(moving, "n_frames", 1)):
            moving.seek(number)
            pictures.append(np.asarray(moving.convert("RGB")))
            lengths.append(int(moving.info["duration"]))
    return pictures, lengths


@pytest.mark.parametrize(("form", "name"), [("gif", "magnified"), ("webp", "a pool")])
def test_time_runs_in_an_animation(form: str, name: str, tmp_path: Path) -> None:
    """Its frame stands still, marks come from left to right, the whole figure is last and stays."""
    figure = GANTT.draw(MADE[name], **SMALL)
    (path,) = save(figure, tmp_path, formats=[form])
    pictures, lengths = pictures_of(path)
    assert sum(lengths) == pytest.approx(80 * PICTURES + LAST_MS, abs=100)
    assert lengths[-1] == LAST_MS
    outside = ~in_panels(figure)
    for one in pictures:
        assert np.array_equal(one[outside], pictures[-1][outside])
    changed = [int((one != pictures[-1]).any(axis=2).sum()) for one in pictures]
    assert changed[0] > changed[len(changed) // 2] > changed[-2] > changed[-1] == 0
    if form == "webp":
        (still,) = save(figure, tmp_path, formats=["png"])
        with Image.open(still) as picture:
            assert np.array_equal(pictures[-1], np.asarray(picture.convert("RGB")))


def test_an_animation_of_few_colours_keeps_the_rare_ones(tmp_path: Path) -> None:
    """A GIF has 256: each pixel of its last picture is nearly as in the figure."""
    figure = GANTT.draw(MADE["magnified"], **SMALL)
    gif, whole = save(figure, tmp_path, formats=["gif", "png"])
    (*_, last), _ = pictures_of(gif)
    with Image.open(whole) as picture:
        wanted = np.asarray(picture.convert("RGB"))
    off = np.abs(last.astype(int) - wanted.astype(int)).max(axis=2)
    assert off.max() <= 24
    assert off[0, 0] == off[-1, -1] == 0  # the ground


@pytest.mark.parametrize("form", ["gif", "webp"])
def test_an_animation_is_the_same_when_it_is_made_again(form: str, tmp_path: Path) -> None:
    """Byte by byte, from a figure that is drawn again; it is small."""
    first, second = (
        save(GANTT.draw(turns(4, 40, MS), **SMALL), tmp_path / each, formats=[form])[0].read_bytes()
        for each in "ab"
    )
    assert first == second
    assert len(first) < 400_000


def test_a_transparent_animation_keeps_its_ground(tmp_path: Path) -> None:
    """As WebP it is transparent; a GIF has no half transparency, and lies on the theme's ground."""
    figure = GANTT.draw(pool_trace(), theme="transparent-dark", **SMALL)
    gif, webp = save(figure, tmp_path, formats=["gif", "webp"])
    with Image.open(webp) as clear, Image.open(gif) as flat:
        assert np.asarray(clear.convert("RGBA"))[0, 0, 3] == 0
        assert flat.convert("RGB").getpixel((0, 0)) == (0x14, 0x18, 0x1D)


def colourful(figure: Figure, which: slice) -> float:
    """How colourful the pixels of the panel of processes are, in these rows of it: 0 for grey."""
    file = io.BytesIO()
    figure.savefig(file, format="png")
    file.seek(0)
    box, height = figure.axes[0].get_window_extent(), figure.canvas.get_width_height()[1]
    panel = imread(file)[int(height - box.y1) : int(height - box.y0), int(box.x0) : int(box.x1), :3]
    rows = np.array_split(np.ptp(panel, axis=2), len(figure.axes[0].get_yticks()))[which]
    return float(np.mean(np.concatenate(rows)))


LANES = ("ForkPoolWorker-1", "ForkPoolWorker-2", "ForkPoolWorker-3", "ForkPoolWorker-4")


@pytest.mark.parametrize(
    ("highlight", "bright", "pale"),
    [
        ("worker=2", slice(1, 2), slice(2, 4)),
        ("worker=ForkPoolWorker-3", slice(2, 3), slice(0, 2)),
        ("task=4", slice(0, 1), slice(1, 4)),
        ("phase=run", slice(0, 4), None),
        ("function=square", slice(0, 4), None),
        ("task=1,task=2", slice(1, 3), slice(3, 4)),
    ],
)
def test_what_is_highlighted_stands_out(highlight: str, bright: slice, pale: slice | None) -> None:
    """It has its colours; the rest has a fifth of them."""
    made = pool_trace(4, 8)
    tasks = made.tasks.copy()
    tasks["task"] = range(8)
    plain = GANTT.draw(made, lanes=LANES, **SMALL)
    shown = GANTT.draw(made, lanes=LANES, highlight=highlight, **SMALL)
    share = colourful(shown, bright) / colourful(plain, bright)
    assert share > (0.4 if highlight.startswith("task=") else 0.85)
    if pale is not None:
        assert colourful(shown, pale) / colourful(plain, pale) == pytest.approx(PALE, abs=0.1)


def test_a_highlight_comes_with_its_lane(tmp_path: Path) -> None:
    """Steps and animation show what is pale as pale."""
    figure = GANTT.draw(turns(3, 12, MS), highlight="worker=2", **SMALL)
    pictures = steps_of(figure, tmp_path)
    (whole,) = save(figure, tmp_path, formats=["png"])
    assert np.array_equal(pictures[-1], imread(whole))
    changed = [(one != pictures[0]).any(axis=2).sum() for one in pictures]
    assert changed == sorted(changed)


@pytest.mark.parametrize(
    ("highlight", "said"),
    [
        ("task=99", "no task 99: they go from 0 to 4"),
        ("worker=9", r"no worker '9': there are 1 \(ForkPoolWorker-1\)"),
        ("phase=sleep", "no phase 'sleep': there are run, "),
        ("function=cube", "no function 'cube': there are scenarios.pool4.square"),
        ("task", "highlight 'task' is not like task=5, worker=2, phase=pickle, function=NAME"),
        ("task=x", "highlight 'task=x' is not like"),
        ("colour=red", "highlight 'colour=red' is not like"),
    ],
)
def test_what_is_not_there_cannot_stand_out(
    highlight: str, said: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """By an error that says what there is; on the command line in a line, with code 2."""
    with pytest.raises(ValueError, match=said):
        GANTT.draw(pool_trace(), highlight=highlight)
    store.save(pool_trace(), tmp_path / "trace")
    assert main(["figure", str(tmp_path), "--highlight", highlight]) == 2
    assert capfd.readouterr().err.count("\n") == 1


def test_only_the_gantt_chart_is_built_up(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Others are drawn at once, and say so."""
    with pytest.raises(ValueError, match="only the Gantt chart"):
        build_up_of(ACCOUNT.draw(pool_trace()))
    store.save(pool_trace(), tmp_path / "trace")
    for words, said in (
        (["--steps"], "--steps: the account is drawn at once"),
        (["--animate"], "--format gif: nothing moves in the account"),
        (["--format", "webp"], "--format webp: nothing moves in the account"),
    ):
        assert main(["figure", str(tmp_path), "--draw", "account", *words]) == 2
        (line,) = capfd.readouterr().err.splitlines()
        assert said in line


def test_files_of_steps_and_animations_are_named(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """`--steps` numbers the files of each format, `--animate` writes GIF and WebP in their place."""
    store.save(pool_trace(1, 2), tmp_path / "run" / "trace")
    words = ["figure", str(tmp_path / "run"), "--size", "640x360", "--out", str(tmp_path / "out")]
    assert main([*words, "--steps", "--format", "png,svg"]) == 0
    assert main([*words, "--animate", "--name", "moving"]) == 0
    assert main([*words, "--animate", "--format", "gif", "--name", "one"]) == 0
    told = [Path(line).name for line in capfd.readouterr().err.splitlines()]
    numbered = [f"gantt-{number}.{form}" for form in ("png", "svg") for number in range(1, 5)]
    assert told == [*numbered, "moving.gif", "moving.webp", "one.gif"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(told)


def test_an_empty_run_is_built_up_too(tmp_path: Path) -> None:
    """There is nothing but the frame."""
    figure = GANTT.draw(Tables(), **SMALL)
    pictures = steps_of(figure, tmp_path)
    assert len(pictures) >= 2
    assert save(figure, tmp_path, formats=["gif"])[0].stat().st_size > 0


def test_brackets_come_when_their_stage_has_ended() -> None:
    """Between the frame and the whole figure there is a step for each stage but the last."""
    spans = [
        {
            "process": 0,
            "pid": 4000,
            "tid": 4000,
            "category": "user",
            "name": name,
            "start": a * MS,
            "end": b * MS,
        }
        for name, a, b in (("load", 1, 10), ("work", 12, 30), ("save", 30, 44))
    ]
    people = [main_process(0, 60 * MS), child(1, 0, 5 * MS, 50 * MS)]
    figure = GANTT.draw(trace([task(0, 1, 13 * MS, 29 * MS)], people, spans=spans))

    def seen(gid: str) -> int:
        return sum(artist.get_visible() for artist in figure.findobj() if artist.get_gid() == gid)

    counts = []
    for shown in build_up_of(figure).shown():
        with shown:
            counts.append((seen("stage"), seen("stage-name"), seen("stage-edge")))
    assert [count[:2] for count in counts] == [(0, 0), (1, 1), (2, 2), (3, 3)]
    assert len({count[2] for count in counts}) == 1


def test_a_figure_can_be_copied_and_pickled() -> None:
    """As any of matplotlib's; the copy looks the same."""
    figure = GANTT.draw(pool_trace(), highlight="worker=2", note="5:x", **SMALL)
    for other in (copy.deepcopy(figure), pickle.loads(pickle.dumps(figure))):
        assert png(other) == png(figure)
