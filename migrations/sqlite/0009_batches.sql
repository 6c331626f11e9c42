-- Batches: one change over many releases, in waves.

CREATE TABLE batches (
    id           TEXT    NOT NULL PRIMARY KEY,
    title        TEXT    NOT NULL,
    state        TEXT    NOT NULL CHECK (state IN ('preflight', 'ready', 'running', 'paused', 'aborted', 'finished')),
    why          TEXT,
    strategy     TEXT    NOT NULL,
    -- Names, beginnings and ends, as JSON.
    waves        TEXT    NOT NULL,
    requested_by TEXT    NOT NULL,
    reason       TEXT,
    created_at   INTEGER NOT NULL,
    started_at   INTEGER,
    finished_at  INTEGER,
    -- Who writes says which version they saw: two drivers never both take a step.
    version      INTEGER NOT NULL,
    forgiven     INTEGER NOT NULL DEFAULT 0,
    -- What is done, to which releases, how: it may hold values.
    sealed       BLOB    NOT NULL
) STRICT;

CREATE INDEX batches_by_time ON batches (created_at, id);
CREATE INDEX batches_at_work ON batches (id) WHERE finished_at IS NULL;

-- One row per release of a batch.
CREATE TABLE batch_targets (
    batch_id        TEXT    NOT NULL REFERENCES batches (id),
    ord             INTEGER NOT NULL,
    wave            INTEGER NOT NULL,
    release_id      TEXT    NOT NULL,
    tenant_id       TEXT    NOT NULL REFERENCES tenants (id),
    namespace       TEXT    NOT NULL,
    release_name    TEXT    NOT NULL,
    from_version    TEXT    NOT NULL,
    state           TEXT    NOT NULL,
    since           INTEGER NOT NULL,
    why             TEXT,
    base_revision   INTEGER,
    -- Where it was before the batch: what it goes back to, however often it is tried.
    home_revision   INTEGER,
    result_revision INTEGER,
    preview_id      TEXT,
    alike           TEXT,
    operation_id    TEXT,
    attempt         INTEGER NOT NULL,
    failed          INTEGER NOT NULL,
    back            INTEGER NOT NULL,
    begun_at        INTEGER,
    over_at         INTEGER,
    PRIMARY KEY (batch_id, ord),
    UNIQUE (batch_id, release_id)
) STRICT, WITHOUT ROWID;
