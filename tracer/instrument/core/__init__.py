"""What all hooks share: putting them in place, stamps of tasks, spans, names and tracebacks."""
