"""Forms: their fields, and how one that could not be used is shown again."""
