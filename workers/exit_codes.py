"""How a worker process says to its pool why it ended."""

EXIT_OVERDUE = 75
"""The process left because of a job that ran past its deadline, which its flight record names."""
EXIT_BROKEN = 76
"""The process left because one of its threads had died; what it held has been given back."""
EXIT_STOPPED = 77
"""A person asked the process to end, and it is not started again."""
EXIT_REPLACED = 78
"""A person asked the process to end; another takes its place."""
