"""Which tests against a library are run by `.ci/run`: of each library one of a kind, and what is quick.

The others (`by_hand`) try every back end and start method: `pytest -m by_hand tests/integration/libraries`, 8
minutes, for when hooks or a library's version have changed. So is PyTorch, where it is installed.
"""

from __future__ import annotations

from pathlib import Path

import pytest

EACH: dict[str, tuple[str, ...]] = {
    "billiard": ("a_celery_workers_tasks", "tasks_that_took_too_long"),
    "joblib": (
        *("each_call_is_seen_at_both_ends", "an_array_that_goes_through_a_file_is_told_apart[loky"),
        *("parallel_in_a_task_of_parallel[loky", "one_job_is_no_pool", "scikit_learn[search-loky"),
    ),
    "loky": (
        *("what_becomes_of_a_task_is_told[failing-loky", "what_becomes_of_a_task_is_told[killed-loky"),
        *("two_copies_in_one_program", "a_version_that_was_not_tried", "workers_that_outlive_the_trace"),
    ),
    "mpire": ("applied_functions", "workers_that_take_anothers_place"),
    "multiprocess": ("a_copy_that_pickles_with_dill_is_seen[spawn", "pathos_maps"),
    "notebook": ("",),
    "pebble": ("tasks_that_were_stopped", "threads_are_workers", "a_decorated_functions_process"),
    "tqdm": ("",),
    "unfollowed": ("its_work_is_the_first_thing_said[joblib:loky", "its_work_is_the_first_thing_said[mpire"),
    "xdist": ("a_worker_that_dies", "without_distribution"),
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave to `-m by_hand` what is not in the list, nor quick."""
    for item in items:
        if item.path.parent == Path(__file__).parent and item.get_closest_marker("thorough"):
            file, name = (text.removeprefix("test_") for text in (item.path.stem, item.name))
            if not any(name.startswith(start) for start in EACH.get(file, ())):
                item.add_marker(pytest.mark.by_hand)
