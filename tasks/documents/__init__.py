"""Documents: taking them in, looking at them, keeping them, and handing them out."""
