"""A believable world for the two emulators: see :func:`people`."""

from connectors.loopback.world.build import World, furnish, people
from connectors.loopback.world.crew import Crew, Member

__all__ = ["Crew", "Member", "World", "furnish", "people"]
