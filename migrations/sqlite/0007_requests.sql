-- What requests with an Idempotency-Key made, so that the same request again answers with the same thing. Operations
-- keep their own keys.
CREATE TABLE requests (
    requester TEXT    NOT NULL,
    key       TEXT    NOT NULL,
    -- A keyed digest: a request may hold a password.
    digest    BLOB    NOT NULL,
    -- The id of what was made.
    made      TEXT    NOT NULL,
    at        INTEGER NOT NULL,
    PRIMARY KEY (requester, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX requests_by_time ON requests (at);
