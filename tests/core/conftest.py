"""Hypothesis is deterministic here: the same examples on every machine, and no deadline that a busy one could miss."""

from hypothesis import settings

settings.register_profile("core", deadline=None, derandomize=True, database=None, max_examples=200)
settings.load_profile("core")
