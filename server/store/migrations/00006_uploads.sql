-- +goose Up
-- Files on their way here, in pieces. Copies of the database leave them out: their bytes are not copied either.
CREATE TABLE uploads (
    id         TEXT    NOT NULL PRIMARY KEY,
    challenge  TEXT    NOT NULL,
    fan        TEXT    NOT NULL,
    purpose    TEXT    NOT NULL, -- entry, original
    entry      TEXT    NOT NULL, -- the one that it becomes, or belongs to
    length     INTEGER NOT NULL,
    received   INTEGER NOT NULL, -- bytes that are safe
    announced  TEXT    NOT NULL, -- SHA-256 that the whole must have; empty where none was named
    metadata   TEXT    NOT NULL, -- as the client sent it
    state      TEXT    NOT NULL, -- open, done, used
    object     TEXT    NOT NULL, -- key of the whole, once it is done
    sha256     TEXT    NOT NULL, -- of the whole, once it is done
    claim      INTEGER NOT NULL, -- how often somebody began to receive; who writes needs the present one
    held_until INTEGER NOT NULL, -- when the present one's lease ends
    wanted_at  INTEGER NOT NULL, -- when another connection asked for the lease last
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
);
CREATE INDEX uploads_unfinished ON uploads (challenge, fan, length) WHERE state <> 'used';
CREATE INDEX uploads_by_entry ON uploads (entry);
CREATE INDEX uploads_by_expiry ON uploads (expires_at);

CREATE TABLE upload_parts (
    upload TEXT    NOT NULL REFERENCES uploads (id) ON DELETE CASCADE,
    start  INTEGER NOT NULL, -- offset of its first byte
    size   INTEGER NOT NULL,
    object TEXT    NOT NULL,
    sha256 TEXT    NOT NULL,
    PRIMARY KEY (upload, start)
);

-- +goose Down
DROP TABLE upload_parts;
DROP TABLE uploads;
