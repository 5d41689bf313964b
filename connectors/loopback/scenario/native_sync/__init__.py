"""A second integration between the two systems, such as HubSpot's own: see :class:`NativeSync`."""

from connectors.loopback.scenario.native_sync.sync import NativeSync

__all__ = ["NativeSync"]
