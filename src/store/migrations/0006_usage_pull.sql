-- Up to when the seller's backend was asked for usage, so that a restart does not ask for weeks again.
CREATE TABLE usage_pull (
    id     INTEGER PRIMARY KEY CHECK (id = 1),
    -- A digest of the address: it may hold credentials.
    source TEXT    NOT NULL,
    since  INTEGER NOT NULL
) STRICT;
