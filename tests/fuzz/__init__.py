"""Fuzzing what is read: damaged, hostile and odd runs, and what every command makes of them.

    corpus   a few recorded runs: their tables, and the journals that they were made of
    tables   a trace's folder with something changed in it
    journals a folder of journals with something changed in it
    names    a trace in which people gave things other names
    answers  a command on such a folder: a clean line, or a true answer, in bounded time and memory

`python -m tests.fuzz --seeds 1000` tries as many; the tests try 300. On the same corpus (`--corpus DIR` keeps
it) a seed does the same.
"""
