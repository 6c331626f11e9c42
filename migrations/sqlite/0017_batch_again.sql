-- Whether a target's change begins anew once it is back: a stop of the server has cut it short.
ALTER TABLE batch_targets ADD COLUMN again INTEGER NOT NULL DEFAULT 0;
