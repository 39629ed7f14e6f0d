-- What was done to sales targets and trial whitelists; before and after are JSON, NULL where there was or is none.
CREATE TABLE sales_target_change (
    id         INTEGER PRIMARY KEY,
    product_id TEXT    NOT NULL,
    sku_code   TEXT    NOT NULL,
    kind       TEXT    NOT NULL,
    before     TEXT,
    after      TEXT,
    changed_by TEXT    NOT NULL,
    changed_at INTEGER NOT NULL
) STRICT;
CREATE INDEX sales_target_change_by_target ON sales_target_change (product_id, sku_code);

-- Alarms that somebody was told of already, each once. An empty product_id stands for orders of which none is known; month is
-- when it began, milliseconds UTC.
CREATE TABLE told_delisting (
    product_id TEXT    NOT NULL,
    level      TEXT    NOT NULL,
    month      INTEGER NOT NULL,
    told_at    INTEGER NOT NULL,
    PRIMARY KEY (product_id, level, month)
) STRICT, WITHOUT ROWID;
