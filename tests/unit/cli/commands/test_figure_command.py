from pathlib import Path

import pytest
from matplotlib.figure import Figure

from tests.support.traces import pool_trace
from tracer import views
from tracer.analysis import findings
from tracer.cli.main import main
from tracer.figures import save
from tracer.figures.gantt import gantt
from tracer.figures.gantt.options import GanttOptions
from tracer.tables import store
from tracer.traces import load

SERIAL = findings.Finding(
    "serial-section", 1.0, 0.5, "what", "advice", title="it was serial", window_ns=(0.0, 5e6)
)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run."""
    folder = tmp_path_factory.mktemp("run")
    store.save(pool_trace(), folder / "trace")
    return folder


def test_figures_are_drawn_by_their_names(run: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]):
    """`--draw` names figures; each has a file of its own."""
    words = ["--draw", "phases,account,gantt", "--critical-path", "--format", "svg", "--out", str(tmp_path)]
    assert main(["figure", str(run), *words]) == 0
    printed = [Path(line).name for line in capfd.readouterr().err.splitlines()]
    assert printed == ["phases.svg", "account.svg", "gantt.svg"]
    assert ">decided how long the run took<" in (tmp_path / "gantt.svg").read_text()
    assert ">decided how long the run took<" not in (tmp_path / "account.svg").read_text()


def record_options(monkeypatch: pytest.MonkeyPatch) -> list[GanttOptions]:
    """Find every run serial, and take down the options of each Gantt chart in place of drawing it."""
    drawn = []

    def draw(_trace: object, options: GanttOptions) -> Figure:
        drawn.append(options)
        return Figure()

    monkeypatch.setattr(findings, "headline", lambda _: SERIAL)
    monkeypatch.setattr(gantt, "draw", draw)
    return drawn


@pytest.mark.parametrize(("words", "window"), [([], (0.0, 5e6)), (["--window", "1,2"], (1e6, 2e6))])
def test_the_part_that_the_title_speaks_of_is_drawn(
    run: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], window: tuple[float, float]
):
    """Unless another is asked for."""
    drawn = record_options(monkeypatch)
    assert main(["figure", str(run), *words, "--format", "svg", "--name", "part", "--quiet"]) == 0
    assert [(options.title, options.window_of(0.0)) for options in drawn] == [("It was serial", window)]


def test_a_run_is_saved_with_the_part_that_its_title_speaks_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """The figure of a new run, likewise."""
    drawn = record_options(monkeypatch)
    views.save(pool_trace(), tmp_path)
    assert [(options.title, options.window_ns) for options in drawn] == [("It was serial", (0.0, 5e6))]


def test_one_figure_may_have_another_name(run: Path, tmp_path: Path):
    """`--name` is the stem of the only figure."""
    words = ["--draw", "account", "--name", "where", "--format", "png", "--out", str(tmp_path), "--quiet"]
    assert main(["figure", str(run), *words]) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["where.png"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--draw", "pie"], "no figure 'pie', choose from gantt, account, phases, sequence"),
        (["--draw", ","], "no figure, choose from"),
        (["--draw", "gantt,account", "--name", "x"], "--name: names one figure"),
        (["--draw", "phases", "--critical-path"], "--critical-path: is for the Gantt chart alone"),
        (["--draw", "account,phases", "--window", "0,9"], "--window: is for the Gantt chart alone"),
        (["--draw", "account", "--lanes", "W1"], "--lanes: is for the Gantt chart alone"),
        (["--window=-inf,inf"], "is not FROM,TO in milliseconds"),
        (["--name", "../a"], "--name: '../a' is no file's name"),
        (["--theme", "pink"], "no theme 'pink': choose from light, dark, print"),
    ],
)
def test_what_cannot_be_drawn_is_one_line(
    run: Path, words: list[str], said: str, capfd: pytest.CaptureFixture[str]
):
    """Wrong usage ends with code 2 and says what there is."""
    assert main(["figure", str(run), *words]) == 2
    (line,) = capfd.readouterr().err.splitlines()
    assert said in line


def test_a_folder_that_cannot_be_written_is_one_line(
    run: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
):
    """A file in its place, or a name that is too long."""
    (tmp_path / "file").touch()
    for words in (["--out", str(tmp_path / "file")], ["--out", str(tmp_path), "--name", "x" * 300]):
        assert main(["figure", str(run), "--format", "png", *words]) == 1
        said = capfd.readouterr().err
        assert said.startswith("tracer: cannot write into ")
        assert said.count("\n") == 1


def test_from_within_the_trace_it_is_drawn_into_the_runs_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However the folder is named: nothing but tables is in `trace/`."""
    store.save(pool_trace(), tmp_path / "trace")
    tables = set((tmp_path / "trace").iterdir())
    monkeypatch.chdir(tmp_path / "trace")
    assert main(["figure", ".", "--format", "svg", "--quiet"]) == 0
    assert (tmp_path / "gantt.svg").is_file()
    assert set((tmp_path / "trace").iterdir()) == tables


def test_python_draws_what_the_command_does(run: Path, tmp_path: Path) -> None:
    """`t.gantt()` has the same title, and is the same file."""
    assert main(["figure", str(run), "--format", "png", "--quiet", "--out", str(tmp_path)]) == 0
    (drawn,) = save(load(run).gantt(), tmp_path, "again", ["png"])
    assert drawn.read_bytes() == (tmp_path / "gantt.png").read_bytes()
