"""The resources of the API: a module for each noun, in the groups of ``db``."""
