"""Which tests against a library are run by `.ci/run`: of each library one of a kind, and what is quick.

The others (`by_hand`) try every back end and start method: `pytest -m by_hand tests/integration/libraries`, 8
minutes, for when hooks or a library's version have changed. So is PyTorch, where it is installed.
"""

from __future__ import annotations

from pathlib import Path

import pytest

EACH: dict[str, tuple[str, ...]] = {
    "joblib": ("scikit_learn[search-loky",),
    "loky": ("what_becomes_of_a_task_is_told[killed-loky",),
    "tqdm": ("",),
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave to `-m by_hand` what is not in the list, nor quick."""
    for item in items:
        if item.path.parent == Path(__file__).parent and item.get_closest_marker("thorough"):
            file, name = (text.removeprefix("test_") for text in (item.path.stem, item.name))
            if not any(name.startswith(start) for start in EACH.get(file, ())):
                item.add_marker(pytest.mark.by_hand)
