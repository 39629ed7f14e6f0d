-- Calls of every generation, authorization codes, organisations. Times are milliseconds UTC; world: 0 live, 1 test.

-- v1, v2, kit-v1, kit-v2.
ALTER TABLE message ADD COLUMN wire TEXT NOT NULL DEFAULT 'v2';
ALTER TABLE message ADD COLUMN license TEXT;
ALTER TABLE message ADD COLUMN tenant_id TEXT;
CREATE INDEX message_by_license ON message (license) WHERE license IS NOT NULL;
CREATE INDEX message_by_tenant ON message (tenant_id) WHERE tenant_id IS NOT NULL;

CREATE TABLE license (
    id            INTEGER PRIMARY KEY,
    world         INTEGER NOT NULL,
    license       TEXT    NOT NULL,
    status        TEXT    NOT NULL,
    order_id      TEXT,
    order_line_id TEXT,
    product_id    TEXT,
    activate_time INTEGER,
    expire_time   INTEGER,
    endpoint      TEXT,
    created_at    INTEGER NOT NULL,
    changed_at    INTEGER NOT NULL,
    UNIQUE (world, license)
) STRICT;
CREATE INDEX license_by_time ON license (world, created_at);

-- Applications for a License (getLicenseAsync). The License lies sealed until it is uploaded.
CREATE TABLE license_application (
    message_id         INTEGER PRIMARY KEY REFERENCES message (id) ON DELETE CASCADE,
    event_id           TEXT NOT NULL,
    instance_id        TEXT NOT NULL,
    effective_time     TEXT NOT NULL,
    expire_time        TEXT,
    device_fingerprint TEXT,
    license            BLOB
) STRICT;

CREATE TABLE tenant (
    id          INTEGER PRIMARY KEY,
    world       INTEGER NOT NULL,
    tenant_id   TEXT    NOT NULL,
    instance_id TEXT    NOT NULL,
    order_id    TEXT    NOT NULL,
    tenant_code TEXT    NOT NULL,
    name        TEXT    NOT NULL,
    domain_name TEXT    NOT NULL,
    created_at  INTEGER NOT NULL,
    changed_at  INTEGER NOT NULL,
    removed_at  INTEGER,
    UNIQUE (world, tenant_id, instance_id)
) STRICT;

CREATE TABLE application (
    id            INTEGER PRIMARY KEY,
    world         INTEGER NOT NULL,
    tenant_id     TEXT    NOT NULL,
    app_id        TEXT    NOT NULL,
    client_id     TEXT    NOT NULL,
    -- Sealed.
    client_secret BLOB,
    created_at    INTEGER NOT NULL,
    changed_at    INTEGER NOT NULL,
    removed_at    INTEGER,
    UNIQUE (world, tenant_id, app_id)
) STRICT;

CREATE TABLE department (
    id          INTEGER PRIMARY KEY,
    world       INTEGER NOT NULL,
    tenant_id   TEXT    NOT NULL,
    org_code    TEXT    NOT NULL,
    name        TEXT    NOT NULL,
    parent_code TEXT,
    created_at  INTEGER NOT NULL,
    changed_at  INTEGER NOT NULL,
    removed_at  INTEGER,
    UNIQUE (world, tenant_id, org_code)
) STRICT;

CREATE TABLE organisation_user (
    id            INTEGER PRIMARY KEY,
    world         INTEGER NOT NULL,
    tenant_id     TEXT    NOT NULL,
    app_id        TEXT    NOT NULL,
    user_name     TEXT    NOT NULL,
    name          TEXT    NOT NULL,
    org_code      TEXT    NOT NULL,
    role          TEXT    NOT NULL,
    enable        INTEGER NOT NULL,
    authorized    INTEGER NOT NULL,
    position      TEXT,
    employee_code TEXT,
    employee_type TEXT,
    mobile        TEXT,
    email         TEXT,
    work_place    TEXT,
    entry_date    TEXT,
    created_at    INTEGER NOT NULL,
    changed_at    INTEGER NOT NULL,
    removed_at    INTEGER,
    UNIQUE (world, tenant_id, app_id, user_name)
) STRICT;
