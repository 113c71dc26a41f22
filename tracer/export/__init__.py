"""Exports: a trace in the formats of other viewers.

    timeline ─► people, pieces, tracks     who ran what, in slices that nest: the same for all formats
                  │
                  ├─► perfetto, track_events, scheduling, packets     protobuf (extra `perfetto`)
                  ├─► chrome                                          JSON, the Trace Event Format
                  └─► firefox                                         JSON, the Firefox Profiler's
    tables ─────────► csv_tables                                      the tables as they are

`formats` lists them, and loads nothing.
"""
