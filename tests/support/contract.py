"""Holds a trace folder against the contract of its tables; knows pandas, and nothing of tracer's code.

    python tests/support/contract.py TRACE_DIR    (the folder with tasks.parquet, meta.json, …)

Prints one line for each breach and exits 1; exits 0 where all holds.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

COLUMNS = {
    "tasks": """pool kind task function items host process worker_pid worker_tid submitted pickle_start
        pickle_end sent wait_start lock_acquired received run_start run_end result_pickled result_sent
        result_received result_unpickled delivered args_bytes result_bytes core_start core_end cpu_ns runq_ns
        status error submitter""",
    "processes": """host process pid ppid name role start_method start_called forked started target_start
        target_end exited exitcode affinity cpu_ns library stopped stop_signal error failed_in""",
    "items": "task item start end core_start core_end status",
    "slices": "host core process pid tid start end reason",
    "spans": "host process pid tid category name start end core_start core_end data",
    "threads": "host process pid tid name role started ended library",
}
META = """tracer_version command argv python platform hostname cpu_count affinity start_method
    origin_unix_ns core_source losses"""
ORDERED = [
    "submitted",
    "pickle_start",
    "pickle_end",
    "received",
    "run_start",
    "run_end",
    "result_pickled",
    "result_received",
    "result_unpickled",
    "delivered",
]
AFTER = [
    ("pickle_end", "sent"),
    ("result_pickled", "result_sent"),
    ("wait_start", "lock_acquired"),
    ("lock_acquired", "received"),
]
LIFE = ["start_called", "started", "target_start", "target_end", "exited"]
ALLOWED = {
    ("tasks", "status"): "ok error unpicklable lost broken cancelled unfinished",
    ("slices", "reason"): "preempted blocked exited running unknown",
    ("processes", "role"): "main process worker manager forkserver resource_tracker subprocess tracer",
    (
        "threads",
        "role",
    ): "main task_handler result_handler worker_handler queue_feeder executor_manager worker user"
    " user pin_memory event_loop native",
}
INTEGERS = {
    "tasks": [
        *["task", "items", "worker_pid", "wait_start", "lock_acquired", "sent", "result_sent"],
        *["args_bytes", "result_bytes", "cpu_ns", "runq_ns"],
        *ORDERED,
    ],
    "processes": ["process", "pid", "forked", "cpu_ns", *LIFE],
    "slices": ["core", "process", "pid", "tid", "start", "end"],
    "spans": ["process", "pid", "tid", "start", "end"],
    "items": ["task", "start", "end"],
    "threads": ["process", "pid", "tid"],
}


def numbers(series: pd.Series[Any]) -> np.ndarray[Any, Any]:
    """Values as float64, NaN where missing (2^53 ns is 104 days: exact for a trace)."""
    return series.to_numpy(dtype="float64", na_value=np.nan)


def overlaps(frame: pd.DataFrame, keys: list[str], start: str, end: str) -> int:
    """Count intervals that begin before their predecessor within `keys` has ended."""
    frame = frame.dropna(subset=[start, end]).sort_values([*keys, start])
    same = np.ones(max(len(frame) - 1, 0), dtype=bool)
    for key in keys:
        column = frame[key].to_numpy()
        same &= column[1:] == column[:-1]
    return int((same & (numbers(frame[start])[1:] < numbers(frame[end])[:-1])).sum())


def check_form(folder: Path) -> tuple[list[str], dict[str, pd.DataFrame], dict[str, Any]]:
    bad: list[str] = []
    tables: dict[str, pd.DataFrame] = {}
    meta: dict[str, Any] = {}
    for name, columns in COLUMNS.items():
        path = folder / f"{name}.parquet"
        if not path.is_file():
            bad.append(f"{path.name}: missing")
            continue
        frame = tables[name] = pd.read_parquet(path)
        for column in columns.split():
            if column not in frame:
                bad.append(f"{path.name}: no column {column}")
            elif column in INTEGERS.get(name, ()) and not pd.api.types.is_integer_dtype(frame[column]):
                bad.append(f"{path.name}: {column} is {frame[column].dtype}, not an integer dtype")
            elif (allowed := ALLOWED.get((name, column))) and (
                odd := set(frame[column].dropna().astype(str)) - set(allowed.split())
            ):
                bad.append(f"{path.name}: {column} holds {sorted(odd)}")
    if (folder / "meta.json").is_file():
        meta = json.loads((folder / "meta.json").read_text())
        bad += [f"meta.json: no {key}" for key in META.split() if key not in meta]
        if meta.get("core_source") not in {"kernel", "sampled", "stamps"}:
            bad.append(f"meta.json: core_source is {meta.get('core_source')!r}")
    else:
        bad.append("meta.json: missing")
    return bad, tables, meta


def check_tasks(tasks: pd.DataFrame, processes: pd.DataFrame) -> list[str]:
    bad = []
    if tasks["task"].duplicated().any():
        bad.append("tasks: task numbers repeat")
    latest = np.full(len(tasks), -np.inf)
    for phase in ORDERED:
        value = numbers(tasks[phase])
        if early := int((value < latest).sum()):
            bad.append(f"tasks: {phase} lies before an earlier phase in {early} of {len(tasks)}")
        latest = np.fmax(latest, value)
    for first, second in AFTER:
        if early := int((numbers(tasks[second]) < numbers(tasks[first])).sum()):
            bad.append(f"tasks: {second} lies before {first} in {early} of {len(tasks)}")
    done = tasks[tasks["status"].isin(["ok", "error"])]
    for column in ("submitted", "process", "worker_pid", "run_start", "run_end", "function"):
        if gap := int(done[column].isna().sum()):
            bad.append(f"tasks: {column} missing in {gap} tasks that finished")
    if strange := set(done["process"].dropna()) - set(processes["process"]):
        bad.append(f"tasks: process not in processes: {sorted(strange)[:5]}")
    if count := overlaps(tasks, ["host", "process", "worker_tid"], "run_start", "run_end"):
        bad.append(f"tasks: {count} runs overlap in one thread")
    wall = numbers(tasks["run_end"]) - numbers(tasks["run_start"])
    if count := int((numbers(tasks["cpu_ns"]) > wall * 1.02 + 50_000).sum()):
        bad.append(f"tasks: cpu_ns exceeds the run's wall time in {count}")
    return bad


def breaches(folder: Path) -> list[str]:
    """What a trace's folder breaks of the contract, a line each."""
    bad, tables, meta = check_form(folder)
    if bad:
        return bad
    tasks, processes, slices = tables["tasks"], tables["processes"], tables["slices"]
    bad += check_tasks(tasks, processes)
    if processes["process"].duplicated().any():
        bad.append("processes: process numbers repeat")
    if (processes["role"] == "main").sum() < 1:
        bad.append("processes: no main")
    latest = np.full(len(processes), -np.inf)
    for phase in LIFE:
        value = numbers(processes[phase])
        if early := int((value < latest).sum()):
            bad.append(f"processes: {phase} lies before an earlier time in {early}")
        latest = np.fmax(latest, value)
    for name in ("slices", "spans", "items"):
        frame = tables[name]
        if name == "slices" and (gap := int(frame[["start", "end"]].isna().any(axis=1).sum())):
            bad.append(f"slices: {gap} without start or end")
        if wrong := int((numbers(frame["end"]) < numbers(frame["start"])).sum()):
            bad.append(f"{name}: {wrong} end before they start")
    if meta["core_source"] == "kernel" and slices.empty:
        bad.append("slices: empty though core_source is kernel")
    if meta["core_source"] == "kernel":
        if count := overlaps(slices, ["host", "core"], "start", "end"):
            bad.append(f"slices: {count} overlap on one core")
        if count := overlaps(slices, ["host", "process", "tid"], "start", "end"):
            bad.append(f"slices: a thread is on two cores at once, {count} times")
    return bad


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    found = breaches(Path(sys.argv[1]))
    print(*found or ["all holds"], sep="\n")
    sys.exit(1 if found else 0)
