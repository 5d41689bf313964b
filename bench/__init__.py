"""What a pull costs beside the physical limit: `python -m bench`, or `make bench`. See docs/performance.md.

portal    the contacts of a made-up HubSpot account, as bytes on the wire
server    a process that replays them, and does as little as it can
sides     the two that are measured: syncd, and the floor
child     one measured process
runs      which processes, in which order
report    the bars, and the table
"""
