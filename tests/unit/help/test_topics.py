"""Help topics name what the code names: columns, keys, findings, legend entries, rows of benchmarks."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import fields

import pytest

from tests.benchmarks import cost, million, sizes, whatif
from tests.support.markdown import codes, rows, sections
from tests.support.traces import trace
from tracer.analysis import summarize
from tracer.analysis.account.categories import CATEGORIES
from tracer.analysis.findings import CODES
from tracer.analysis.structure.endings import Failure
from tracer.analysis.structure.workers import Worker
from tracer.cli.commands import help
from tracer.instrument import libraries
from tracer.instrument.core.patch import Adapter
from tracer.looks.palette import STYLE
from tracer.record.kinds import PROCESS_ROLES, THREAD_ROLES
from tracer.tables import losses
from tracer.tables.definitions import META, META_MORE, TABLES
from tracer.tables.meta import CORE_SOURCES
from tracer.tables.statuses import STATUSES
from tracer.tables.switches import REASONS


def named(text: str, head: str) -> list[str]:
    """The words set as code in the first column of the tables that begin with `head`."""
    return [name for row in rows(text, head) for name in codes(row[0])]


@pytest.mark.parametrize("adapter", libraries.ADAPTERS, ids=lambda adapter: adapter.library)
def test_each_library_s_versions_are_those_that_are_followed(adapter: Adapter) -> None:
    """The row of a library names the oldest and newest version that its hooks were tried with."""
    assert adapter.tried is not None
    rows = [row for row in help.text("libraries").splitlines() if adapter.library in row.lower()]
    assert [row for row in rows if adapter.tried[0] in row], rows


@pytest.mark.parametrize("topic", help.topics())
def test_a_topic_begins_with_a_title_and_a_sentence_that_fits_a_line(topic: str) -> None:
    """The sentence is what the list of topics shows."""
    assert help.text(topic).startswith("# ")
    assert help.sentence(topic).endswith(".")
    assert len(help.sentence(topic)) <= 66


@pytest.mark.parametrize("topic", help.topics())
def test_what_is_laid_out_by_hand_fits_a_terminal_of_80_columns(topic: str) -> None:
    """Drawings and output would break elsewhere; rich keeps a blank on both sides."""
    blocks = help.text(topic).split("```")[1::2]
    assert [line for block in blocks for line in block.splitlines() if len(line) > 78] == []


def test_tables_names_every_table_and_column_and_no_other() -> None:
    """In their order, `meta.json` included."""
    found = {codes(title)[0]: text for title, text in sections(help.text("tables")).items()}
    assert list(found) == [*(table.name for table in TABLES), "meta.json"]
    for table in TABLES:
        assert named(found[table.name], "column") == list(table.columns)
    assert tuple(named(found["meta.json"], "key")) == META
    assert tuple(named(found["meta.json"], "further key")) == META_MORE


def test_tables_names_every_value_that_has_a_meaning() -> None:
    """Statuses, roles, reasons and sources of core data; a value that nothing records yet may be missing."""
    text = help.text("tables")
    assert [row[0] for row in rows(text, "status")] == list(STATUSES)
    values: dict[str, defaultdict[str, list[str]]] = {table.name: defaultdict(list) for table in TABLES}
    for title, section in sections(text).items():
        for row in rows(section, "column"):
            for column in codes(row[0]):
                values.get(codes(title)[0], defaultdict(list))[column] += codes(row[1])
    assert set(values["processes"]["role"]) == set(PROCESS_ROLES)
    assert set() != set(values["threads"]["role"]) <= set(THREAD_ROLES)
    assert set(values["slices"]["reason"]) == set(REASONS)
    assert named(help.text("recording"), "`--cores`") == list(CORE_SOURCES)


def test_tables_names_the_losses_that_name_something() -> None:
    """In the words in which they are counted."""
    kinds = [row[0] for row in rows(help.text("tables"), "kind of loss")]
    assert losses.VERSION_NOT_KNOWN.format("NAME VERSION") in kinds
    assert losses.MADE_BEFORE.format("KIND") in kinds
    assert losses.TAKEN_OUTSIDE in kinds


def test_no_topic_says_a_thing_twice() -> None:
    """No point of a list stands twice in a topic."""
    for topic in help.topics():
        points = [line for line in help.text(topic).splitlines() if line.startswith("- ")]
        assert len(points) == len(set(points)), topic


def test_summary_names_every_key_and_no_other() -> None:
    """And what a worker and a failure are made of."""
    text = help.text("summary")
    assert sorted(named(text, "key")) == sorted(summarize(trace()).to_dict())
    meanings = {name: codes(row[1]) for row in rows(text, "key") for name in codes(row[0])}
    assert meanings["worker_busy"] == [field.name for field in fields(Worker)]
    assert meanings["failed"] == [field.name for field in fields(Failure)]


def test_diagnosis_names_every_finding_and_every_category_of_the_account() -> None:
    """Each with the name that figures, text and JSON give it."""
    text = help.text("diagnosis")
    assert named(text, "code") == list(CODES)
    shown = [(row[0], *codes(row[1])) for row in rows(text, "category")]
    assert shown == [(category.title, category.name) for category in CATEGORIES]


def test_chart_names_every_entry_of_the_legend() -> None:
    """In the words of the whole legend; the line of busy cores is explained in the text."""
    text = help.text("chart")
    keys = ", ".join(row[0] for row in rows(text, "in the key"))
    assert [kind.label for kind in STYLE.values() if kind.label not in keys and kind.name != "busy"] == []
    assert STYLE["busy"].label in text


def test_predictions_are_those_that_the_benchmark_measures() -> None:
    """The rows of `python -m tests.benchmarks.whatif`, in its order."""
    assert [row[0] for row in rows(help.text("predictions"), "change")] == [one.name for one in whatif.CASES]


def test_costs_are_those_that_the_benchmarks_measure() -> None:
    """The rows of `cost`, `sizes` and `million`, in their order; not every row that they print is shown."""
    text = help.text("cost")
    workloads = [row[0] for row in rows(text, "workload") if row[0]]
    assert list(dict.fromkeys(workloads)) == [case.label for case in (*cost.OWN, *cost.LIBRARIES)]
    tools = [row[0] for row in rows(text, "tool")]
    assert tools == [case.label for case in cost.RIVALS if case.label in tools] != []
    assert [name for name in sizes.REAL if name in named(text, "run")] == named(text, "run") != []
    head = "1,000,000 empty tasks"
    printed = million.table(1_000_000, 0.0, defaultdict(lambda: defaultdict(float)))
    measured = [row[0].partition(" (")[0] for row in rows(printed, head)]
    shown = [row[0] for row in rows(text, head)]
    assert shown == [name for name in measured if name in shown] != []
