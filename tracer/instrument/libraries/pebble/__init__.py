"""pebble: `ProcessPool`, `ThreadPool` and functions that are decorated to run in a process of their own.

    caller             schedule(), map() ─ submitted                  put on the pool's queue of tasks
    task scheduler     pickle_start ─ pickle_end ─ write ─ sent       its end of the channel: `writer.send`
    worker             poll ─ wait_start   the channel's lock ─ lock_acquired   read ─ received
                       acknowledge ─ run_start ─ run_end ─ result_pickled ─ write ─ result_sent
    message manager    result_received ─ result_unpickled ─ set_result, callbacks ─ delivered
    pool manager       stops the worker of a task that takes too long, and answers in its place

Tried with 5.2.3. Stands on `pebble.pool.process`: `PoolManager` (`start`, `process_next_message`,
`handle_broken_pool`), `WorkerManager.create_channels`, `TaskManager.task_done`, `worker_process`, and the
names of the attributes of its channels and messages; on `pebble.pool.thread`: `worker_thread`, `execute`,
`execute_next_task`; on `pebble.concurrent.process._worker_handler` and `pebble.common.launch_process`.
"""
