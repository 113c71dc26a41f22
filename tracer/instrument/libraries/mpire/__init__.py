"""mpire's `WorkerPool`: each worker takes chunks from a queue of its own; results come back on one.

    caller          map(), imap(), apply_async() ─ submitted       add_task: on a worker's queue
    queue feeder    pickle_start ─ pickle_end ─ write ─ sent       one thread for each worker's queue
    worker          get ─ wait_start ─ lock_acquired ─ received ─ first item: run_start ─ add_results: run_end
    its feeder      result_pickled ─ write ─ result_sent
    results handler result_received ─ result_unpickled ─ _set, callbacks ─ delivered (the next get)

Nothing on a queue numbers its messages, and each is in the order in which it was put: with what both ends
count, a task is (job, count × workers + worker). A worker that takes another's place (`worker_lifespan`) is
told how many results its queue's earlier ones have sent.

Tried with 2.10.2. Stands on `WorkerPool` (`imap_unordered`, `apply_async`, `_cache`), on `WorkerComms`
(`init_comms`, `add_task`, `_task_queues`, `_results_queue`), on `AbstractWorker` (`_run_init_func`,
`_run_exit_func`, `worker_comms`, `worker_id`), and on the attributes of `multiprocessing.queues.Queue`.
"""
