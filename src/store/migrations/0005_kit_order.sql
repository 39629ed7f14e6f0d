-- When the marketplace wrote the last synchronisation that was applied, by what it is about: an older one that comes late,
-- or is tried again, changes nothing. Rows outlive what they are about. Milliseconds UTC; world: 0 live, 1 test.
CREATE TABLE kit_order (
    world      INTEGER NOT NULL,
    tenant_id  TEXT    NOT NULL,
    -- tenant/INSTANCE, application/APP, user/APP/NAME, department/CODE, departments.
    about      TEXT    NOT NULL,
    time_stamp INTEGER NOT NULL,
    PRIMARY KEY (world, tenant_id, about)
) STRICT, WITHOUT ROWID;
