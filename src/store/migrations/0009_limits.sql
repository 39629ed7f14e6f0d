-- What the seller console holds and no interface tells: purchase limits, sales targets, service supervision. Times are
-- milliseconds UTC; an empty sku_code stands for the product as a whole.

CREATE TABLE purchase_limit (
    id         INTEGER PRIMARY KEY,
    product_id TEXT    NOT NULL,
    sku_code   TEXT    NOT NULL,
    times      TEXT    NOT NULL,
    quantity   INTEGER,
    changed_by TEXT    NOT NULL,
    changed_at INTEGER NOT NULL,
    UNIQUE (product_id, sku_code)
) STRICT;

-- before and after are JSON; NULL where there was or is no line.
CREATE TABLE purchase_limit_change (
    id         INTEGER PRIMARY KEY,
    product_id TEXT    NOT NULL,
    sku_code   TEXT    NOT NULL,
    before     TEXT,
    after      TEXT,
    changed_by TEXT    NOT NULL,
    changed_at INTEGER NOT NULL
) STRICT;
CREATE INDEX purchase_limit_change_by_line ON purchase_limit_change (product_id, sku_code);

-- kind: target, trial. target is JSON.
CREATE TABLE sales_target (
    product_id TEXT    NOT NULL,
    sku_code   TEXT    NOT NULL,
    kind       TEXT    NOT NULL,
    target     TEXT    NOT NULL,
    changed_by TEXT    NOT NULL,
    changed_at INTEGER NOT NULL,
    PRIMARY KEY (product_id, sku_code, kind)
) STRICT, WITHOUT ROWID;

-- What the operator noted of an order's service supervision, as JSON.
CREATE TABLE supervision (
    world      INTEGER NOT NULL,
    order_id   TEXT    NOT NULL,
    facts      TEXT    NOT NULL,
    changed_by TEXT    NOT NULL,
    changed_at INTEGER NOT NULL,
    PRIMARY KEY (world, order_id)
) STRICT, WITHOUT ROWID;
