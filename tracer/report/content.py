"""What a report says and lists, as JSON values: findings, numbers, tables. The page escapes all texts."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from tracer.analysis.account.account import account
from tracer.analysis.account.categories import CATEGORIES, TITLE
from tracer.analysis.columns import integers
from tracer.analysis.findings import Finding, context_of, diagnose
from tracer.analysis.findings.finding import advised
from tracer.analysis.functions import functions
from tracer.analysis.phases import PHASES, task_phases
from tracer.analysis.sentence import sentence, setting
from tracer.analysis.summary import summarize
from tracer.tables.tables import Tables
from tracer.wording import count, plain

Table = dict[str, Any]
"""`columns`: of each its title and what it holds ("text", "count", "ns", "bytes", "share"); `rows`."""


def content(trace: Tables) -> dict[str, Any]:
    """Return all of it."""
    summary = summarize(trace)
    findings = diagnose(context_of(trace).trace)
    lesson = str(trace.meta.get("headline") or "")
    principal = findings[0] if findings else None
    found = principal.headline if principal and principal.code != "healthy" else ""
    title = lesson if lesson and not (principal and principal.ends_it) else found or sentence(summary)
    return {
        "title": plain(title),
        "setting": [plain(part) for part in setting(trace, summary) if part],
        "in_numbers": plain(sentence(summary)),
        "made_by": _made_by(trace),
        "lost": [
            f"{plain(str(kind))}: {number:,}" for kind, number in (trace.meta.get("losses") or {}).items()
        ],
        "findings": [_finding(one) for one in findings],
        "tables": [_account(trace), _phases(trace), _functions(trace), _processes(trace)],
    }


def _finding(one: Finding) -> dict[str, Any]:
    return {
        "code": one.code,
        "title": plain(one.headline),
        "what": plain(one.what),
        "advice": plain(advised(one)),
        "seconds": one.seconds,
        "share": one.share,
        "uncertain": plain(one.missing) if one.confidence == "low" else "",
        "window_ns": one.window_ns,
        "pool": one.pool,
    }


def _made_by(trace: Tables) -> list[str]:
    meta = trace.meta
    parts = [f"tracer {meta.get('tracer_version', '')}".strip()]
    parts += [f"Python {meta['python']}"] if meta.get("python") else []
    parts += [str(meta["platform"])] if meta.get("platform") else []
    parts += [str(meta["cpu_model"])] if meta.get("cpu_model") else []
    cores = int(meta.get("cpu_count") or 0)
    return [plain(part) for part in (*parts, *([count(cores, "core")] if cores else []))]


def _table(name: str, title: str, columns: list[tuple[str, str]], rows: list[list[Any]]) -> Table:
    return {"name": name, "title": title, "columns": columns, "rows": rows}


def _account(trace: Tables) -> Table:
    """Where the time of each lane went; only categories that any lane has."""
    rows = account(trace).rows()
    spent: list[dict[str, int]] = [one["spent_ns"] for one in rows]  # type: ignore[misc]
    used = [one.name for one in CATEGORIES if any(one.name in each for each in spent)]
    columns = [("lane", "text"), ("PID", "id"), ("life", "ns"), *((TITLE[name], "ns") for name in used)]
    table = [
        [plain(str(one["name"])), _pid(one["pid"]), one["wall_ns"], *(each.get(name) for name in used)]
        for one, each in zip(rows, spent, strict=True)
    ]
    return _table("account", "Account: where each lane's time went", columns, table)


def _pid(pid: Any) -> int | None:
    return int(pid) if pid is not None and pid >= 0 else None


def _phases(trace: Tables) -> Table:
    """How long the steps of tasks took."""
    steps = task_phases(trace)
    rows: list[list[Any]] = []
    for phase in PHASES:
        values = steps.of(phase.name)
        values = values[~np.isnan(values)]
        if values.size:
            least, half, most = np.quantile(values, (0.05, 0.5, 0.95)).tolist()
            rows.append(
                [phase.title, values.size, least, half, most, float(values.max()), float(values.sum())]
            )
    columns = [("step", "text"), ("tasks", "count")]
    columns += [(name, "ns") for name in ("5 % below", "median", "95 % below", "longest", "in all")]
    return _table("phases", "Phases: how long each step of a task took", columns, rows)


def _functions(trace: Tables) -> Table:
    columns = [
        *(("function", "text"), ("tasks", "count"), ("ended", "count"), ("items", "count")),
        *(("in all", "ns"), ("median", "ns"), ("95 % below", "ns"), ("longest", "ns")),
        *(("on a core", "share"), ("arguments", "bytes"), ("results", "bytes"), ("serializing", "share")),
    ]
    rows = []
    for one in map(asdict, functions(trace)):
        names = ("tasks", "finished", "items", "run_ns", "run_median_ns", "run_p95_ns", "run_max_ns")
        more = ("on_core_share", "args_bytes", "result_bytes", "overhead_share")
        rows.append([plain(one["name"]), *(one[name] for name in (*names, *more))])
    return _table("functions", "Functions", columns, rows)


def _processes(trace: Tables) -> Table:
    columns = [
        *(("process", "text"), ("PID", "id"), ("role", "text"), ("start method", "text")),
        *(
            ("started", "time"),
            ("ended", "time"),
            ("exit code", "id"),
            ("CPU time", "ns"),
            ("tasks", "count"),
        ),
    ]
    ran = np.bincount(np.maximum(integers(trace.tasks, "process"), -1) + 1, minlength=1)
    rows = []
    for one in trace.processes.astype(object).where(trace.processes.notna(), None).to_dict("records"):
        place = int(one["process"]) + 1
        tasks = int(ran[place]) if place < ran.size else 0
        texts = [plain(str(one["name"] or "")), one["pid"], one["role"], one["start_method"]]
        began = one["start_called"] if one["start_called"] is not None else one["started"]
        rows.append([*texts, began, one["exited"], one["exitcode"], one["cpu_ns"], tasks])
    return _table("processes", "Processes", columns, rows)
