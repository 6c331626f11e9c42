-- What a batch remembers of a target that did not come through.

-- The operation that failed, or whose result did: the target's own operation is its rollback's by then.
ALTER TABLE batch_targets ADD COLUMN failed_operation_id TEXT;
-- How often a stop of the server has cut its change short, so that it was begun anew.
ALTER TABLE batch_targets ADD COLUMN interrupted INTEGER NOT NULL DEFAULT 0;
