"""CPython's own tests of multiprocessing under fork, as `test.test_multiprocessing_fork` makes them."""

from test import _test_multiprocessing, support

_test_multiprocessing.install_tests_in_module_dict(globals(), "fork")


class WithThreadsTestPool(WithThreadsTestPool):  # noqa: F821
    """The tests of ThreadPool, one of which may take five minutes before 3.11.8 and 3.12.2."""

    def test_terminate(self):
        """A thread may sleep on after it: a second, as since python/cpython#113205."""
        with support.swap_attr(support, "LONG_TIMEOUT", 1):
            super().test_terminate()
