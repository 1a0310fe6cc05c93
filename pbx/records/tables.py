"""The tables of the journal, and every change ever made to them."""

from sqlite_utils import Database, Migrations

migrations = Migrations("centrala.records")

# WITHOUT ROWID: one tree in the order of writing, with no second one for the key.
_FACTS = """
CREATE TABLE facts (
    node TEXT NOT NULL, seq INTEGER NOT NULL, at INTEGER NOT NULL, type TEXT NOT NULL, v INTEGER NOT NULL,
    contact TEXT, segment TEXT, offer TEXT, leg TEXT, queue TEXT, agent TEXT, data TEXT NOT NULL,
    PRIMARY KEY (node, seq)
) STRICT, WITHOUT ROWID
"""
_IDENTITIES = """
CREATE TABLE identities (
    contact TEXT PRIMARY KEY, number TEXT NOT NULL, name TEXT NOT NULL
) STRICT, WITHOUT ROWID
"""
_CONTACTS = """
CREATE TABLE contacts (
    contact TEXT PRIMARY KEY, state TEXT NOT NULL, channel TEXT NOT NULL, direction TEXT NOT NULL,
    dnis TEXT NOT NULL, entry TEXT NOT NULL, identity TEXT NOT NULL,
    arrived INTEGER NOT NULL, answered INTEGER, ended INTEGER,
    duration_ms INTEGER NOT NULL, billable_ms INTEGER NOT NULL, wait_ms INTEGER NOT NULL,
    talk_ms INTEGER NOT NULL, hold_ms INTEGER NOT NULL,
    queues TEXT NOT NULL, agent TEXT, path TEXT NOT NULL,
    outcome TEXT NOT NULL, "by" TEXT, reason TEXT, sip_code INTEGER
) STRICT
"""
_SEGMENTS = """
CREATE TABLE segments (
    contact TEXT NOT NULL, segment TEXT NOT NULL, queue TEXT NOT NULL, state TEXT NOT NULL,
    source TEXT NOT NULL, priority INTEGER NOT NULL, position INTEGER NOT NULL,
    entered INTEGER NOT NULL, left INTEGER, wait_ms INTEGER NOT NULL, reason TEXT, agent TEXT,
    offers INTEGER NOT NULL, unanswered INTEGER NOT NULL,
    ring_ms INTEGER NOT NULL, talk_ms INTEGER NOT NULL, hold_ms INTEGER NOT NULL, acw_ms INTEGER NOT NULL,
    PRIMARY KEY (contact, segment)
) STRICT, WITHOUT ROWID
"""


@migrations()
def m001_facts_and_their_projections(db: Database) -> None:
    for table in (_FACTS, _IDENTITIES, _CONTACTS, _SEGMENTS):
        db.conn.execute(table)
    db.conn.execute("CREATE INDEX facts_by_contact ON facts (contact) WHERE contact IS NOT NULL")
    db.conn.execute("CREATE INDEX contacts_by_arrival ON contacts (arrived)")
    db.conn.execute("CREATE INDEX contacts_active ON contacts (contact) WHERE state = 'active'")
    db.conn.execute("CREATE INDEX segments_open ON segments (contact) WHERE state = 'open'")


@migrations()
def m002_configurations_in_force(db: Database) -> None:
    """A handful among millions of facts."""
    db.conn.execute("CREATE INDEX facts_of_config ON facts (at) WHERE type = 'config.changed'")


@migrations()
def m003_callbacks_languages_and_messages(db: Database) -> None:
    """The number to call back is personal; what callers chose is looked for at every start."""
    db.conn.execute("ALTER TABLE identities ADD COLUMN callback TEXT NOT NULL DEFAULT ''")
    db.conn.execute("CREATE INDEX facts_of_attribute ON facts (at) WHERE type = 'contact.attribute'")
    db.conn.execute("CREATE INDEX facts_of_message ON facts (at) WHERE type GLOB 'message.*'")
