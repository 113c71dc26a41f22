"""Running a scenario traced, as `scenario` and `deck` do."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from tracer.cli import record
from tracer.cli.scenarios import Scenario, list_scenarios
from tracer.record.standard import PACKAGE


def record_scenario(
    scenario: Scenario, called: str, values: Mapping[str, object], arguments: argparse.Namespace
) -> int:
    """Run the scenario that is `called` so on the command line; return its exit code.

    `values` are the arguments of its `main`. `arguments` and what is raised: see `record.record`.
    """
    path = Path(scenario.path).resolve()
    program = [str(Path(PACKAGE, "instrument", "scenario_main.py")), str(path), json.dumps(values)]
    argv = [called, *_words(scenario, values)]
    if arguments.label is None and path in (one.resolve() for one in list_scenarios()):
        arguments.label = "args"  # there is nothing secret in them
    lesson = path if scenario.has_headline else None
    return record.record(program, scenario.name, f"scenario {scenario.name}", argv, arguments, lesson)


def _words(scenario: Scenario, values: Mapping[str, object]) -> Iterator[str]:
    """Yield the options that say what differs from a scenario's defaults."""
    for parameter in scenario.parameters:
        value = values.get(parameter.name, parameter.default)
        if value == parameter.default:
            continue
        if parameter.type is bool:
            yield parameter.option if value else f"--no-{parameter.option[2:]}"
        else:
            yield from (parameter.option, str(value))
