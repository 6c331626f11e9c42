-- Chart sources that were added in the settings; those of the configuration are not here.

CREATE TABLE chart_sources (
    name       TEXT    NOT NULL PRIMARY KEY,
    url        TEXT    NOT NULL,
    -- The charts of a registry, which cannot be asked for them: a JSON list of names.
    charts     TEXT    NOT NULL,
    -- How to sign in, and whom to trust: JSON, sealed.
    sealed     BLOB    NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
