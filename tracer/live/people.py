"""Who is there: the workers, child processes and threads of a run in progress, each a lane."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tracer.record import alive, schema
from tracer.record.kinds import OWN_THREADS
from tracer.tables.growing import Growing

ROLES = ("worker", "process")
"""Roles of processes that have a lane."""
_THREADS = ("worker", *OWN_THREADS)


@dataclass(eq=False)
class Lane:
    """One row of the view: a process (`tid` is None) or a thread. Times are on the journals' clock, in ns.

    `row` is its number in the cover; `running` has the beginnings of what runs on it now, by whose they are;
    `tasks` were begun on it, and `run_ns` is how long all that is over ran. `targets` tells that what runs on
    it is a function that was started with it, and no task; `lost` when a task was lost with it.
    """

    process: int
    tid: int | None
    name: str
    role: str
    row: int
    born: int = 0
    ready: int = 0
    ended: int = 0
    tasks: int = 0
    run_ns: float = 0.0
    targets: bool = False
    running: dict[object, int] = field(default_factory=dict)
    lost: list[int] = field(default_factory=list)


class People:
    """The processes of a run, and their lanes, in the order in which they were seen.

    `first` is when the first process was started, 0 where none was.
    """

    def __init__(self, growing: Growing, new_row: Any) -> None:
        self._growing, self._new_row = growing, new_row
        self.lanes: dict[tuple[int, int | None], Lane] = {}
        self._starts: dict[int, int | None] = {}
        self._called: dict[tuple[str, int], int] = {}
        self._births: dict[tuple[str, int], int] = {}
        self._seen = self.first = 0
        self.main: int | None = None

    def meet(self) -> None:
        """Take in the processes whose first journal is new."""
        for number in range(self._seen, len(self._growing.people)):
            one = self._growing.people[number]
            self._starts[number] = alive.started(one["pid"])
            if one["role"] == "main" and self.main is None:
                self.main = number
            birth = one.get("birth")
            if isinstance(birth, list) and len(birth) == 2:
                self._births[str(birth[0]), int(birth[1])] = number
            if one["role"] in ROLES:
                lane = self._lane(number, None, str(one.get("name") or one["pid"]), one["role"])
                if isinstance(birth, list) and len(birth) == 2:
                    lane.born = self._called.get((str(birth[0]), int(birth[1])), 0)
        self._seen = len(self._growing.people)

    def lane(self, process: int, tid: int | None) -> Lane:
        """Return the lane on which a thread's tasks run: its own, or its process's."""
        found = self.lanes.get((process, tid)) or self.lanes.get((process, None))
        return found or self._lane(process, None, f"PID {self._growing.people[process]['pid']}", "")

    def stage(self, process: int, words: list[int]) -> None:
        """Take in a step of a process's own life."""
        lane = self.lanes.get((process, None))
        if lane is None:
            return
        stage, at = words[0], words[1]
        if stage == schema.STARTED:
            lane.born = lane.born or at
        elif stage == schema.TARGET_START:
            lane.ready = at
            if lane.role == "process":
                lane.targets, lane.running["target"] = True, at
        elif stage in (schema.TARGET_END, schema.EXITING):
            lane.ended = lane.ended or at

    def child(self, process: int, words: list[int]) -> None:
        """Take in what a parent saw of its child."""
        birth, event, at, _ = words[:4]
        key = str(self._growing.people[process]["process"]), birth
        number = self._births.get(key)
        if birth >= schema.BY_PID:
            pid = birth - schema.BY_PID
            mine = [n for n, one in enumerate(self._growing.people) if one["pid"] == pid]
            number = mine[-1] if mine else None
        lane = None if number is None else self.lanes.get((number, None))
        if event == schema.START_CALLED:
            self._called[key] = at
            self.first = min(self.first or at, at)
            if lane is not None:
                lane.born = at
        elif event == schema.REAPED and lane is not None:
            lane.ended = lane.ended or at

    def thread(self, process: int, words: list[int]) -> int:
        """Take in that a thread begins; return its number."""
        started, tid, name, role, library = words[:5]
        role_name = self._growing.name(process, role)
        if (
            role_name in _THREADS
            and not library
            and self._growing.people[process]["role"] in (*ROLES, "main")
        ):
            lane = self._lane(process, tid, self._growing.name(process, name) or "thread", role_name)
            lane.born = lane.ready = started
            if role_name in OWN_THREADS:
                lane.targets, lane.running["target"] = True, started
        return tid

    def thread_end(self, process: int, tid: int, at: int) -> None:
        """Take in that a thread has ended."""
        lane = self.lanes.get((process, tid))
        if lane is not None:
            lane.ended = at

    def look(self, now: int) -> None:
        """Note the processes that have gone without a word, as those that were killed do."""
        for (process, _), lane in self.lanes.items():
            if not lane.ended and self.is_gone(process):
                lane.ended = now

    def is_gone(self, process: int) -> bool:
        """Tell whether a process that was there when its journal was found is not there any more."""
        start = self._starts.get(process)
        return start is not None and alive.started(self._growing.people[process]["pid"]) != start

    def _lane(self, process: int, tid: int | None, name: str, role: str) -> Lane:
        lane = Lane(process, tid, name, role, self._new_row())
        self.lanes[process, tid] = lane
        return lane
