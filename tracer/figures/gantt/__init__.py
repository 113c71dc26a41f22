"""The Gantt chart: processes, cores and concurrency over one time axis."""
