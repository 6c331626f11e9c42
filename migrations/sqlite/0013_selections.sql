-- Saved selections: which releases, under a name. The rule, never what it came to.
CREATE TABLE selections (
    id        TEXT    NOT NULL PRIMARY KEY,
    name      TEXT    NOT NULL UNIQUE,
    -- Chart, constraint, labels, states and releases, as JSON; nothing of it is secret.
    selection TEXT    NOT NULL,
    made_by   TEXT    NOT NULL,
    made_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
