"""The viewer's modules by themselves, in node: numbers as Python writes them, columns, levels of detail."""

from __future__ import annotations

import json
import shutil
import subprocess
from random import Random
from typing import Any

import numpy as np
import pytest

from tracer.report.packing import Packer
from tracer.report.page import VIEWER
from tracer.wording import duration, percent, size_in_bytes

NODE = shutil.which("node") or ""
pytestmark = pytest.mark.skipif(not NODE, reason="no node")


def answers(code: str, given: Any = None) -> Any:
    """Run lines of a module that has all of ours; return what they give back."""
    imports = "\n".join(
        f'import * as {path.stem} from "{path.as_uri()}";'
        for path in (VIEWER / f"{name}.js" for name in ("words", "unpack", "pyramid", "scale", "tables"))
    )
    program = (
        f"{imports}\nconst given = {json.dumps(given)};\nconst made = await (async () => {{ {code} }})();"
    )
    done = subprocess.run(
        [NODE, "--input-type=module", "-"],
        input=f"{program}\nconsole.log(JSON.stringify(made));",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_numbers_are_written_as_everywhere() -> None:
    """Durations, shares and sizes of all orders, and at the edges between units."""
    random = Random(5)
    values = [0.0, 1.0, 999.4, 999.6, 59.9e9, 59.96e9, 3599.6e9, 1e14]
    values += [10 ** random.uniform(0, 14) for _ in range(300)]
    shares = [0.0, 0.0004, 0.001, 0.0994, 0.0996, 0.5, 1.0, *(random.random() for _ in range(100))]
    code = "return [given[0].map(words.duration), given[1].map(words.percent), given[0].map(words.size)];"
    made = answers(code, [values, shares])
    assert made[0] == [duration(value) for value in values]
    assert made[1] == [percent(share) for share in shares]
    assert made[2] == [size_in_bytes(value) for value in values]


def test_columns_are_unpacked_as_they_were_packed() -> None:
    """Of each way of packing, of 0 to 4 planes."""
    generator = np.random.default_rng(3)
    packer, columns, expected = Packer(), [], []
    for top in (1, 200, 60_000, 1 << 22, (1 << 31) - 1):
        for how in ({}, {"signed": True}, {"signed": True, "summed": True}):
            values = generator.integers(0, top, 500)
            if how.get("signed") and not how.get("summed"):
                values = values // 2 - top // 4
            columns.append(packer.column(values, **how))
            expected.append(values.tolist())
    code = """
      const bytes = await unpack.inflate(given.blob);
      return given.columns.map((one) => [...unpack.column(bytes, one)]);
    """
    assert answers(code, {"blob": packer.blob(), "columns": columns}) == expected


LAYER = """
  const { bars, length, width, window } = given;
  const layer = {
    lanes: 1, first: [0, bars.length], longest: [Math.max(...bars.map(([a, b]) => b - a))],
    start: Int32Array.from(bars, (one) => one[0]), end: Int32Array.from(bars, (one) => one[1]),
  };
  const classOf = Uint8Array.from(bars, (one) => one[2]);
  const view = new scale.Scale(length);
  view.width = width;
  view.show(...window);
"""


@pytest.mark.parametrize("window", [(0, 1_000_000), (250_000, 260_000), (100, 400)])
def test_levels_of_detail_keep_the_shares(window: tuple[int, int]) -> None:
    """What is drawn of a window, from whatever level, is what its bars cover."""
    random, bars, at = Random(7), [], 0
    while at < 990_000:
        start = at + random.randrange(0, 12)
        at = start + random.choice((1, 2, 3, 5, 40, 3000 if random.random() < 0.01 else 8))
        bars.append((start, at, random.randrange(2)))
    code = f"""{LAYER}
      const levels = pyramid.pyramid(layer, 0, classOf, 2, length), into = new Float32Array(2 * width);
      const exact = pyramid.cover(into, layer, 0, levels, classOf, 2, view, width);
      return [exact, [...into], levels.map((one) => one.cells)];
    """
    given = {"bars": bars, "length": 1_000_000, "width": 500, "window": window}
    exact, into, cells = answers(code, given)
    assert cells[0] > cells[-1] == 256
    assert exact == (window[1] - window[0] < 100_000)
    drawn = np.array(into).reshape(-1, 2)
    assert drawn.max() <= 1.02
    per_pixel = (window[1] - window[0]) / 500
    for kind in (0, 1):
        inside = sum(
            max(min(end, window[1]) - max(start, window[0]), 0) for start, end, which in bars if which == kind
        )
        assert drawn[:, kind].sum() * per_pixel == pytest.approx(inside, rel=0.02)


def test_bars_that_may_be_seen_are_found() -> None:
    """A long one that began far before the window, too."""
    bars = [(0, 900, 0), *((i, i + 1, 1) for i in range(1, 1000))]
    code = f"{LAYER} return pyramid.visible(layer, 0, 500, 510);"
    start, end = answers(code, {"bars": bars, "length": 1000, "width": 10, "window": (500, 510)})
    assert start == 0
    assert end == 510


def test_ticks_are_round() -> None:
    """Counted from the zero of the axis, at most as many as there is room for."""
    found = answers("return scale.ticks(123, 1123, 100, 8);")
    assert found == {"step": 200, "found": [300, 500, 700, 900, 1100]}


def test_csv_is_as_it_should_be() -> None:
    """Quotes, commas, line ends; what a spreadsheet would calculate is text, but for negative numbers."""
    rows = [["a", 'say "x", y'], ["=1+1", -5], [None, "two\nlines"], ["@x", "-y"]]
    made = answers("return tables.csv(given);", rows)
    assert made == 'a,"say ""x"", y"\r\n\'=1+1,-5\r\n,"two\nlines"\r\n\'@x,\'-y\r\n'
