"""`diagnose`: what held a run back, the worst first, and what to do."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tracer.cli import own_process

if TYPE_CHECKING:
    from tracer.analysis.findings import Context, Finding

NAME = "diagnose"
HELP = "what held a run back, and what to do"
SCHEMA = 1
"""The version of what `--json` prints: it grows where a key goes, or comes to mean something else."""
DESCRIPTION = "Says what held a run back, the worst first: what it cost, and what to change."


def add_options(parser: argparse.ArgumentParser, argv: list[str]) -> list[str]:
    """Add the options."""
    parser.add_argument("dir", metavar="DIR", type=Path, help="a run's folder")
    form = parser.add_mutually_exclusive_group()
    form.add_argument(
        "--json", action="store_true", help="print the findings as JSON: `python -m tracer help diagnosis`"
    )
    form.add_argument(
        "--markdown", action="store_true", help="print them as Markdown, for the summary of a CI job"
    )
    return argv


def _plain(context: Context, findings: list[Finding]) -> dict[str, Any]:
    """Return all that is known as JSON values: the findings, and the numbers that they stand on."""
    from dataclasses import asdict

    from tracer.analysis.findings.rules import not_asked
    from tracer.analysis.functions import functions
    from tracer.analysis.measures import measures

    return {
        "schema": SCHEMA,
        "makespan_seconds": context.makespan,
        "findings": [one.to_dict() for one in findings],
        "not_asked": not_asked(context),
        "account": context.account.rows(),
        "measures": asdict(measures(context.trace)),
        "functions": [asdict(one) for one in functions(context.trace)],
    }


def run(arguments: argparse.Namespace) -> int:
    """Print the findings."""
    own_process.settle()
    from tracer.analysis.findings import context_of, diagnose
    from tracer.run_folder import load

    context = context_of(load(arguments.dir))
    findings = diagnose(context.trace)
    if arguments.json:
        print(json.dumps(_plain(context, findings), allow_nan=False))
        return 0
    if arguments.markdown:
        from tracer.cli.terminal.markdown import markdown

        print(markdown(context, findings), end="")
        return 0
    from tracer.cli.terminal.findings import print_findings

    print_findings(context, findings)
    return 0
