-- What tables told of order lines, beside calls and queries: the console's own words for states, which fields nothing else told
-- (JSON, a list of names), and when.
ALTER TABLE order_line ADD COLUMN order_status TEXT;
ALTER TABLE order_line ADD COLUMN supervision_status TEXT;
ALTER TABLE order_line ADD COLUMN imported TEXT;
ALTER TABLE order_line ADD COLUMN imported_at INTEGER;

-- A table that was imported, kept so that it can be taken back. `finished_at` is empty while rows are entered, and for good
-- where that broke off.
CREATE TABLE import_batch (
    id            INTEGER PRIMARY KEY,
    kind          TEXT    NOT NULL,
    world         INTEGER NOT NULL,
    source        TEXT    NOT NULL,
    rows          INTEGER NOT NULL,
    entered       INTEGER NOT NULL,
    started_by    TEXT    NOT NULL,
    started_at    INTEGER NOT NULL,
    finished_at   INTEGER,
    taken_back_at INTEGER
) STRICT;

-- The rows that a batch made or added to, in the table of its kind; `told` is JSON where it added.
CREATE TABLE import_row (
    batch INTEGER NOT NULL REFERENCES import_batch (id),
    row   INTEGER NOT NULL,
    told  TEXT,
    PRIMARY KEY (batch, row)
) STRICT, WITHOUT ROWID;
CREATE INDEX import_row_by_row ON import_row (row);
