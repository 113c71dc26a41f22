"""What of the workers' time on cores was seen: where much was not, there is no verdict."""

from tracer.analysis.seen.seen import Seen, Unseen, enough, named, seen

__all__ = ["Seen", "Unseen", "enough", "named", "seen"]
