"""Hooks on the standard library: multiprocessing, concurrent.futures and threading."""
