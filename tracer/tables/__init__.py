"""Tables: the journals that a run left → the tables of a trace, and those tables in Parquet and back."""
