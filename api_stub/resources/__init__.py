"""What the API has: a module a noun, in the groups of ``db``."""
