"""Telling people: new leads to their owners, problems to who mends them. Once each, over crashes too."""

from syncd.alerts.courier import announce, rehearse

__all__ = ["announce", "rehearse"]
