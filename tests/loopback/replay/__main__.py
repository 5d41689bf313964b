"""``python -m tests.loopback.replay``: every recorded answer beside the emulators'; status 1 when something is wrong."""

from __future__ import annotations

import logging
import sys

from tests.loopback.replay import inventory, table


def main() -> int:
    logging.disable(logging.WARNING)
    failed = False
    for recordings in filter(None, (inventory.complete(), inventory.samples())):
        told = table.tell(recordings)
        report = [*table.lines(told), table.counts(recordings.name, told), ""]
        sys.stdout.write("\n".join(report))
        sys.stdout.write("\n")
        failed = failed or bool(told.problems)
    if inventory.complete() is None:
        sys.stdout.write(
            "The complete recordings are not on this machine; SYNCD_SHARED names the folder they lie in.\n"
        )
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
