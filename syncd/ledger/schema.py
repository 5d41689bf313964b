"""The ledger's tables. Instants are UTC milliseconds, dates ISO text, money minor units with a currency.

`record` shows each remote record as it is now; `fact` is the append-only list of what changed. `body` holds the
values in the order of `kind.names`, packed beside `email` (see `codec.pack`), which is the normalised value of the field
`kind.email`: the two are only ever written together.

A `person` bears the row id of the marketing record that founded it. That record's remote id is the person's lineage, so
`JOIN record f ON f.id = …person` brings it in. Most people never leave the first stage, which takes no room.

`sync.records` is the highest row of `record` when the sync began: which sync showed a record first is the last one with less.

`rotation.owed` counts in units of `core.rotation.UNIT`, of which 232,792,560 are one lead.

`link.how` is NULL for a person's marketing record as it is now, 'merged' for one that was merged into it, and 'receipt' for
a CRM record that a receipt tied to the person.
"""

from __future__ import annotations

from typing import Any

from sqlite_utils.migrations import Migrations

APPLICATION_ID = 0x73796E63  # "sync"

migrations = Migrations("syncd")

APPEND_ONLY = ("fact", "intent", "receipt", "stage_event")

_TABLES = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE sync (
  id INTEGER PRIMARY KEY, kind TEXT NOT NULL, started INTEGER NOT NULL, finished INTEGER,
  rules TEXT NOT NULL, summary TEXT, records INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX sync_started ON sync (started);
CREATE INDEX sync_records ON sync (records);

CREATE TABLE cursor (
  system TEXT NOT NULL, stream TEXT NOT NULL, value TEXT NOT NULL, fields TEXT NOT NULL, at INTEGER NOT NULL,
  PRIMARY KEY (system, stream)
) STRICT, WITHOUT ROWID;

CREATE TABLE kind (
  id INTEGER PRIMARY KEY, system TEXT NOT NULL, kind TEXT NOT NULL, names TEXT NOT NULL, email TEXT NOT NULL,
  UNIQUE (system, kind)
) STRICT;

CREATE TABLE record (
  id INTEGER PRIMARY KEY, kind INTEGER NOT NULL REFERENCES kind, rid TEXT NOT NULL, email TEXT,
  modified INTEGER NOT NULL, state TEXT, successor TEXT, token TEXT, body TEXT NOT NULL, sync INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX record_ref ON record (kind, rid);
CREATE INDEX record_email ON record (email) WHERE email IS NOT NULL;
CREATE INDEX record_token ON record (token) WHERE token IS NOT NULL;

CREATE TABLE fact (
  id INTEGER PRIMARY KEY, record INTEGER NOT NULL REFERENCES record, sync INTEGER NOT NULL, at INTEGER NOT NULL,
  modified INTEGER NOT NULL, changed TEXT NOT NULL
) STRICT;
CREATE INDEX fact_record ON fact (record);

CREATE TABLE person (
  id INTEGER PRIMARY KEY REFERENCES record, due INTEGER, moved_to TEXT, reached TEXT,
  fit INTEGER, engagement INTEGER, score INTEGER, tier TEXT, verdict TEXT, decided INTEGER, merged INTEGER,
  stage TEXT NOT NULL AS (coalesce(moved_to, 'contact')), highest TEXT NOT NULL AS (coalesce(reached, 'contact'))
) STRICT;
CREATE INDEX person_due ON person (due) WHERE due IS NOT NULL;
CREATE TABLE dirty (person INTEGER PRIMARY KEY REFERENCES person) STRICT;

CREATE TABLE link (
  record INTEGER PRIMARY KEY REFERENCES record, person INTEGER NOT NULL REFERENCES person, how TEXT
) STRICT;
CREATE INDEX link_person ON link (person);

CREATE TABLE unlinked (record INTEGER PRIMARY KEY) STRICT;
CREATE TRIGGER link_lost AFTER DELETE ON link BEGIN
  INSERT OR IGNORE INTO unlinked (record) VALUES (old.record);
END;

CREATE TABLE awaiting (stream TEXT NOT NULL, record INTEGER NOT NULL, PRIMARY KEY (stream, record)) STRICT, WITHOUT ROWID;

CREATE TABLE activity (
  id INTEGER PRIMARY KEY, ref TEXT NOT NULL, kind TEXT NOT NULL, at INTEGER NOT NULL, email TEXT, title TEXT NOT NULL,
  body TEXT NOT NULL, url TEXT NOT NULL, actor TEXT NOT NULL, outbound INTEGER NOT NULL, done INTEGER NOT NULL,
  key TEXT, sync INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX activity_ref ON activity (ref);
CREATE INDEX activity_email ON activity (email) WHERE email IS NOT NULL;

CREATE TABLE about (
  record INTEGER NOT NULL, activity INTEGER NOT NULL, PRIMARY KEY (record, activity)
) STRICT, WITHOUT ROWID;

CREATE TABLE opportunity (
  ref TEXT PRIMARY KEY, name TEXT NOT NULL, stage TEXT NOT NULL, status TEXT NOT NULL, modified INTEGER NOT NULL,
  amount INTEGER, currency TEXT NOT NULL, close TEXT, link TEXT NOT NULL, deleted INTEGER NOT NULL,
  account TEXT NOT NULL, created INTEGER, sync INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX opportunity_account ON opportunity (account) WHERE account <> '' AND link = '';
CREATE TABLE account_person (
  account TEXT NOT NULL, person INTEGER NOT NULL REFERENCES person, PRIMARY KEY (account, person)
) STRICT, WITHOUT ROWID;
CREATE INDEX account_person_of ON account_person (person);
CREATE TABLE opportunity_person (
  person_ref TEXT NOT NULL, opportunity TEXT NOT NULL, PRIMARY KEY (person_ref, opportunity)
) STRICT, WITHOUT ROWID;
CREATE INDEX opportunity_person_of ON opportunity_person (opportunity);

CREATE TABLE account (
  ref TEXT PRIMARY KEY, name TEXT NOT NULL, domain TEXT NOT NULL, owner_id TEXT NOT NULL, customer INTEGER NOT NULL,
  deleted INTEGER NOT NULL, successor TEXT, modified INTEGER NOT NULL, parent TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX account_domain ON account (domain) WHERE domain <> '' AND deleted = 0;

CREATE TABLE owner (
  system TEXT NOT NULL, rid TEXT NOT NULL, kind TEXT NOT NULL, email TEXT NOT NULL, name TEXT NOT NULL,
  active INTEGER NOT NULL, type TEXT NOT NULL, timezone TEXT NOT NULL, PRIMARY KEY (system, rid)
) STRICT, WITHOUT ROWID;

CREATE TABLE rotation (
  pool TEXT NOT NULL, rep TEXT NOT NULL, given INTEGER NOT NULL, owed INTEGER NOT NULL, PRIMARY KEY (pool, rep)
) STRICT, WITHOUT ROWID;
CREATE TABLE waiting (person INTEGER PRIMARY KEY REFERENCES person, since INTEGER NOT NULL) STRICT;

CREATE TABLE stage_event (
  id INTEGER PRIMARY KEY, person INTEGER NOT NULL, sync INTEGER NOT NULL, at INTEGER NOT NULL,
  was TEXT NOT NULL, stage TEXT NOT NULL, rule TEXT NOT NULL, source TEXT NOT NULL
) STRICT;
CREATE INDEX stage_event_person ON stage_event (person);

CREATE TABLE handoff (
  id INTEGER PRIMARY KEY, person INTEGER NOT NULL REFERENCES person, number INTEGER NOT NULL, key TEXT NOT NULL UNIQUE,
  state TEXT NOT NULL, entry TEXT NOT NULL, opened INTEGER NOT NULL, owner TEXT NOT NULL, owner_id TEXT NOT NULL,
  rule TEXT NOT NULL, why TEXT NOT NULL, score INTEGER NOT NULL, tier TEXT NOT NULL, lines TEXT NOT NULL,
  criteria TEXT NOT NULL, brief TEXT NOT NULL, target TEXT, delivered INTEGER, evidence INTEGER, work TEXT NOT NULL,
  outcome TEXT NOT NULL, reason TEXT NOT NULL, not_before TEXT, closed INTEGER, pool TEXT NOT NULL,
  reopens INTEGER NOT NULL DEFAULT 0, reopened INTEGER,
  sync INTEGER NOT NULL, promise TEXT NOT NULL, promised TEXT, worked INTEGER, UNIQUE (person, number)
) STRICT;
CREATE INDEX handoff_open ON handoff (state) WHERE state = 'open';
CREATE INDEX handoff_owner ON handoff (owner_id) WHERE state = 'delivered';
CREATE INDEX handoff_opened ON handoff (opened);

CREATE TABLE hop (
  handoff INTEGER NOT NULL REFERENCES handoff, n INTEGER NOT NULL, at INTEGER NOT NULL, owner TEXT NOT NULL,
  owner_id TEXT NOT NULL, why TEXT NOT NULL, PRIMARY KEY (handoff, n)
) STRICT, WITHOUT ROWID;

CREATE TABLE breach (
  handoff INTEGER NOT NULL REFERENCES handoff, what TEXT NOT NULL, clock TEXT NOT NULL, since INTEGER NOT NULL,
  due INTEGER NOT NULL, at INTEGER NOT NULL, owner TEXT NOT NULL, cleared INTEGER,
  PRIMARY KEY (handoff, what, clock, since)
) STRICT, WITHOUT ROWID;
CREATE INDEX breach_at ON breach (at);
CREATE TABLE reminder (
  handoff INTEGER NOT NULL REFERENCES handoff, since INTEGER NOT NULL, due INTEGER NOT NULL, at INTEGER NOT NULL,
  owner TEXT NOT NULL, PRIMARY KEY (handoff, since)
) STRICT, WITHOUT ROWID;
CREATE INDEX reminder_at ON reminder (at);

CREATE TABLE alert (
  id INTEGER PRIMARY KEY, channel TEXT NOT NULL, key TEXT NOT NULL, recipient TEXT NOT NULL, event TEXT NOT NULL,
  body TEXT NOT NULL, at INTEGER NOT NULL, due INTEGER NOT NULL, state TEXT NOT NULL DEFAULT 'waiting', message TEXT,
  attempts INTEGER NOT NULL DEFAULT 0, sent INTEGER, UNIQUE (key, channel, recipient)
) STRICT;
CREATE INDEX alert_due ON alert (channel, due) WHERE state IN ('waiting', 'sending');
CREATE INDEX handoff_delivered ON handoff (delivered) WHERE delivered IS NOT NULL;

CREATE TABLE ruling (
  key TEXT PRIMARY KEY, person INTEGER NOT NULL REFERENCES person, verb TEXT NOT NULL, number INTEGER NOT NULL,
  named TEXT NOT NULL, reason TEXT NOT NULL, owner TEXT NOT NULL, despite_veto INTEGER NOT NULL, at INTEGER NOT NULL,
  state TEXT NOT NULL, answer TEXT NOT NULL
) STRICT;
CREATE INDEX ruling_person ON ruling (person);
CREATE TABLE review (person INTEGER PRIMARY KEY REFERENCES person, since INTEGER NOT NULL) STRICT;

CREATE TABLE action (
  key TEXT PRIMARY KEY, sync INTEGER NOT NULL, person INTEGER NOT NULL, handoff INTEGER NOT NULL, effect TEXT NOT NULL,
  verb TEXT NOT NULL, system TEXT NOT NULL, kind TEXT NOT NULL, rid TEXT NOT NULL, fields TEXT NOT NULL,
  before TEXT NOT NULL, guard INTEGER NOT NULL, needs TEXT NOT NULL, token TEXT NOT NULL, agrees TEXT NOT NULL,
  cause TEXT NOT NULL, rank INTEGER NOT NULL, state TEXT NOT NULL DEFAULT 'open', doubt INTEGER NOT NULL DEFAULT 0, due INTEGER,
  attempts INTEGER NOT NULL DEFAULT 0, problem INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX action_problem ON action (problem) WHERE problem IS NOT NULL;
CREATE INDEX action_open ON action (rank, system) WHERE state = 'open';
CREATE INDEX action_doubt ON action (key) WHERE state = 'open' AND doubt = 1;
CREATE INDEX action_person ON action (person);
CREATE INDEX action_sync ON action (sync);

CREATE TABLE intent (
  id INTEGER PRIMARY KEY, action TEXT NOT NULL, sync INTEGER NOT NULL, at INTEGER NOT NULL, payload TEXT NOT NULL
) STRICT;
CREATE INDEX intent_action ON intent (action);

CREATE TABLE receipt (
  id INTEGER PRIMARY KEY, action TEXT NOT NULL, intent INTEGER, sync INTEGER NOT NULL, at INTEGER NOT NULL,
  outcome TEXT NOT NULL, ref TEXT, was TEXT NOT NULL, now TEXT NOT NULL, code TEXT NOT NULL
) STRICT;
CREATE INDEX receipt_action ON receipt (action);
CREATE INDEX receipt_sync ON receipt (sync);

CREATE TABLE agreed (
  person INTEGER NOT NULL, field TEXT NOT NULL, ours TEXT NOT NULL, theirs TEXT NOT NULL, PRIMARY KEY (person, field)
) STRICT, WITHOUT ROWID;

CREATE TABLE contest (
  person INTEGER NOT NULL REFERENCES person, field TEXT NOT NULL, ref TEXT NOT NULL, remote TEXT NOT NULL, ours TEXT NOT NULL,
  theirs TEXT NOT NULL, times INTEGER NOT NULL, since INTEGER NOT NULL, until INTEGER NOT NULL, pause INTEGER NOT NULL,
  name TEXT NOT NULL, PRIMARY KEY (person, field)
) STRICT, WITHOUT ROWID;

CREATE TABLE problem (
  id INTEGER PRIMARY KEY, kind TEXT NOT NULL, subject TEXT NOT NULL, sentence TEXT NOT NULL, fix TEXT NOT NULL,
  person INTEGER, first INTEGER NOT NULL, last INTEGER NOT NULL, count INTEGER NOT NULL DEFAULT 1, resolved INTEGER,
  UNIQUE (kind, subject)
) STRICT;
CREATE INDEX problem_open ON problem (kind) WHERE resolved IS NULL;
CREATE INDEX problem_person ON problem (person) WHERE resolved IS NULL;

CREATE TABLE calls (
  sync INTEGER NOT NULL, system TEXT NOT NULL, endpoint TEXT NOT NULL, n INTEGER NOT NULL,
  PRIMARY KEY (sync, system, endpoint)
) STRICT, WITHOUT ROWID;

CREATE TABLE lease (
  id INTEGER PRIMARY KEY CHECK (id = 1), epoch INTEGER NOT NULL, pid INTEGER NOT NULL, host TEXT NOT NULL
) STRICT;
INSERT INTO lease VALUES (1, 0, 0, '');
"""

_VIEWS = """
CREATE VIEW v_person AS
  SELECT p.id, f.rid AS lineage, r.email, p.stage, p.highest, p.fit, p.engagement, p.score, p.tier, p.verdict,
         s.rules AS criteria
  FROM person p JOIN record f ON f.id = p.id LEFT JOIN sync s ON s.id = p.decided
  LEFT JOIN link l ON l.person = p.id AND l.how IS NULL LEFT JOIN record r ON r.id = l.record
  WHERE p.merged IS NULL;

CREATE VIEW v_handoff AS
  SELECT f.rid AS lineage, h.number, h.state, h.entry, h.owner, h.rule, h.score, h.tier, h.criteria, h.target, h.work,
         h.outcome, h.reason, h.not_before, h.reopens, datetime(h.opened / 1000, 'unixepoch') AS opened,
         datetime(h.delivered / 1000, 'unixepoch') AS delivered, datetime(h.closed / 1000, 'unixepoch') AS closed, h.promise
  FROM handoff h JOIN record f ON f.id = h.person;

CREATE VIEW v_hop AS
  SELECT f.rid AS lineage, h.number, datetime(p.at / 1000, 'unixepoch') AS at, p.owner, p.why
  FROM hop p JOIN handoff h ON h.id = p.handoff JOIN record f ON f.id = h.person;

CREATE VIEW v_breach AS
  SELECT f.rid AS lineage, h.number, b.what, b.clock, b.owner, datetime(b.since / 1000, 'unixepoch') AS since,
         datetime(b.due / 1000, 'unixepoch') AS due, datetime(b.at / 1000, 'unixepoch') AS at,
         datetime(b.cleared / 1000, 'unixepoch') AS cleared, h.promise
  FROM breach b JOIN handoff h ON h.id = b.handoff JOIN record f ON f.id = h.person WHERE h.state <> 'void';

CREATE VIEW v_ruling AS
  SELECT f.rid AS lineage, r.number, r.verb, r.named AS by, r.reason, datetime(r.at / 1000, 'unixepoch') AS at, r.state,
         r.answer
  FROM ruling r JOIN record f ON f.id = r.person;

CREATE VIEW v_rotation AS
  SELECT pool, rep, given, round(owed / 232792560.0, 3) AS owed FROM rotation;

CREATE VIEW v_write AS
  SELECT datetime(x.at / 1000, 'unixepoch') AS at, x.sync, a.system, a.kind, a.effect, a.verb, x.outcome, x.ref, x.was, x.now,
         a.key, a.cause, f.rid AS lineage
  FROM receipt x JOIN action a ON a.key = x.action JOIN record f ON f.id = a.person;

CREATE VIEW v_contest AS
  SELECT f.rid AS lineage, c.field, c.ref, c.remote, c.ours, c.theirs, c.times, c.name AS other_writer,
         datetime(c.since / 1000, 'unixepoch') AS since, datetime(c.until / 1000, 'unixepoch') AS until
  FROM contest c JOIN record f ON f.id = c.person;

CREATE VIEW v_problem AS
  SELECT kind, subject, sentence, fix, count, datetime(first / 1000, 'unixepoch') AS first,
         datetime(last / 1000, 'unixepoch') AS last
  FROM problem WHERE resolved IS NULL;
"""


@migrations()
def initial(db: Any) -> None:
    """The first schema; views `v_…` are public and documented in docs/ledger.md."""
    for statement in _statements(_TABLES + _VIEWS):
        db.conn.execute(statement)
    for table in APPEND_ONLY:
        for verb in ("UPDATE", "DELETE"):
            db.conn.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} BEGIN "
                f"SELECT RAISE(ABORT, '{table} is append-only'); END"
            )


def _statements(script: str) -> list[str]:
    """Single statements of a script: a trigger's body stays whole."""
    found, current = [], ""
    for part in script.split(";\n"):
        current += part + ";\n"
        if "BEGIN" in current and "END" not in current:
            continue
        if current.strip(" ;\n"):
            found.append(current.strip().rstrip(";"))
        current = ""
    return found
