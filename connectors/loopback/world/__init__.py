"""A believable world for the two emulators: see :func:`build`."""

from connectors.loopback.world.build import World, build
from connectors.loopback.world.crew import Crew, Member

__all__ = ["Crew", "Member", "World", "build"]
