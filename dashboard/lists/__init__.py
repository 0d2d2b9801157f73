"""Lists on pages: their filters, with keys and values, their orders and their rows."""
