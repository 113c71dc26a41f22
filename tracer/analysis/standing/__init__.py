"""Where the threads of a run stand, on what, and whether anything that is left can wake them.

table standing ─► looks (who stood together, and what each was doing) ─► deadlock (who cannot go on)
                                                                      ─► reasons (whose death that may be)
                                                                      ─► words (on what, in a sentence)
"""

from tracer.analysis.standing.advice import advice
from tracer.analysis.standing.deadlock import Deadlock, deadlock
from tracer.analysis.standing.ended import stopped_before
from tracer.analysis.standing.looks import Look, Stand, looks
from tracer.analysis.standing.reasons import HELD, Reason, reasons
from tracer.analysis.standing.words import in_words, in_words_each, of_whom, on_what

__all__ = [
    "HELD",
    "Deadlock",
    "Look",
    "Reason",
    "Stand",
    "advice",
    "deadlock",
    "in_words",
    "in_words_each",
    "looks",
    "of_whom",
    "on_what",
    "reasons",
    "stopped_before",
]
