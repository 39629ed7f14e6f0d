-- What settlement needs and no interface tells: products' terms, and the lines of bills that were imported. Amounts and percentages
-- are decimal text, because they are exact; times are milliseconds UTC. An empty sku_code stands for the product as a whole.

CREATE TABLE settlement_terms (
    product_id   TEXT    NOT NULL,
    sku_code     TEXT    NOT NULL,
    product_type TEXT,
    category     TEXT,
    price        TEXT,
    per          TEXT    NOT NULL,
    share        TEXT,
    supervised   INTEGER,
    changed_by   TEXT    NOT NULL,
    changed_at   INTEGER NOT NULL,
    PRIMARY KEY (product_id, sku_code)
) STRICT, WITHOUT ROWID;

-- month: 2026-11. occurrence tells lines that are the same in everything apart, so that a bill imported twice is there once.
CREATE TABLE bill_line (
    id            INTEGER PRIMARY KEY,
    month         TEXT    NOT NULL,
    order_id      TEXT    NOT NULL,
    order_line_id TEXT    NOT NULL,
    product       TEXT    NOT NULL,
    customer      TEXT    NOT NULL,
    amount        TEXT    NOT NULL,
    share         TEXT    NOT NULL,
    occurrence    INTEGER NOT NULL,
    imported_by   TEXT    NOT NULL,
    imported_at   INTEGER NOT NULL,
    UNIQUE (month, order_id, order_line_id, product, customer, amount, share, occurrence)
) STRICT;
