"""Lanes of processes and threads, as the Gantt chart and the comparison of runs show them."""
