"""Cause: chunk-imbalance. The expensive items lie side by side, and one chunk has them all.

By construction: of four chunks of 25 items, three take 25 × 4 ms = 0.1 s, and the last 25 × 36 ms = 0.9 s; no
item is long by itself. One worker is done after 0.2 s, the other after 1.0 s: 0.6 s would do.
Fix: smaller chunks. `--fixed`: a chunk size of 1.
"""

from multiprocessing import Pool

from work import compute, options, timed


def main() -> None:
    """Run cheap items and then expensive ones, in large chunks."""
    chosen = options(__doc__)
    with timed(), Pool(2) as pool:
        pool.map(compute, [4.0] * 75 + [36.0] * 25, chunksize=1 if chosen.fixed else 25)


if __name__ == "__main__":
    main()
