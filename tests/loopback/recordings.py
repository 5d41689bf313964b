"""Where the recorded bodies lie: next to the repository, or in SYNCD_SHARED; they are no part of it."""

from __future__ import annotations

import os
from pathlib import Path

SHARED = Path(os.environ.get("SYNCD_SHARED") or Path(__file__).parents[2].parent / "shared")
HUBSPOT = SHARED / "data/hubspot-recorded"
SALESFORCE = SHARED / "data/salesforce-recorded"
