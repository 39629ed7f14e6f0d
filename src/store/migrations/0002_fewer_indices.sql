-- Random ids in an index cost every commit a page of their own: fewer of them, and shorter keys.

DROP INDEX message_by_order;
DROP INDEX message_by_instance;
-- The purchase is named by its instance.
CREATE INDEX message_by_instance ON message (instance_id) WHERE instance_id IS NOT NULL AND activity <> 'newInstance';

-- A line's id that begins with its order's says both.
UPDATE message SET key = replace(key, order_id || '/' || order_line_id, order_line_id)
WHERE order_id IS NOT NULL AND substr(order_line_id, 1, length(order_id) + 1) = order_id || '-';

CREATE TABLE new_instance (
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
    -- The message of its purchase.
    bought_by     INTEGER NOT NULL,
    created_at    INTEGER NOT NULL,
    changed_at    INTEGER NOT NULL,
    UNIQUE (world, instance_id)
) STRICT;

INSERT INTO new_instance
SELECT id, world, instance_id, order_id, order_line_id, endpoint, status, product_id, sku_code, customer_id, customer_name,
       expire_time, app_info,
       coalesce((SELECT message.id FROM message WHERE message.world = instance.world
                 AND message.activity = 'newInstance' AND message.order_id = instance.order_id
                 AND message.order_line_id = instance.order_line_id), 0),
       created_at, changed_at
FROM instance;

DROP TABLE instance;
ALTER TABLE new_instance RENAME TO instance;
CREATE INDEX instance_by_time ON instance (world, created_at);

-- Looked up in memory.
CREATE TABLE new_nonce (
    id      INTEGER PRIMARY KEY,
    text    TEXT    NOT NULL,
    seen_at INTEGER NOT NULL
) STRICT;
INSERT INTO new_nonce (text, seen_at) SELECT text, seen_at FROM nonce;
DROP TABLE nonce;
ALTER TABLE new_nonce RENAME TO nonce;
