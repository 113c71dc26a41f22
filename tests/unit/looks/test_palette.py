from tracer.looks import palette
from tracer.timeline import kinds


def test_every_kind_of_bar_has_a_look():
    """In the order of the timeline, by its name and label; a kind that is added there is missed here."""
    for looks, known in (
        (palette.BARS, kinds.BARS),
        (palette.SPANS, kinds.SPANS),
        (palette.STATES, kinds.STATES),
    ):
        assert [(look.name, look.label) for look in looks] == [(kind.name, kind.label) for kind in known]
