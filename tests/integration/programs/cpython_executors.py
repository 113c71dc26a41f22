"""CPython's own tests of an executor that could stand still, under fork, without the one that does.

Where a task fails to be pickled while its executor shuts down, 3.13 stands still now and then, traced or not.
"""

from test.test_concurrent_futures.test_deadlock import ProcessPoolForkExecutorDeadlockTest


class Deadlocks(ProcessPoolForkExecutorDeadlockTest):
    """All of them but one."""

    test_shutdown_deadlock_pickle = None
