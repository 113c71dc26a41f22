"""Cause: serial-section. The program computes by itself while its pool waits.

By construction: 0.2 s before, between and after two rounds of tasks, which take 0.2 s each on two cores: of
1.0 s, 0.6 are serial. `--before`, `--between`, `--after`: all 0.6 s in this one place.
Fix: give that work to the pool too. `--fixed`: as tasks of 20 ms, 0.7 s in all.
"""

from multiprocessing import Pool

from work import compute, options, timed


def main() -> None:
    """Compute in the program's own thread around the rounds of the pool."""
    chosen = options(__doc__, "before", "between", "after")
    sections = [chosen.before, chosen.between, chosen.after]
    sections = [600.0 * here for here in sections] if any(sections) else [200.0] * 3
    with timed(), Pool(2) as pool:
        for number, section in enumerate(sections):
            if chosen.fixed:
                pool.map(compute, [20.0] * int(section / 20), chunksize=1)
            else:
                compute(section)
            if number < 2:
                pool.map(compute, [20.0] * 20, chunksize=1)


if __name__ == "__main__":
    main()
