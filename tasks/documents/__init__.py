"""Documents: taking them in, looking at them, and showing what is on them."""
