-- What passed over the wire for several messages at once is kept once.
CREATE TABLE exchange (
    id           INTEGER PRIMARY KEY,
    request      TEXT NOT NULL,
    request_body TEXT NOT NULL,
    answer       TEXT NOT NULL
) STRICT;
ALTER TABLE attempt_raw ADD COLUMN exchange INTEGER REFERENCES exchange (id);
CREATE INDEX attempt_raw_by_exchange ON attempt_raw (exchange) WHERE exchange IS NOT NULL;
CREATE TRIGGER exchange_goes AFTER DELETE ON attempt_raw WHEN old.exchange IS NOT NULL BEGIN
    DELETE FROM exchange WHERE id = old.exchange
        AND NOT EXISTS (SELECT 1 FROM attempt_raw WHERE exchange = old.exchange);
END;

-- When a call last named the order: what was asked about it before may have changed since.
ALTER TABLE order_line ADD COLUMN last_called_at INTEGER;
UPDATE order_line SET last_called_at = called_at;
CREATE INDEX order_line_by_last_call ON order_line (last_called_at) WHERE last_called_at IS NOT NULL;

-- A notice that comes again is the same message, so attempts are read, not messages.
ALTER TABLE bookmark RENAME COLUMN message_id TO read_to;
UPDATE bookmark SET read_to = coalesce(
    (SELECT min(id) - 1 FROM attempt WHERE message_id > read_to), (SELECT max(id) FROM attempt), 0);
