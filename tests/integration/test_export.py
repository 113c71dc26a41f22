"""Recorded runs in Perfetto's own trace processor: what SQL says is what the tables say."""

from __future__ import annotations

import pytest

from tests.support import trace_processor

pytestmark = pytest.mark.skipif(bool(trace_processor.lacks()), reason=f"lacks {trace_processor.lacks()}")

SCENARIOS = ("pool4", "executor4", "crash", "lock", "communication")
