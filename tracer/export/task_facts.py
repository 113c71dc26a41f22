"""What is known of each task beside its times: its name, what a viewer shows when it is selected."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from tracer.analysis.columns import Booleans, Integers
from tracer.export.names import Names
from tracer.timeline.functions import short_names
from tracer.timeline.task_columns import TaskColumns


@dataclass(frozen=True)
class Fact:
    """A column of facts: `values` where `known`; `is_text` says that they are numbers of names."""

    name: str
    values: Integers
    known: Booleans
    is_text: bool = False


_NUMBERS = (
    *("task", "pool", "items", "args_bytes", "result_bytes", "core_start", "core_end"),
    *("cpu_ns", "runq_ns"),
)
_TEXTS = ("function", "label", "status", "error", "submitter")


def task_facts(columns: TaskColumns, names: Names) -> list[Fact]:
    """Return the facts on a trace's tasks; a column that no task has is left out."""
    facts = []
    for name in _NUMBERS:
        values = columns.number(name)
        facts.append(Fact(name, values, values >= 0))
    for name in _TEXTS:
        column = columns.trace.tasks[name]
        facts.append(Fact(name, names.numbers(column), column.notna().to_numpy(bool), is_text=True))
    return [fact for fact in facts if fact.known.any()]


def task_names(columns: TaskColumns, names: Names) -> Integers:
    """Return the numbers of the tasks' names: the label, else the function, with the items of a chunk."""
    frame = columns.trace.tasks
    codes, functions = pd.factorize(frame["function"])
    short = np.array([*short_names([str(name) for name in functions]), "task"], object)
    many = np.maximum(columns.number("items"), 1)
    named, kinds = pd.factorize(many * (len(short) + 1) + np.where(codes < 0, len(short) - 1, codes))
    texts = []
    for kind in kinds.tolist():
        items, function = divmod(kind, len(short) + 1)
        texts.append(f"{items:,} × {short[function]}" if items > 1 else str(short[function]))
    known = np.array([names.number(text) for text in texts], np.int64)
    labelled = frame["label"].notna().to_numpy(bool)
    result = known[named] if len(texts) else np.zeros(0, np.int64)
    if labelled.any():
        result[labelled] = names.numbers(frame["label"][labelled])
    return np.asarray(result)
