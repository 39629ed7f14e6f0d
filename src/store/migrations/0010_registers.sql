-- What the seller console holds and no interface tells: entries of registers, and who changed them when. A removed entry
-- stays, so that it can be put back under its id.
CREATE TABLE register_entry (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    fields TEXT NOT NULL,
    state TEXT NOT NULL,
    due TEXT,
    removed INTEGER NOT NULL DEFAULT 0,
    changed_by TEXT NOT NULL,
    changed_at INTEGER NOT NULL
) STRICT;

CREATE TABLE register_change (
    id INTEGER PRIMARY KEY,
    entry INTEGER NOT NULL REFERENCES register_entry (id),
    changed_at INTEGER NOT NULL,
    changed_by TEXT NOT NULL,
    before TEXT,
    after TEXT
) STRICT;
CREATE INDEX register_change_by_entry ON register_change (entry);
