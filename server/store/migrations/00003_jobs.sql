-- +goose Up
CREATE TABLE jobs (
    id         TEXT    NOT NULL PRIMARY KEY,
    kind       TEXT    NOT NULL,
    key        TEXT    NOT NULL,
    payload    TEXT    NOT NULL,
    state      TEXT    NOT NULL, -- ready, running, dead
    due_at     INTEGER NOT NULL, -- ready: when to run; running: when the lease ends
    armed      INTEGER NOT NULL, -- how many times it was inserted
    claim      INTEGER NOT NULL, -- how many times a worker took it; a worker's writes need its own
    attempts   INTEGER NOT NULL, -- since it was last armed
    last_error TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (kind, key)
);
CREATE INDEX jobs_due ON jobs (kind, due_at) WHERE state <> 'dead';

-- +goose Down
DROP TABLE jobs;
