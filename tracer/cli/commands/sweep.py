"""`sweep`: a program with one setting varied, each value measured several times, and which one is enough."""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tracer import requirements
from tracer.cli import figure_options, own_process
from tracer.cli.figure_files import save
from tracer.cli.recording_options import add_cores, add_no_argv, first_argument
from tracer.cli.scenarios import find_scenario, read_scenario
from tracer.cli.swept_setting import FORM, WITH_VALUE, SweptSetting, split, take_setting, takes_a_value
from tracer.cli.terminal import streams
from tracer.cli.wakeups import wakeups
from tracer.cli.worker_starts import probe
from tracer.errors import TracerError, UsageError
from tracer.figures import SWEEP
from tracer.record.standard import PACKAGE

if TYPE_CHECKING:
    from tracer.analysis.sweep.sweep import Sweep
    from tracer.analysis.sweep.trials import Trial, Value
    from tracer.cli.repeated_runs import Plan, Way

NAME = "sweep"
HELP = "a family of runs: one setting varied, which value is enough"
DESCRIPTION = """\
Runs a program with several values of one setting, each several times and in turns, and says which value is
enough, or of names which is the fastest. NAME is a bundled scenario or PATH.py; its first option that is
given a list of values is swept. For any other program, --option appends an option with each value, --env sets
an environment variable."""
_EPILOG = """\
examples:
  python -m tracer sweep chunksize --workers 1,2,4
  python -m tracer sweep pool --start-method fork,spawn,forkserver
  python -m tracer sweep --option --chunksize 1,16,256 -- script.py ARGS
  python -m tracer sweep --env WORKERS 1,2,4 -- -m module ARGS"""
_USAGE = """python -m tracer sweep NAME --OPTION 1,2,4 [options]
       python -m tracer sweep --option OPTION 1,2,4 [options] -- script.py ARGS...
       python -m tracer sweep --env VARIABLE 1,2,4 [options] -- script.py ARGS..."""


def add_options(parser: argparse.ArgumentParser, argv: list[str]) -> list[str]:
    """Add the options; return `argv` without the swept option and the program, which are kept apart.

    Where `argv` names a scenario, its parameters become options.
    """
    parser.epilog, parser.usage = _EPILOG, _USAGE
    parser.add_argument("name", metavar="NAME", nargs="?", help="a bundled scenario, or PATH.py")
    parser.add_argument("--option", nargs=2, metavar=("OPTION", "VALUES"), help="append this option")
    parser.add_argument("--env", nargs=2, metavar=("VARIABLE", "VALUES"), help="set this variable")
    parser.add_argument("--repeat", type=int, default=3, metavar="N", help="runs of each value (default: 3)")
    group = parser.add_argument_group("options of tracer")
    group.add_argument("--out", metavar="DIR", type=Path, help="default: outputs/sweep-NAME-OPTION")
    group.add_argument("--force", action="store_true", help="write into DIR whatever it holds")
    add_cores(group)
    figure_options.add_shared(group, "theme")  # the others may be options of the scenario
    group.add_argument("--quiet", action="store_true", help="print nothing but the result and errors")
    group.add_argument("--json", action="store_true", help="print the result as JSON")
    add_no_argv(group)
    own, setting, program = split(argv)
    scenario = None
    name = first_argument(own, WITH_VALUE)
    if name is not None and setting is None:
        scenario = read_scenario(find_scenario(name))
        if "-h" not in own and "--help" not in own:
            own, setting = take_setting(own, scenario)
        parser.prog = f"{parser.prog} {shlex.quote(name)}"
        scenario.add_to(parser.add_argument_group(f"options of {scenario.name}"))  # type: ignore[arg-type]
    parser.set_defaults(scenario=scenario, setting=setting, program=program)
    return own


def run(arguments: argparse.Namespace) -> int:
    """Run the sweep, print the result and draw it."""
    from tracer.cli import repeated_runs

    plan = _plan(arguments)
    chosen = figure_options.given(arguments, SWEEP)
    if arguments.repeat < 1:
        raise UsageError(f"--repeat {arguments.repeat}: give 1 or more")
    out = arguments.out or Path("outputs") / f"sweep-{plan.name}-{plan.option.strip('-=').lower()}"
    requirements.check()
    replaced = repeated_runs.prepare(out, plan, arguments.force)

    if arguments.no_argv:
        plan = replace(plan, ways={value: replace(way, argv=[]) for value, way in plan.ways.items()})

    def tell(line: str) -> None:
        if not arguments.quiet:
            with streams.tell():
                print(f"tracer: {line}", file=sys.stderr)

    wakeups()  # measured now, if ever: the predictions count it, and no run has to stand beside it
    done = repeated_runs.run_all(plan, out, arguments.repeat, arguments.cores, tell)
    if not any(trial.counts for trial in done):
        codes = ", ".join(dict.fromkeys(str(trial.exitcode) for trial in done))
        raise TracerError(f"no run of {plan.title} ended well (exit code {codes}): nothing to compare")
    own_process.settle()  # only now: the programs inherit what it changes
    result = _evaluate(plan, done, out)
    files = [repeated_runs.write(out, plan, result.to_dict()), *_draw(result, plan, out, chosen)]
    if arguments.json:
        print(json.dumps(result.to_dict()))
    else:
        from tracer.cli.terminal.sweep import print_sweep

        print_sweep(result)
    tell("\n".join(map(str, files)).replace("\n", "\ntracer: "))
    if replaced:
        tell(f"replaced an earlier sweep in {out}")
    return 0


def _plan(arguments: argparse.Namespace) -> Plan:
    """Return what to run for each value. Raises UsageError."""
    from tracer.cli.repeated_runs import Plan

    setting, program = arguments.setting, arguments.program
    if setting is None and arguments.scenario is None:
        raise UsageError("name a scenario and one of its options, or a program after --option or --env")
    if setting is None:
        known = ", ".join(p.option for p in arguments.scenario.parameters if takes_a_value(p))
        what = f"one of {known}" if known else "it has none that takes a value"
        raise UsageError(f"give an option of {arguments.scenario.name} {FORM}: {what}")
    if arguments.scenario is not None:
        if program:
            raise UsageError(f"{arguments.name} is a scenario: it takes no program after --")
        ways = {value: _scenario_way(arguments, setting, value) for value in setting.values}
        return Plan(arguments.scenario.name, f"scenario {arguments.scenario.name}", setting.name, ways)
    if arguments.name is not None or not program or program == ["-m"]:
        raise UsageError("name the program last: python -m tracer sweep --option X 1,2,4 -- script.py ARGS")
    module = program[0] == "-m"
    if not module and not Path(program[0]).is_file():
        raise UsageError(f"no such script: {program[0]}")
    name = program[1].rpartition(".")[2] if module else Path(program[0]).stem
    command = f"run {' '.join(program[: 2 if module else 1])}"
    return Plan(
        name,
        command,
        setting.name,
        {value: _program_way(program, setting, value) for value in setting.values},
    )


def _scenario_way(arguments: argparse.Namespace, setting: SweptSetting, value: Value) -> Way:
    from tracer.cli.repeated_runs import Way

    scenario = arguments.scenario
    (name,) = [each.name for each in scenario.parameters if each.option == setting.name]
    options: Mapping[str, object] = scenario.values(arguments) | {name: value}
    runner = str(Path(PACKAGE, "instrument", "scenario_main.py"))
    program = [runner, str(Path(scenario.path).resolve()), json.dumps(options)]
    return Way(program, [scenario.name, setting.name, str(value)])


def _program_way(program: list[str], setting: SweptSetting, value: Value) -> Way:
    from tracer.cli.repeated_runs import Way

    if setting.how == "--env":
        return Way(program, program, {setting.name: str(value)})
    joined = [f"{setting.name}{value}"] if setting.name.endswith("=") else [setting.name, str(value)]
    return Way([*program, *joined], [*program, *joined])


def _evaluate(plan: Plan, done: list[Trial], out: Path) -> Sweep:
    """Return what the runs say, and what the model makes of the first point."""
    from tracer.analysis.sweep.predictions import evaluate
    from tracer.analysis.sweep.trials import middle_trial, points
    from tracer.run_folder import load

    worked = {point.value for point in points(done)}
    values = [value for value in plan.ways if value in worked]
    traces = {value: load(out / middle_trial(done, value).folder) for value in values}
    return evaluate(plan.option, done, traces, probe)


def _draw(swept: Sweep, plan: Plan, out: Path, chosen: dict[str, Any]) -> list[Path]:
    own_process.load_matplotlib()
    from tracer.figures import MeasuredSweep

    return save(SWEEP.draw(MeasuredSweep(swept, plan.command), **chosen), out, SWEEP.name)
