-- What usage records were before they were corrected; `metering_sn` is the id under which the record goes now.
CREATE TABLE usage_correction (
    id                  INTEGER PRIMARY KEY,
    world               INTEGER NOT NULL,
    metering_sn         TEXT    NOT NULL,
    was_metering_sn     TEXT    NOT NULL,
    instance_id         TEXT    NOT NULL,
    begin_time          INTEGER NOT NULL,
    end_time            INTEGER NOT NULL,
    usage_value         TEXT    NOT NULL,
    relate_pkg_instance TEXT,
    product_id          TEXT,
    -- JSON.
    state               TEXT    NOT NULL,
    corrected_at        INTEGER NOT NULL
) STRICT;
CREATE INDEX usage_correction_by_sn ON usage_correction (world, metering_sn);
-- Another record of the same use.
CREATE INDEX usage_record_by_period ON usage_record (world, instance_id, begin_time);
-- What KooGallery still has to get, oldest first.
CREATE INDEX usage_record_owed ON usage_record (world, begin_time)
    WHERE state NOT LIKE '%"sent"%' AND state NOT LIKE '%"discarded"%' AND state NOT LIKE '%"replaced"%';
