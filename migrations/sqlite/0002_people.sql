-- People: accounts, their API tokens, their sessions.

-- An account is never removed, so that audit rows can always name theirs; it is disabled.
CREATE TABLE users (
    id           TEXT    NOT NULL PRIMARY KEY,
    -- Ada and ada are the same person.
    name         TEXT    NOT NULL COLLATE NOCASE UNIQUE,
    role         TEXT    NOT NULL CHECK (role IN ('admin', 'support', 'viewer')),
    -- The ids of a viewer's tenants, as a JSON list.
    tenants      TEXT    NOT NULL,
    disabled     INTEGER NOT NULL DEFAULT 0,
    -- The identity provider and its name for the person; NULL for an account of ours.
    issuer       TEXT,
    subject      TEXT,
    -- argon2id, as a PHC string; only where the account is ours.
    password     TEXT,
    created_at   INTEGER NOT NULL,
    signed_in_at INTEGER,
    -- Counts the changes, so that nobody overwrites what they have not seen.
    version      INTEGER NOT NULL DEFAULT 1,
    UNIQUE (issuer, subject),
    CHECK ((issuer IS NULL) = (subject IS NULL)),
    CHECK ((issuer IS NULL) = (password IS NOT NULL))
) STRICT, WITHOUT ROWID;

-- A token that is revoked is gone; the audit remembers it.
CREATE TABLE tokens (
    id         TEXT    NOT NULL PRIMARY KEY,
    user_id    TEXT    NOT NULL REFERENCES users (id),
    name       TEXT    NOT NULL COLLATE NOCASE,
    -- SHA-256 of the token.
    digest     BLOB    NOT NULL UNIQUE,
    role       TEXT    NOT NULL CHECK (role IN ('admin', 'support', 'viewer')),
    -- The tenants that it is restricted to, as a JSON list; NULL reaches as far as its owner does.
    tenants    TEXT,
    -- Whether it is trusted to speak for others.
    speaks     INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    used_at    INTEGER,
    UNIQUE (user_id, name)
) STRICT, WITHOUT ROWID;

-- Sessions of before named nobody's account; whoever had one signs in again.
DROP TABLE sessions;

CREATE TABLE sessions (
    -- SHA-256 of the id that the browser holds.
    id         BLOB    NOT NULL PRIMARY KEY,
    user_id    TEXT    NOT NULL REFERENCES users (id),
    expires_at INTEGER NOT NULL,
    used_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX sessions_by_expiry ON sessions (expires_at);
CREATE INDEX sessions_of_user ON sessions (user_id);
