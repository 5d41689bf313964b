"""Simulated reps, who work the handed-off leads through the public APIs: see :class:`Reps`."""

from connectors.loopback.reps.quarter import Quarter, QuarterReps
from connectors.loopback.reps.reps import Reps

__all__ = ["Quarter", "QuarterReps", "Reps"]
