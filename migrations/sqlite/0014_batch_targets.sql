-- What a batch knows of its targets besides: whose work it is that it meets there.

-- The newest revision that the batch itself has made, that of a rollback included: any other is somebody else's.
ALTER TABLE batch_targets ADD COLUMN made_revision INTEGER;
-- Somebody has seen the failure, and let the batch go on after it.
ALTER TABLE batch_targets ADD COLUMN forgiven INTEGER NOT NULL DEFAULT 0;
-- The life of the release that the batch was made over; of those made before this, the one that it has now.
ALTER TABLE batch_targets ADD COLUMN life INTEGER;
UPDATE batch_targets SET life = (SELECT life FROM releases WHERE releases.id = batch_targets.release_id);
