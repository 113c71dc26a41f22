"""`scenario`: run a bundled scenario, or one of the user's own, traced."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from tracer.cli import record
from tracer.cli.scenarios import find_scenario, list_scenarios, read_scenario
from tracer.errors import UsageError
from tracer.record.standard import PACKAGE

NAME = "scenario"

_DESCRIPTION = """\
Runs a scenario, a small program that shows one thing, and draws what happened.
NAME is a bundled scenario (see --list), or the path of a file of your own: any program whose
main(...) has typed parameters, which become options here."""


def add_parser(commands: Any, argv: list[str]) -> list[str]:
    """Add the command; where `argv` names a scenario, its own parameters become options."""
    parser: argparse.ArgumentParser = commands.add_parser(
        NAME,
        help="run a bundled scenario, traced",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.set_defaults(parser=parser, run=run, scenario=None)
    parser.add_argument("name", metavar="NAME", nargs="?", help="a bundled scenario, or PATH.py")
    parser.add_argument("--list", action="store_true", help="list the bundled scenarios")
    record.add_options(parser)
    name = record.first_argument(argv)
    if name is not None and "--list" not in argv:
        scenario = read_scenario(find_scenario(name))
        parser.description = scenario.doc or _DESCRIPTION
        parser.usage = f"python -m tracer scenario {name} [--out DIR] [options]"
        scenario.add_to(parser.add_argument_group(f"options of {scenario.name}"))  # type: ignore[arg-type]
        parser.set_defaults(scenario=scenario)
    return argv


def run(arguments: argparse.Namespace) -> int:
    """Run the scenario, or list them."""
    if arguments.list:
        for path in list_scenarios():
            print(f"{path.stem:24}{read_scenario(path).title}")
        return 0
    if arguments.scenario is None:
        raise UsageError("name a scenario; `python -m tracer scenario --list` shows them all")
    scenario = arguments.scenario
    values = scenario.values(arguments)
    runner = str(Path(PACKAGE, "instrument", "scenario_main.py"))
    program = [runner, str(Path(scenario.path).resolve()), json.dumps(values)]
    return record.record(program, scenario.name, f"scenario {scenario.name}", [scenario.name], arguments)
