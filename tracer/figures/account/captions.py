"""The words of the account's figure: its title, and how to read its bars."""

from __future__ import annotations

import pandas as pd

from tracer.analysis.account import Account
from tracer.analysis.account.categories import TITLE
from tracer.analysis.structure.lanes import KINDS
from tracer.figures.style.text import NO_BREAK, joined
from tracer.wording import count, duration, percent

PLURAL = {"process": "processes"}


def account_title(account: Account) -> str:
    """In one sentence, what the workers' time went into: its greatest parts."""
    kinds = [kind for kind in KINDS if _of(account, kind).to_numpy().sum() > 0]
    if not kinds:
        return "Nothing ran"
    kind = next((kind for kind in ("worker", "process", "thread") if kind in kinds), kinds[0])
    total, number = _of(account, kind).sum(), len(_of(account, kind))
    share = total / total.sum()
    greatest = share[share >= 0.02].sort_values(ascending=False, kind="stable").head(3)
    parts = [f"{percent(value)}{NO_BREAK}{TITLE[str(name)]}" for name, value in greatest.items()]
    who = "The program" if kind == "main" else count(number, kind, PLURAL.get(kind, ""))
    together = " in all" if number > 1 else ""
    return f"{who} lived {duration(float(total.sum()))}{together}: {', '.join(parts)}"


def _of(account: Account, kind: str) -> pd.DataFrame:
    return account.table[(account.lanes["kind"] == kind).to_numpy()]


def notes(account: Account, numbered: bool = True) -> str:
    """How to read the bars; of shares only where bars are `numbered`."""
    parts = ["numbers: share of the lane's life"] if numbered else []
    if not account.exact_cores:
        parts.append(
            "whether a thread had a core is known of some runs only"
            if account.core_source == "stamps"
            else "running and blocked are inferred from samples"
        )
    unexplained = account.table["unexplained"].sum() / max(float(account.wall_ns.sum()), 1.0)
    if unexplained >= 0.001:
        parts.append(f"{percent(unexplained)} of all is unexplained")
    return joined(parts)
