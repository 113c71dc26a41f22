"""The live view: a run in progress, drawn in a terminal four times a second from its growing journals.

    journals ──► tables.growing    what is new in them                              `Growing`
                   ▼
                 people, tasks, cover   who is there, what became of the tasks, when each lane ran
                   ▼
                 run               all of it, and what a view needs of it            `LiveRun`
                   ▼
                 grid              its lanes in columns of time                      `Grid`
                   ▼
                 view              lines of text, as the summary at the end has them `lines`
                   ▼
                 panel             the lowest rows of the terminal                   `Panel`

There are no tables yet, so nothing here loads pandas: that would cost the machine more than the view does.
What it says is held against the tables of the same journals by tests/unit/live.
"""
