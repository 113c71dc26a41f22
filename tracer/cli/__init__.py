"""The command line: `python -m tracer COMMAND …`.

main ──► commands/ (one a file) ──► the parts that they share (here) ──► terminal/ (what is printed)
"""
