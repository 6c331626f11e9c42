-- Previews: what a change will do, kept for as long as it can be acted on.
CREATE TABLE previews (
    id            TEXT    NOT NULL PRIMARY KEY,
    tenant_id     TEXT    NOT NULL REFERENCES tenants (id),
    expires_at    INTEGER NOT NULL,
    -- The change with its options, and what was shown of it: both hold what the release holds.
    sealed        BLOB    NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX previews_by_expiry ON previews (expires_at);
