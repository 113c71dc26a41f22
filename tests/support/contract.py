"""The contract's own checker, `check_trace.py`, which stands beside the repository."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

CHECKER = Path(__file__).resolve().parents[3] / "shared" / "check_trace.py"


def breaches(trace: Path) -> list[str]:
    """Return what the checker finds in a trace's folder. Skips the test where there is no checker."""
    spec = importlib.util.spec_from_file_location("check_trace", CHECKER) if CHECKER.is_file() else None
    if spec is None or spec.loader is None:
        pytest.skip(f"no checker at {CHECKER}")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: list[str] = module.check(trace)
    return found
