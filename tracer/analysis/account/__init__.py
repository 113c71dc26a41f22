"""The account: where the time of every lane went, in categories that do not overlap and add up to its life.

    tables ─► lanes ─► intervals (lane, category, start, end) ─► sums by lane and category

`categories` says what each category means; `workers`, `hidden` and `others` make the intervals; `account`
adds them up, over the lanes' lives or over any window.
"""

from tracer.analysis.account.account import Account, account
from tracer.analysis.account.categories import CATEGORIES, Category

__all__ = ["CATEGORIES", "Account", "Category", "account"]
