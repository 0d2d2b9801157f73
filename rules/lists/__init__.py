"""What a person asks of a list, in words: tokens such as ``state:dead``, and what their values mean."""
