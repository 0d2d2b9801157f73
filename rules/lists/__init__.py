"""Filters of lists as people write them: tokens such as ``state:dead``, and the meanings of their values."""
