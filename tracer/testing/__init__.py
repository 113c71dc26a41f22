"""pytest with `--tracer`: a trace of each test that starts something, or of a whole session under xdist.

    pytest   each_test ─ a run's folder a test ─┐
    xdist    controller ─ a ticket ─► worker    ├─► told ─ reading (a process of its own) ─► the summary
                  └─ one run's folder ──────────┘

Nothing that draws or computes is loaded into pytest's own process.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest


def begin(config: pytest.Config) -> None:
    """Register what traces, by what this process is: pytest itself, or xdist's controller or worker."""
    folder = Path(config.invocation_params.dir, config.getoption("tracer")).absolute()
    if hasattr(config, "workerinput"):
        from tracer.testing.worker import begin_worker

        begin_worker(config)
    elif config.getoption("dist", "no") != "no":
        from tracer.testing.controller import Controller

        config.pluginmanager.register(Controller(folder), "tracer-controller")
    else:
        from tracer.testing.each_test import EachTest

        config.pluginmanager.register(EachTest(folder), "tracer-each-test")
