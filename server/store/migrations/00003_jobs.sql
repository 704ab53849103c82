-- +goose Up
CREATE TABLE jobs (
    kind       TEXT    NOT NULL,
    key        TEXT    NOT NULL,
    payload    TEXT    NOT NULL,
    state      TEXT    NOT NULL, -- ready, running, dead
    run_at     INTEGER NOT NULL, -- as the last insertion asked
    due_at     INTEGER NOT NULL, -- ready: when to run; running: when the lease ends
    armed      INTEGER NOT NULL, -- how often it was inserted
    claim      INTEGER NOT NULL, -- how often a worker took it; who settles needs the present one
    attempts   INTEGER NOT NULL, -- since it was last armed
    last_error TEXT    NOT NULL,
    PRIMARY KEY (kind, key)
);
CREATE INDEX jobs_due ON jobs (kind, due_at) WHERE state <> 'dead';

-- +goose Down
DROP TABLE jobs;
