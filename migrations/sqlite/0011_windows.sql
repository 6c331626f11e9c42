-- When batches may change a tenant.

-- A JSON list of windows: when each opens, for how many minutes, by whose clock. Empty for any time.
ALTER TABLE tenants ADD COLUMN windows TEXT NOT NULL DEFAULT '[]';
