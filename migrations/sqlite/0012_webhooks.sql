-- Who else is told of batches, and what is still to be delivered to them.

CREATE TABLE webhooks (
    id          TEXT    NOT NULL PRIMARY KEY,
    name        TEXT    NOT NULL UNIQUE,
    -- A JSON list of the events that it is told of.
    events      TEXT    NOT NULL,
    created_at  INTEGER NOT NULL,
    -- Its receiver is gone for good.
    disabled_at INTEGER,
    -- Its address, which may let a sender in, and what notices are signed with: JSON, sealed.
    sealed      BLOB    NOT NULL
) STRICT;

-- One row per notice and webhook, written with the change that the notice tells of.
CREATE TABLE webhook_deliveries (
    -- In the order in which things happened.
    seq          INTEGER NOT NULL PRIMARY KEY,
    webhook_id   TEXT    NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    -- What the receiver tells repeats by.
    id           TEXT    NOT NULL,
    event        TEXT    NOT NULL,
    batch_id     TEXT,
    body         TEXT    NOT NULL,
    made_at      INTEGER NOT NULL,
    -- Counts the tries; who writes what came of one says which one it was.
    attempts     INTEGER NOT NULL DEFAULT 0,
    tried_at     INTEGER,
    answer       TEXT,
    next_at      INTEGER,
    delivered_at INTEGER,
    given_up_at  INTEGER,
    UNIQUE (webhook_id, id),
    -- To be sent, or over in one of two ways.
    CHECK ((next_at IS NOT NULL) + (delivered_at IS NOT NULL) + (given_up_at IS NOT NULL) = 1)
) STRICT;

CREATE INDEX webhook_deliveries_due ON webhook_deliveries (webhook_id, next_at, seq) WHERE next_at IS NOT NULL;
