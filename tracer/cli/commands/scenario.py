"""`scenario`: run a bundled scenario, or one of the user's own, traced."""

from __future__ import annotations

import argparse
import shlex

from tracer.cli import recording_options
from tracer.cli.scenario_runs import record_scenario
from tracer.cli.scenarios import find_scenario, list_scenarios, read_scenario
from tracer.errors import UsageError

NAME = "scenario"
HELP = "run a bundled scenario, traced"
DESCRIPTION = """\
Runs a scenario, a small program that shows one thing, and draws what happened.
NAME is a bundled scenario (see --list), or the path of a file of your own: any program whose
main(...) has typed parameters, which become options here."""


def add_options(parser: argparse.ArgumentParser, argv: list[str]) -> list[str]:
    """Add the options; where `argv` names a scenario, its own parameters become options."""
    parser.set_defaults(scenario=None)
    parser.add_argument("name", metavar="NAME", nargs="?", help="a bundled scenario, or PATH.py")
    parser.add_argument("--list", action="store_true", help="list the bundled scenarios")
    recording_options.add_options(parser)
    name = recording_options.first_argument(argv)
    if name is not None and "--list" not in argv:
        scenario = read_scenario(find_scenario(name))
        parser.description = scenario.doc or DESCRIPTION
        parser.prog = f"{parser.prog} {shlex.quote(name)}"
        parser.usage = "%(prog)s [--out DIR] [options]"
        scenario.add_to(parser.add_argument_group(f"options of {scenario.name}"))  # type: ignore[arg-type]
        parser.set_defaults(scenario=scenario)
    return argv


def run(arguments: argparse.Namespace) -> int:
    """Run the scenario, or list them."""
    if arguments.list:
        for path in list_scenarios():
            print(f"{path.stem:24}{read_scenario(path).title}".rstrip())
        return 0
    if arguments.scenario is None:
        raise UsageError("name a scenario; `python -m tracer scenario --list` shows them all")
    scenario = arguments.scenario
    return record_scenario(scenario, arguments.name, scenario.values(arguments), arguments)
