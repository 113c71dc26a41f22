"""Damaged, hostile and odd runs: each command gives a clean line or a true answer, within 5 s and 1 GB."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from tests.fuzz import answers, corpus, seeds
from tests.fuzz import journals as fuzz_journals
from tests.fuzz.corpus import Corpus
from tracer.analysis.findings import rules
from tracer.record import schema
from tracer.tables import journals

SEEDS = 60


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    """The corpus, recorded here and now."""
    return corpus.record(tmp_path_factory.mktemp("corpus"))


def test_seeds(recorded: Corpus) -> None:
    """None of them fails, and the commands answer some and refuse some: neither is all that they do."""
    tally = seeds.Tally()
    for seed, outcome, seconds in seeds.attempt(range(SEEDS), recorded):
        tally.add(seed, outcome, seconds)
    assert tally.failures == {}
    assert tally.kinds.total() == SEEDS
    assert tally.kinds["answered"] > SEEDS / 10
    assert tally.kinds["refused"] > SEEDS / 10


def test_records_that_few_runs_have_are_among_the_journals(recorded: Corpus, tmp_path: Path) -> None:
    """The fuzzer writes them so that they are read, and says with them what cannot be as well."""
    read, refused = set(), 0
    for seed in range(40):
        run = corpus.copied(recorded.journals[seed % len(recorded.journals)], tmp_path / "run")
        fuzz_journals.rare(Random(seed), run / schema.JOURNAL_FOLDER)
        found = journals.read(run / schema.JOURNAL_FOLDER)
        rare = (schema.SKIPPED, schema.ANSWER, schema.UNFOLLOWED)
        read |= {kind for kind in rare if len(found.kind(kind))}
        refused += found.damaged
    assert len(read) == 3
    assert refused


def test_a_fault_is_found(recorded: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The fuzzer itself: an analysis that raises, a number that is none and a share beyond 1 are failures."""
    run = corpus.copied(recorded.tables[0], tmp_path / "run")
    monkeypatch.setattr(answers, "COMMANDS", [("diagnose",)])
    assert answers.answer(Random(0), run, run).kind == "answered"

    def fail(*_: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(rules, "rule_of", lambda _: fail)
        assert answers.answer(Random(0), run, run).kind == "failed"
    wrong = {"code": "x", "share": 1.5, "seconds": 0}
    assert "1.5 of the makespan" in answers._untrue({"findings": [wrong]})
    assert answers.NO_NUMBER.search("took nan s")
