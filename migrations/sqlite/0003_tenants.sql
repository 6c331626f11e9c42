-- Tenants made and held: bounds, pins, freezes and retirement, a version against lost updates, and what the cluster still
-- has to take over.

ALTER TABLE tenants ADD COLUMN limits  TEXT    NOT NULL DEFAULT '{}';
-- Each NULL, or who, when and why as JSON.
ALTER TABLE tenants ADD COLUMN pinned  TEXT;
ALTER TABLE tenants ADD COLUMN frozen  TEXT;
ALTER TABLE tenants ADD COLUMN retired TEXT;
ALTER TABLE tenants ADD COLUMN version INTEGER NOT NULL DEFAULT 1;

-- When Pilothouse gave the namespace its service account and bindings; and why they were found wanting afterwards.
ALTER TABLE namespaces ADD COLUMN equipped_at INTEGER;
ALTER TABLE namespaces ADD COLUMN lost        TEXT;

-- What is to be done to namespaces, written with the change that wants it and kept until the cluster has taken it.
CREATE TABLE chores (
    -- At most one per namespace: a later one replaces what was not done yet.
    namespace TEXT    NOT NULL PRIMARY KEY,
    tenant_id TEXT    NOT NULL REFERENCES tenants (id),
    errand    TEXT    NOT NULL CHECK (errand IN ('make', 'adopt', 'equip', 'withdraw', 'release')),
    -- The tenant's labels to write to it; NULL leaves them as they are.
    labels    TEXT,
    -- Counts the replacements, so that a chore that was replaced while it was done is not taken for done.
    edition   INTEGER NOT NULL DEFAULT 1,
    -- Why the last try failed.
    why       TEXT
) STRICT, WITHOUT ROWID;

CREATE INDEX chores_of_tenant ON chores (tenant_id);

-- How far each namespace is set up.
CREATE VIEW setup AS
SELECT namespace, tenant_id, CASE WHEN why IS NULL THEN 'pending' ELSE 'failed' END AS state, why FROM chores
UNION ALL
SELECT n.name, n.tenant_id,
       CASE WHEN n.lost IS NOT NULL THEN 'lost' WHEN n.equipped_at IS NOT NULL THEN 'ready' ELSE 'unused' END,
       n.lost
FROM namespaces n WHERE n.name NOT IN (SELECT namespace FROM chores);
