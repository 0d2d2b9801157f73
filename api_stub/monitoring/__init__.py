"""What machines ask of the web process: whether it lives and can be sent requests, and its metrics."""
