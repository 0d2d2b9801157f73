"""Why work is not done, in sentences: what a job waits for, what is late, what did not happen at all."""
