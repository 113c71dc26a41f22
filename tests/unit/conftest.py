"""What of the unit tests takes seconds and adds breadth: it is `thorough`, by file, as patterns of names."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

THOROUGH: dict[str, str] = {
    "compare_command": r"more_than_two_runs|it_draws_into|a_trace_folder_stands",
    "compare_figure": r"nothing_is_cut_off_or_overlaps\[size1|more_runs_than|times_stand",
    "figure_command": r"one_figure_may|a_folder_that_cannot",
    "fonts": r"names_that_no_font_has.*(account|phases)|a_font_of_the_machine|a_font_that_cannot",
    "gantt": r"a_million|nothing_is_cut_off_or_overlaps\[made[4-9]|names_of_lines_do_not_overlap\[(8|64|3)",
    "critical_figure": r"a_path_of_many_steps",
    "hostile_folder": r".*replaces?_what_is_there\[(link|dangling)",
    "journal": r"json_is_what_json_reads|any_truncation",
    "journal_killed": r"",
    "registry": r"no_text_is_cut_off.*dark|no_label_lies_over",
    "streams": r"characters_that.*compare|.*whatever_stderr_takes\[&|a_name_that_no_file.*(figure|compare)",
    "sweep_figure": r"nothing_is_cut_off_or_overlaps\[dark",
    "terminal_tables": r"a_comparison_keeps_its_numbers\[(60|100)",
    "use": r"a_million_slices",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark them; a pattern that no test of its file has is an error of the list."""
    here = [item for item in items if Path(__file__).parent in item.path.parents]
    whole = not any("::" in word for word in here[0].config.args) if here else False
    unknown = {item.path.stem for item in here} & {f"test_{file}" for file in THOROUGH} if whole else set()
    for item in here:
        pattern = THOROUGH.get(item.path.stem.removeprefix("test_"))
        if pattern is not None and re.match(pattern, item.name.removeprefix("test_")):
            item.add_marker(pytest.mark.thorough)
            unknown.discard(item.path.stem)
    if unknown:
        raise pytest.UsageError(f"tests/unit/conftest.py: no such tests in {sorted(unknown)}")
