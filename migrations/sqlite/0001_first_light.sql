-- First light: tenants, the projection of releases, operations, the audit, sessions.
--
-- Conventions:
--   * ids are uuids as text; instants are whole microseconds since 1970 (UTC); labels, events and errors are JSON.
--   * a column named "sealed" holds what may be secret, encrypted and bound to its row's place; nothing else may hold
--     values, manifests or notes.
--   * words ('queued', 'DEPLOYED', 'pending-upgrade') are those of the domain's `as_str`.
--   * tables are STRICT: a wrong type is refused when it is written, not met when it is read.

-- Tenants ------------------------------------------------------------------------------------------------------------

-- The truth about tenants: a tenant is never removed, so audit rows and operations can always name theirs.
CREATE TABLE tenants (
    id     TEXT NOT NULL PRIMARY KEY,
    slug   TEXT NOT NULL UNIQUE,
    name   TEXT NOT NULL,
    labels TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The cluster's namespaces that carry a tenant's label. What belongs to a namespace belongs to its tenant by this
-- table alone, so that relabelling a namespace moves all that is in it at once.
CREATE TABLE namespaces (
    name      TEXT NOT NULL PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES tenants (id),
    -- This namespace's part of the tenant's labels.
    labels    TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX namespaces_of_tenant ON namespaces (tenant_id);

-- The projection -----------------------------------------------------------------------------------------------------
-- Written by the watch alone; can be emptied and is rebuilt from the cluster, except for what Helm has pruned since.

-- One row per release: its newest revision, worked out beforehand so that lists need no look at revisions.
CREATE TABLE releases (
    id            TEXT    NOT NULL PRIMARY KEY,
    namespace     TEXT    NOT NULL,
    name          TEXT    NOT NULL,
    chart_name    TEXT    NOT NULL,
    chart_version TEXT    NOT NULL,
    -- The version in a form whose order as text is the order of versions.
    version_key   TEXT    NOT NULL,
    app_version   TEXT    NOT NULL,
    life          INTEGER NOT NULL,
    revision      INTEGER NOT NULL,
    description   TEXT    NOT NULL,
    -- Helm's word on the newest revision and when it was written: what the state is worked out from.
    helm_status   TEXT    NOT NULL,
    since         INTEGER NOT NULL,
    state         TEXT    NOT NULL,
    state_reason  TEXT,
    health        TEXT    NOT NULL,
    health_detail TEXT,
    -- The operation of ours that made the newest revision. No foreign key: the cluster says so, not this database.
    made_by       TEXT,
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL,
    -- When the newest revision came to be; an uninstall that is older is not the one that ended this life.
    revision_at   INTEGER NOT NULL,
    -- When the last of its Secrets was gone.
    gone_at       INTEGER,
    -- Namespace, name and chart in lower case, for the search box.
    search        TEXT    NOT NULL,
    UNIQUE (namespace, name)
) STRICT;

CREATE INDEX releases_by_name ON releases (name, namespace);
CREATE INDEX releases_by_chart ON releases (chart_name, version_key, name, namespace);
CREATE INDEX releases_by_updated ON releases (updated_at);
-- The few whose state depends on time or on operations.
CREATE INDEX releases_in_motion ON releases (id)
    WHERE gone_at IS NULL AND helm_status IN ('pending-install', 'pending-upgrade', 'pending-rollback', 'uninstalling');

-- Every revision that was ever seen, by life: an install after an uninstall begins a new life of the release and may
-- count from 1 again. Kept when Helm prunes it.
CREATE TABLE revisions (
    release_id       TEXT    NOT NULL,
    life             INTEGER NOT NULL,
    revision         INTEGER NOT NULL,
    namespace        TEXT    NOT NULL,
    name             TEXT    NOT NULL,
    -- The Secret's uid and resource version.
    uid              TEXT    NOT NULL,
    resource_version TEXT    NOT NULL,
    -- The resource version whose body was read; NULL before the first reading.
    read_version     TEXT,
    status           TEXT    NOT NULL,
    created_at       INTEGER NOT NULL,
    modified_at      INTEGER NOT NULL,
    made_by          TEXT,
    pruned           INTEGER NOT NULL DEFAULT 0,
    chart_name       TEXT    NOT NULL DEFAULT '',
    chart_version    TEXT    NOT NULL DEFAULT '',
    app_version      TEXT    NOT NULL DEFAULT '',
    description      TEXT    NOT NULL DEFAULT '',
    first_deployed   INTEGER,
    -- A keyed digest of the values override, to tell whether two are equal without opening either.
    override_digest  BLOB,
    PRIMARY KEY (release_id, life, revision)
) STRICT, WITHOUT ROWID;

CREATE INDEX revisions_in_cluster ON revisions (namespace, name, revision, resource_version) WHERE pruned = 0;
-- The ones still to be read. A superseded revision that was read before says nothing new.
CREATE INDEX revisions_unread ON revisions (created_at)
    WHERE pruned = 0 AND (read_version IS NULL OR (read_version <> resource_version AND status <> 'superseded'));

-- Values, manifest, notes and hooks, apart from the rows that lists walk over.
CREATE TABLE revision_bodies (
    release_id TEXT    NOT NULL,
    life       INTEGER NOT NULL,
    revision   INTEGER NOT NULL,
    sealed     BLOB    NOT NULL,
    PRIMARY KEY (release_id, life, revision),
    FOREIGN KEY (release_id, life, revision) REFERENCES revisions (release_id, life, revision) ON DELETE CASCADE
) STRICT;

-- Operations ---------------------------------------------------------------------------------------------------------

CREATE TABLE operations (
    id               TEXT    NOT NULL PRIMARY KEY,
    kind             TEXT    NOT NULL,
    status           TEXT    NOT NULL
        CHECK (status IN ('queued', 'running', 'succeeded', 'failed', 'cancelled', 'interrupted')),
    release_id       TEXT    NOT NULL,
    namespace        TEXT    NOT NULL,
    release_name     TEXT    NOT NULL,
    -- The tenant when it was asked for. It stays: whoever gets the namespace later does not inherit the operations.
    tenant_id        TEXT REFERENCES tenants (id),
    target           TEXT    NOT NULL,
    base_revision    INTEGER,
    result_revision  INTEGER,
    requested_by     TEXT    NOT NULL,
    reason           TEXT,
    idempotency_key  TEXT,
    request_digest   BLOB,
    created_at       INTEGER NOT NULL,
    started_at       INTEGER,
    finished_at      INTEGER,
    deadline_at      INTEGER,
    attempt          INTEGER NOT NULL DEFAULT 0,
    lease_owner      TEXT,
    lease_until      INTEGER,
    cancel_requested INTEGER NOT NULL DEFAULT 0,
    error            TEXT,
    -- The change and its options: they hold values.
    sealed           BLOB    NOT NULL,
    -- A running operation always has a lease, a settled one always an end.
    CHECK ((status = 'running') = (lease_owner IS NOT NULL)),
    CHECK ((status = 'running') = (lease_until IS NOT NULL)),
    CHECK ((status IN ('queued', 'running')) = (finished_at IS NULL))
) STRICT;

-- Rule 1: one operation at a time per release, for any number of writers.
CREATE UNIQUE INDEX operations_one_at_a_time ON operations (namespace, release_name) WHERE status IN ('queued', 'running');
-- Rule 6: the same request of the same person is the same operation.
CREATE UNIQUE INDEX operations_idempotent ON operations (requested_by, idempotency_key) WHERE idempotency_key IS NOT NULL;
-- What a worker looks through.
CREATE INDEX operations_to_claim ON operations (created_at, id) WHERE status IN ('queued', 'running');
CREATE INDEX operations_by_time ON operations (created_at, id);
CREATE INDEX operations_of_release ON operations (release_id, created_at);
CREATE INDEX operations_of_tenant ON operations (tenant_id, created_at);

-- What happened during an operation: numbered from 1 without gaps, never changed.
CREATE TABLE operation_events (
    operation_id TEXT    NOT NULL REFERENCES operations (id),
    seq          INTEGER NOT NULL,
    at           INTEGER NOT NULL,
    body         TEXT    NOT NULL,
    PRIMARY KEY (operation_id, seq)
) STRICT, WITHOUT ROWID;

-- The audit ----------------------------------------------------------------------------------------------------------

-- Written in the transaction of the change that a row tells of. No foreign keys: a row stands for itself.
CREATE TABLE audit (
    seq          INTEGER PRIMARY KEY AUTOINCREMENT,
    at           INTEGER NOT NULL,
    actor        TEXT    NOT NULL,
    door         TEXT    NOT NULL,
    act          TEXT    NOT NULL,
    tenant_id    TEXT,
    subject      TEXT    NOT NULL,
    operation_id TEXT,
    reason       TEXT
) STRICT;

CREATE INDEX audit_of_tenant ON audit (tenant_id, seq);

CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'audit rows are never changed');
END;

CREATE TRIGGER audit_is_never_shortened BEFORE DELETE ON audit
BEGIN
    SELECT RAISE(ABORT, 'audit rows are never removed');
END;

-- Sessions -----------------------------------------------------------------------------------------------------------

CREATE TABLE sessions (
    -- SHA-256 of the id that the browser holds.
    id         BLOB    NOT NULL PRIMARY KEY,
    user       TEXT    NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX sessions_by_expiry ON sessions (expires_at);
