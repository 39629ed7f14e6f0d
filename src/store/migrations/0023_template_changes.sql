-- Who changed which template of a reply when, from what to what; nothing before where it was added, nothing after where it
-- was removed.
CREATE TABLE reply_template_change (
    id INTEGER PRIMARY KEY,
    template INTEGER NOT NULL,
    name_before TEXT,
    text_before TEXT,
    name_after TEXT,
    text_after TEXT,
    changed_by TEXT NOT NULL,
    changed_at INTEGER NOT NULL
) STRICT;
