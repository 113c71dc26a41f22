"""CPython's own tests of multiprocessing under fork, as `test.test_multiprocessing_fork` makes them."""

import sys

from test import _test_multiprocessing

_test_multiprocessing.install_tests_in_module_dict(globals(), "fork")

if sys.version_info < (3, 11, 8) or (3, 12) <= sys.version_info < (3, 12, 2):
    # It may run for minutes, untraced too, on a busy machine: python/cpython#113205.
    globals()["WithThreadsTestPool"].test_terminate = None
