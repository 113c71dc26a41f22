"""Instrumentation: hooks on the stock classes that stamp what processes, pools, executors and threads do.

A hook replaces a method on the class, so it also reaches classes that the program imported or derived
before the trace began. No hook changes what goes over a pipe, and none wraps the user's function.

`typing` costs a worker 5 ms: it is imported for the type checker alone (`TYPE_CHECKING = False`).
"""
