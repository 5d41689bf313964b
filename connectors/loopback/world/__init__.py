"""A believable world for the two emulators: see :func:`people`."""

from connectors.loopback.world.build import World, furnish, people
from connectors.loopback.world.crew import Crew, Member
from connectors.loopback.world.season import Season

__all__ = ["Crew", "Member", "Season", "World", "furnish", "people"]
