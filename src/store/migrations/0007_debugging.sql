-- Calls that the operator sends as KooGallery would, and what came of them. Times are milliseconds UTC.

CREATE TABLE debug_case (
    id         INTEGER PRIMARY KEY,
    name       TEXT    NOT NULL,
    -- One of the two.
    endpoint   TEXT,
    address    TEXT,
    generation TEXT    NOT NULL,
    activity   TEXT    NOT NULL,
    -- JSON, a list of pairs.
    fields     TEXT    NOT NULL,
    test       INTEGER NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

-- Answers lie masked; no key is here, signatures are.
CREATE TABLE debug_run (
    id           INTEGER PRIMARY KEY,
    case_id      INTEGER REFERENCES debug_case (id) ON DELETE CASCADE,
    generation   TEXT    NOT NULL,
    activity     TEXT    NOT NULL,
    test         INTEGER NOT NULL,
    sent_at      INTEGER NOT NULL,
    millis       INTEGER NOT NULL,
    method       TEXT    NOT NULL,
    url          TEXT    NOT NULL,
    body         TEXT    NOT NULL,
    status       INTEGER,
    content_type TEXT,
    body_sign    TEXT,
    answer       TEXT    NOT NULL,
    -- accepted, in-progress, or the rule that was broken.
    verdict      TEXT    NOT NULL,
    words        TEXT
) STRICT;
CREATE INDEX debug_run_by_case ON debug_run (case_id, id);
CREATE INDEX debug_run_by_time ON debug_run (sent_at);

-- What was filled in last.
CREATE TABLE debug_form (
    generation TEXT NOT NULL,
    activity   TEXT NOT NULL,
    fields     TEXT NOT NULL,
    PRIMARY KEY (generation, activity)
) STRICT, WITHOUT ROWID;

-- Whether somebody is told that no probe came; without a row, once one was seen.
CREATE TABLE probe_watch (
    id      INTEGER PRIMARY KEY CHECK (id = 1),
    -- Since when it is switched on; NULL where it is switched off.
    on_from INTEGER
) STRICT;

-- Debugging calls are few, wherever live ones are many.
CREATE INDEX message_tested ON message (last_attempt_at) WHERE world = 1;
