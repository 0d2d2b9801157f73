"""The tests. What they import is kept compiled, or each of their processes compiles it anew, for fifteen seconds."""

import sys

sys.dont_write_bytecode = False  # whatever PYTHONDONTWRITEBYTECODE says
