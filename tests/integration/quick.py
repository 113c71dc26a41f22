"""What of the real runs belongs to the quick tests: one of each kind. All others are `thorough`.

By file, the beginnings of names. Pools, executors and processes are whole, under every start method.
"""

from __future__ import annotations

import re

import pytest

QUICK: dict[str, tuple[str, ...]] = {
    "pools": ("",),
    "executors": ("",),
    "processes": ("",),
    "queues": (
        *("every_task_is_seen[fork-queue", "every_task_is_seen[spawn-simple"),
        *("a_worker_that_is_killed_has_lost_its_task[fork", "the_program_is_as_untraced[fork-queue"),
    ),
    "waits": ("every_wait_is_a_span[fork", "a_kind_that_is_none_is_refused"),
    "newer": ("",),
    "imports": ("",),
    "deaths": (
        *("the_program_sees_what_it_sees_untraced[fork", "each_death_is_named[fork"),
        *("what_waited_behind_a_death_is_broken[fork", "the_trace_keeps_the_contract[fork"),
    ),
    "answers": ("a_worker_that_dies_unpickling_has_lost_its_task[fork",),
    "block": ("results_are_those_of_the_stock_classes[fork", "the_trace_keeps_the_contract[stock-fork"),
    "block_fails": ("the_blocks_own_exception_is_raised", "what_was_read_can_be_used"),
    "joins": (
        *("a_python_in_a_subprocess_joins[fork", "a_block_in_a_traced_program", "children_that_the_program"),
        "a_main_that_execs_itself",
    ),
    "endings": (
        *("main_dies_in_the_middle[kill", "sigterm_to_the_command", "ctrl_c_at_a_terminal"),
        *("a_killed_collector", "a_signal_of_another_process_reaches_the_program_once[10-"),
    ),
    "stopped": ("a_killed_collector_and_command_leave_nothing", "a_collector_that_cannot_start"),
    "standing": ("sigterm_to_the_command_at_once[failed_thread",),
    "afterwards": (
        "a_step_that_fails_costs_itself[tracer.tables.store",
        "a_bug_in_another_command_is_one_line[diagnose",
    ),
    "disturbed": ("a_disturbed_folder_costs_records_alone[remove-fork-Thread", "nobody_but_root"),
    "export": ("sql_says_what_the_tables_say[pools", "flows_lead", "perfetto_reads"),
    "full_disk": ("the_program_is_unharmed",),
    "verdicts": (
        "the_work_of_a_library_that_is_not_followed_is_the_first_thing_said[fork",
        "a_coroutine_is_the_submitter",
    ),
    "limits": ("what_a_program_without_rights_cannot_record_is_counted[first", "a_short_process"),
    "lacking": ("without_a_facility_its_columns_are_missing[nothing",),
    "refused": ("a_run_in_a_container_is_sampled_and_says_why[fork", "the_doctor_names"),
    "unprivileged": ("slices_are_whole_and_keep_the_contract[fork]",),
    "replaced": ("the_program_is_as_untraced[wire", "a_pool_that_is_left"),
    "pytest": ("a_word_that_names_tests", "the_second_run"),
    "private": ("nobody_else_reads_what_is_recorded[auto",),
    "slices": (
        *("a_task_s_time_on_cores_agrees_with_its_thread_s_own_clock[fork]", "slices_do_not_overlap[fork]"),
        *("sampling_follows", "where_the_kernel_refuses"),
    ),
    "sources": (
        "the_whole_command_ends_as_the_program_does[sampled",
        "every_command_answers[short_and_long-stamps",
    ),
    "manners": (
        *("a_program_sees_of_itself_what_it_saw_before[spawn", "failures_of_main_look_as_before[thread_pool"),
        *(f"failures_in_children_look_as_before[{case}]" for case in ("pool-fork", "executor-spawn")),
        *("options_that_keep_the_tracer_out", "a_module_is_run", "bytes_on_the_wire_are_the_same[fork]"),
    ),
    "tracebacks": tuple(
        f"a_traceback_is_the_stock_one[{case}]"
        for case in ("map_unpicklable", "pool_result", "executor_argument", "thread_submit", "start_twice")
    ),
    "run_forms": (
        *("a_program_sees_what_it_sees_untraced[-m", "what_is_not_there_is_python_s_to_say[missing.py]"),
        *("the_help_names", "the_program_has_the_name"),
    ),
    "own_processes": ("no_prompt_of_ours",),
    "shadowed": ("what_a_module_does_is_done_no_more_often[spawn", "an_empty_pythonpath"),
    "bad_traces": tuple(f"command[killed-{command}" for command in ("diagnose", "figure", "compare")),
    "diagnose": tuple(
        f"{test}[{program}]"
        for test in ("trace", "account", "first_finding", "a_serial_part_is_shown")
        for program in ("tiny_tasks", "serial_section")
    ),
    "busy_machine": ("other_programs_come_first",),
    "live": (
        *("a_run_is_shown", "a_killed_viewer", "a_run_is_looked_at", "without_a_terminal"),
        *("what_is_not_in_progress", "live_and_quiet"),
    ),
    "live_counts": ("counts_are_those_of_the_tables[", "lanes_are_those_of_the_timeline["),
    "compare_sweep": ("two_runs_compared",),
    "scenarios_plain": (
        *("runs_as_a_script[pool4", "runs_as_a_script[crash", "every_scenario_is_tried"),
        *("runs_under_every_start_method[pool4", "crash_in_a_pool_loses_the_victims_task_only[fork]"),
    ),
}

BY_HAND: dict[str, str] = {
    **dict.fromkeys(("queues", "joins", "pytest", "long_messages", "out_of_memory"), ""),
    "sources": r"every_command_answers\[(?!tiny-tasks-tiny_tasks-stamps|startup-startup-stamps)",
    "diagnose": (
        r".*--(executor|bytes|single|service|between|after|argument|queue|large|window|callback|before|thread"
        r"|initializer)"
    ),
    "lessons": (
        r".*\[(executor4|processes4|pool|oversubscribed|straggler|pinned|chunksize|threads_vs_processes_io)-"
    ),
    "standing": (
        r"the_line_of_python|without_switch_events\[sampled|what_idles.*\[server"
        r"|what_waits.*\[(network|timed_event)"
    ),
    "own_processes": (
        r"settings_of_the_users_are_the_programs\[(?!FIFO|PYTHONWARNINGS)"
        r"|modules_of_the_users_are_not_imported_by_us\[(?!\{'PYTHONPATH)"
    ),
    "output": r"a_reader_may_go\[(sweep|compare)|no_line_ends_in_blanks\[(scenario|sweep|figure)",
    "disturbed": r"a_disturbed_folder_costs_records_alone\[(rename|empty|remove-spawn)",
    "afterwards": (
        r"a_step_that_fails_costs_itself\[.*(KeyError|SystemExit|IndexError|segv-gantt|exit-gantt|ValueError-summary)"
        r"|a_bug_in_another_command_is_one_line\[(whatif|compare)"
    ),
    "bad_traces": r"command\[(threads|one|idle|no-clocks)-",
    "libraries": r"a_copy_of_multiprocessing_is_recorded_by_the_same_hooks\[(spawn|forkserver)",
}
"""By file, a pattern of what `.ci/run` leaves, of what is not quick: all of it takes it longer than it may.

They are more of a kind of which it runs one or two; `pytest -m by_hand` when what they are about changes.
"""


# fmt: off
ALONE = {
    "answers", "busy_machine", "compare_sweep", "diagnose", "disturbed", "fuzz", "imports", "lessons",
    "slices", "verdicts", "waits",
}
# fmt: on
"""Files that judge a run or its cores: other runs beside theirs would be a part of that.

Or that fork the process of pytest, which is another one where several run beside each other.
"""


def mark(items: list[pytest.Item]) -> None:
    """Mark what is not quick; a beginning that no test of its file has is an error of the list."""
    unknown = {
        (item.path.stem.removeprefix("test_"), start)
        for item in items
        for start in QUICK.get(item.path.stem.removeprefix("test_"), ())
    }
    for item in items:
        file = item.path.stem.removeprefix("test_")
        if file in ALONE:
            item.add_marker(pytest.mark.alone)
        found = [start for start in QUICK.get(file, ()) if item.name.removeprefix("test_").startswith(start)]
        unknown -= {(file, start) for start in found}
        if not found:
            item.add_marker(pytest.mark.thorough)
            if re.match(BY_HAND.get(file, "$"), item.name.removeprefix("test_")):
                item.add_marker(pytest.mark.by_hand)
    if unknown and not any("::" in word for word in items[0].config.args):  # whole files were asked for
        raise pytest.UsageError(f"tests/integration/quick.py: no such tests: {sorted(unknown)}")
