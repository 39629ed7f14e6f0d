-- Ids of messages that are gone are not given out again: whoever remembers one must not find another under it.
CREATE TABLE message_gone (
    last INTEGER NOT NULL
) STRICT;
INSERT INTO message_gone (last) VALUES (0);

CREATE TRIGGER message_goes AFTER DELETE ON message BEGIN
    UPDATE message_gone SET last = max(last, old.id);
    UPDATE usage_record SET push = NULL WHERE push = old.id;
END;

-- What messages left behind that went before.
UPDATE usage_record SET push = NULL
    WHERE push NOT IN (SELECT id FROM message WHERE wire = 'open-api' AND activity = 'isv/usage-data');

-- Records that left a push which was not done with them: it is settled once KooGallery has them, or nobody owes them.
CREATE TABLE left_push (
    push   INTEGER NOT NULL REFERENCES message (id) ON DELETE CASCADE,
    record INTEGER NOT NULL REFERENCES usage_record (id) ON DELETE CASCADE,
    PRIMARY KEY (push, record)
) STRICT, WITHOUT ROWID;
CREATE INDEX left_push_by_record ON left_push (record);
