-- Which column of a file stood for what when a table of that kind was imported last. JSON.
CREATE TABLE import_columns (
    kind    TEXT PRIMARY KEY,
    mapping TEXT NOT NULL
) STRICT, WITHOUT ROWID;
