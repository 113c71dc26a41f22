"""Names, each kept once: a slice has the number of its name."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from tracer.analysis.columns import Integers


class Names:
    """Texts by number, from 0; the empty one is number 0."""

    def __init__(self) -> None:
        self.texts: list[str] = [""]
        self._numbers: dict[str, int] = {"": 0}

    def __len__(self) -> int:
        return len(self.texts)

    def number(self, text: str) -> int:
        """Return the number of a text, which it is given the first time."""
        found = self._numbers.setdefault(text, len(self.texts))
        if found == len(self.texts):
            self.texts.append(text)
        return found

    def numbers(self, texts: Iterable[object]) -> Integers:
        """Return the number of each text; what is missing is the empty one."""
        codes, unique = pd.factorize(pd.Series(texts, dtype="string"))
        known = np.array([*(self.number(str(text)) for text in unique), 0], np.int64)
        return np.asarray(known[codes])
