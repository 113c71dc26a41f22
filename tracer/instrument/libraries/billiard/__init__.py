"""billiard: celery's fork of multiprocessing, with a pool that is another inside.

    caller          apply_async(), map(), imap() ─ submitted
    task handler    pickle_start ─ pickle_end ─ write ─ sent            (TASK, (job, index, function, …))
    worker          get_payload ─ wait_start ─ lock_acquired ─ received
                    put(ACK) ─ run_start ─ run_end ─ put(READY): result_pickled ─ write ─ result_sent
    result handler  result_received ─ result_unpickled ─ on_ready: _set, callbacks ─ delivered

A celery worker's prefork pool is one of these. With a broker that has an event loop (`AsynPool`) main serves
it without threads, each worker has pipes of its own, and when a write returned is not recorded.

Tried with billiard 4.3.2 and celery 5.7.0. Stands on `billiard.pool`: `Pool` (`_setup_queues`, `_quick_put`,
`_quick_get`, `_taskqueue`, `WorkerProcess`), `Worker` (`_make_child_methods`, `wait_for_job`, `_do_exit`, its
queues' `get_payload` and `send_payload`), `ResultHandler` (`_make_methods`, `state_handlers`, `cache`),
`ApplyResult` and `IMapIterator`; on `celery.concurrency.asynpool.AsynPool._create_write_handlers`, and on the
task's name being the first argument of what `celery.app.trace` runs.
"""
