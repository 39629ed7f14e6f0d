-- Times are milliseconds UTC. world: 0 live, 1 test. progress: 0 succeeded, 1 in progress, 2 failing.

CREATE TABLE message (
    id                 INTEGER PRIMARY KEY,
    world              INTEGER NOT NULL,
    key                TEXT    NOT NULL,
    ordinal            INTEGER NOT NULL,
    endpoint           TEXT    NOT NULL,
    activity           TEXT    NOT NULL,
    order_id           TEXT,
    order_line_id      TEXT,
    instance_id        TEXT,
    progress           INTEGER NOT NULL,
    result_code        TEXT,
    exception          TEXT,
    attempts           INTEGER NOT NULL,
    received_at        INTEGER NOT NULL,
    last_attempt_at    INTEGER NOT NULL,
    claimed_by         TEXT,
    claimed_until      INTEGER,
    -- When Sellerdesk itself asks the product again.
    next_attempt_at    INTEGER,
    -- Parked until this instance appears.
    waits_for_instance TEXT,
    UNIQUE (world, key, ordinal)
) STRICT;

CREATE INDEX message_by_time ON message (world, received_at);
CREATE INDEX message_by_order ON message (order_id) WHERE order_id IS NOT NULL;
CREATE INDEX message_by_instance ON message (instance_id) WHERE instance_id IS NOT NULL;
CREATE INDEX message_unfinished ON message (world, progress, received_at) WHERE progress <> 0;
CREATE INDEX message_due ON message (next_attempt_at) WHERE next_attempt_at IS NOT NULL;
CREATE INDEX message_parked ON message (world, waits_for_instance) WHERE waits_for_instance IS NOT NULL;

-- origin: 0 KooGallery, 1 operator, 2 automatic.
CREATE TABLE attempt (
    id          INTEGER PRIMARY KEY,
    message_id  INTEGER NOT NULL REFERENCES message (id) ON DELETE CASCADE,
    origin      INTEGER NOT NULL,
    started_at  INTEGER NOT NULL,
    ended_at    INTEGER,
    result_code TEXT,
    exception   TEXT
) STRICT;

CREATE INDEX attempt_by_message ON attempt (message_id);

CREATE TABLE attempt_raw (
    attempt_id    INTEGER PRIMARY KEY REFERENCES attempt (id) ON DELETE CASCADE,
    request_query TEXT NOT NULL,
    request_body  TEXT NOT NULL,
    -- As sent, credentials masked.
    answer        TEXT
) STRICT;

CREATE TABLE instance (
    id            INTEGER PRIMARY KEY,
    world         INTEGER NOT NULL,
    instance_id   TEXT    NOT NULL,
    order_id      TEXT    NOT NULL,
    order_line_id TEXT    NOT NULL,
    endpoint      TEXT    NOT NULL,
    status        TEXT    NOT NULL,
    product_id    TEXT,
    sku_code      TEXT,
    customer_id   TEXT,
    customer_name TEXT,
    expire_time   INTEGER,
    -- The access data, sealed.
    app_info      BLOB,
    created_at    INTEGER NOT NULL,
    changed_at    INTEGER NOT NULL,
    UNIQUE (world, instance_id),
    UNIQUE (world, order_id, order_line_id)
) STRICT;

CREATE INDEX instance_by_time ON instance (world, created_at);

-- Nonces of verified calls, kept a little longer than a call stays fresh.
CREATE TABLE nonce (
    text    TEXT PRIMARY KEY,
    seen_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE rejected (
    id            INTEGER PRIMARY KEY,
    received_at   INTEGER NOT NULL,
    endpoint      TEXT    NOT NULL,
    peer          TEXT    NOT NULL,
    rejection     TEXT    NOT NULL,
    request_query TEXT    NOT NULL,
    request_body  TEXT    NOT NULL,
    computed      TEXT    NOT NULL
) STRICT;

-- Calls by hour, so that the overview counts no rows.
CREATE TABLE hourly (
    world     INTEGER NOT NULL,
    starts_at INTEGER NOT NULL,
    calls     INTEGER NOT NULL,
    failures  INTEGER NOT NULL,
    PRIMARY KEY (world, starts_at)
) STRICT, WITHOUT ROWID;
