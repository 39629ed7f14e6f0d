-- What was noted of requests for an unsubscription that wait for the seller (退订管理); the facts are JSON.
CREATE TABLE unsubscription_request (
    world      INTEGER NOT NULL,
    order_id   TEXT    NOT NULL,
    facts      TEXT    NOT NULL,
    changed_by TEXT    NOT NULL,
    changed_at INTEGER NOT NULL,
    PRIMARY KEY (world, order_id)
) STRICT, WITHOUT ROWID;

-- Of which kind a customer's account is, which no order tells.
CREATE TABLE customer_account (
    customer_id TEXT    PRIMARY KEY,
    kind        TEXT    NOT NULL,
    changed_by  TEXT    NOT NULL,
    changed_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
