"""`python -m tracer`."""

import os
import sys

# `-m` puts the current folder first, and that may hold a `json.py` of the program's own: not ours to import.
if sys.path[0] == os.getcwd() != os.path.dirname(os.path.dirname(os.path.abspath(__file__))):
    del sys.path[0]

from tracer.cli.main import main

sys.exit(main())
