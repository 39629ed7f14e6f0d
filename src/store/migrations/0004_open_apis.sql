-- What Sellerdesk asks of KooGallery, and what is known of orders. Times are milliseconds UTC; world: 0 live, 1 test.

-- A message whose wire is open-api has one. What it hands over (a License) lies sealed.
CREATE TABLE action (
    message_id INTEGER PRIMARY KEY REFERENCES message (id) ON DELETE CASCADE,
    action     TEXT NOT NULL,
    content    BLOB
) STRICT;

ALTER TABLE license ADD COLUMN amount INTEGER;
-- When KooGallery was last asked about it.
ALTER TABLE license ADD COLUMN queried_at INTEGER;
CREATE INDEX license_by_expiry ON license (world, expire_time) WHERE expire_time IS NOT NULL;

CREATE TABLE order_line (
    id            INTEGER PRIMARY KEY,
    world         INTEGER NOT NULL,
    order_id      TEXT    NOT NULL,
    order_line_id TEXT    NOT NULL,
    order_type    TEXT,
    charging_mode TEXT,
    create_time   INTEGER,
    expire_time   INTEGER,
    period_type   TEXT,
    period_number INTEGER,
    product_id    TEXT,
    sku_code      TEXT,
    product_name  TEXT,
    quantity      INTEGER,
    order_amount  TEXT,
    customer_id   TEXT,
    customer_name TEXT,
    -- JSON, a list of pairs.
    extend_params TEXT    NOT NULL,
    instance_id   TEXT,
    called_at     INTEGER,
    queried_at    INTEGER,
    created_at    INTEGER NOT NULL,
    changed_at    INTEGER NOT NULL,
    UNIQUE (world, order_id, order_line_id)
) STRICT;
CREATE INDEX order_line_by_time ON order_line (world, created_at);
CREATE INDEX order_line_by_instance ON order_line (instance_id) WHERE instance_id IS NOT NULL;

-- How far the desk has read in the messages, by what it reads them for.
CREATE TABLE bookmark (
    reader     TEXT PRIMARY KEY,
    message_id INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE usage_record (
    id                  INTEGER PRIMARY KEY,
    world               INTEGER NOT NULL,
    metering_sn         TEXT    NOT NULL,
    instance_id         TEXT    NOT NULL,
    begin_time          INTEGER NOT NULL,
    end_time            INTEGER NOT NULL,
    usage_value         TEXT    NOT NULL,
    relate_pkg_instance TEXT,
    product_id          TEXT,
    -- JSON.
    state               TEXT    NOT NULL,
    -- The message that sends it, the last one where there were several.
    push                INTEGER,
    entered_at          INTEGER NOT NULL,
    changed_at          INTEGER NOT NULL,
    UNIQUE (world, metering_sn)
) STRICT;
CREATE INDEX usage_record_by_time ON usage_record (world, entered_at);
CREATE INDEX usage_record_by_push ON usage_record (push) WHERE push IS NOT NULL;
