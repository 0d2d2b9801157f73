"""Why work is not done, in sentences: what a job waits for, what is overdue, what did not happen at all."""
