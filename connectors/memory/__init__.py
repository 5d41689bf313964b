"""The specification in code of `connectors.base`: a remote system that lives in memory.

`MemoryWorld` is the remote side. It outlives connectors, as a portal outlives a crashed daemon;
reps and marketers act on it through its methods. `MemoryConnector` is one client of it. With the
mapping of HubSpot it plays the marketing side (kind "contacts"), with that of Salesforce the CRM
(kinds "Lead", "Contact").

What it promises, every connector promises (`tests/connectors/suite.py`):

- a walk resumes from any page's cursor; rows may come twice, never not at all, also with equal
  stamps and late rows
- `read` and `find` see every write at once; `find` answers each token it was asked, with () for
  nothing found; a record that is gone is absent from `read`, or comes with its state and successor
- a keyed create that finds its key makes nothing and says `already`; one bad row has its own
  receipt and sinks no other
- an update of a record that is gone is `superseded`, and `values` says what became of it:
  {"state": "converted", "successor": "salesforce/Contact/003…"}
- activities are created as kinds "task", "note", "activity"; they name their person with the fields
  "person" (remote id) and "person_kind"; a link names the activity with "from" (remote id) besides
"""

from connectors.memory.connector import KEYED, OVERLAP, MemoryConnector
from connectors.memory.world import Created, MemoryWorld

__all__ = ["KEYED", "OVERLAP", "Created", "MemoryConnector", "MemoryWorld"]
