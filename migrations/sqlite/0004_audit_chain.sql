-- The audit as a chain: each row carries the keyed hash of the one before and its own, and a head says how many there are.
-- Also what the audit says beyond who and what, what makes a revision of elsewhere be told of once, and a row that tells
-- whether the seal key is the right one.

ALTER TABLE audit ADD COLUMN via TEXT;
ALTER TABLE audit ADD COLUMN from_address TEXT;
-- JSON: facts about the subject, never values.
ALTER TABLE audit ADD COLUMN before TEXT;
ALTER TABLE audit ADD COLUMN after TEXT;
-- The hash of the row before, and this row's own over all its columns but the number. NULL in rows of before this
-- migration until they are taken into the chain at the next start.
ALTER TABLE audit ADD COLUMN previous BLOB;
ALTER TABLE audit ADD COLUMN hash BLOB;

CREATE INDEX audit_of_subject ON audit (subject, seq);
CREATE INDEX audit_by_time ON audit (at);

-- How many rows there are and what the last one's hash is, under a keyed hash of its own: a tail that was cut off is missed.
CREATE TABLE audit_head (
    id   INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    rows INTEGER NOT NULL,
    hash BLOB    NOT NULL,
    mac  BLOB    NOT NULL
) STRICT;

-- A row is taken into the chain once; nothing else about it ever changes.
DROP TRIGGER audit_is_never_changed;
CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
WHEN OLD.hash IS NOT NULL OR NEW.hash IS NULL OR NEW.seq IS NOT OLD.seq OR NEW.at IS NOT OLD.at OR NEW.actor IS NOT OLD.actor
    OR NEW.door IS NOT OLD.door OR NEW.act IS NOT OLD.act OR NEW.tenant_id IS NOT OLD.tenant_id OR NEW.subject IS NOT OLD.subject
    OR NEW.operation_id IS NOT OLD.operation_id OR NEW.reason IS NOT OLD.reason OR NEW.via IS NOT OLD.via
    OR NEW.from_address IS NOT OLD.from_address OR NEW.before IS NOT OLD.before OR NEW.after IS NOT OLD.after
BEGIN
    SELECT RAISE(ABORT, 'audit rows are never changed');
END;

-- What is known of the database as a whole: 'seal' holds a sealed text that only the right key opens, 'listed' says that
-- the cluster's releases were once listed to the end.
CREATE TABLE landmarks (
    name  TEXT NOT NULL PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- The uid of every revision's Secret that needs no more telling of: it was there when the cluster was first listed, one of
-- our operations made it, or the audit says that it was made elsewhere. Outlives the projection.
CREATE TABLE witnessed (
    uid TEXT NOT NULL PRIMARY KEY
) STRICT, WITHOUT ROWID;

INSERT INTO witnessed (uid) SELECT DISTINCT uid FROM revisions WHERE true ON CONFLICT DO NOTHING;
INSERT INTO landmarks (name, value) SELECT 'listed', x'' WHERE EXISTS (SELECT 1 FROM revisions);

-- The resource version of a revision that could not be decoded, so that it is not read again for ever.
ALTER TABLE revisions ADD COLUMN unreadable_version TEXT;

DROP INDEX revisions_unread;
CREATE INDEX revisions_unread ON revisions (created_at)
    WHERE pruned = 0 AND (read_version IS NULL OR (read_version <> resource_version AND status <> 'superseded'))
        AND unreadable_version IS NOT resource_version;
