-- Drift: what the last check of each release found. No foreign key: the projection of releases may be emptied and rebuilt.
CREATE TABLE drifts (
    release_id TEXT    NOT NULL PRIMARY KEY,
    -- When its turn last came, whether or not that led to a result.
    tried_at   INTEGER NOT NULL,
    -- The revision that was the newest one, and its life: another one makes the result stale.
    life       INTEGER,
    revision   INTEGER,
    verdict    TEXT CHECK (verdict IN ('drifted', 'unknown', 'same')),
    -- The result: it holds what the release holds.
    sealed     BLOB,
    CHECK ((sealed IS NULL) = (life IS NULL) AND (sealed IS NULL) = (revision IS NULL) AND (sealed IS NULL) = (verdict IS NULL))
) STRICT;

-- The few that lists and counts ask for.
CREATE INDEX drifts_drifted ON drifts (release_id, life, revision) WHERE verdict = 'drifted';
