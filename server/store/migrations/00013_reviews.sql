-- +goose Up
-- What staff decided about votes, many at a time. The leaves of the log name their batch.
CREATE TABLE vote_batches (
    id        TEXT    NOT NULL PRIMARY KEY,
    challenge TEXT    NOT NULL REFERENCES challenges (id),
    kind      TEXT    NOT NULL, -- hold, release, exclude, restore; empty for one that undoes another
    reason    TEXT    NOT NULL,
    note      TEXT    NOT NULL, -- for staff
    staff     TEXT    NOT NULL, -- empty where the rules decided
    second    TEXT    NOT NULL, -- who confirmed it; empty where nobody had to
    changed   INTEGER NOT NULL,
    skipped   INTEGER NOT NULL,
    at        INTEGER NOT NULL,
    undoes    TEXT    NOT NULL,
    undone_by TEXT    NOT NULL
);
CREATE INDEX vote_batches_in_turn ON vote_batches (challenge, at, id);

-- What waits for a second member of staff, because the result is certified.
CREATE TABLE vote_proposals (
    id         TEXT    NOT NULL PRIMARY KEY,
    challenge  TEXT    NOT NULL REFERENCES challenges (id),
    kind       TEXT    NOT NULL,
    undoes     TEXT    NOT NULL,
    reason     TEXT    NOT NULL,
    note       TEXT    NOT NULL,
    selection  TEXT    NOT NULL, -- JSON: which votes
    staff      TEXT    NOT NULL,
    others     INTEGER NOT NULL, -- members of staff beside them
    created_at INTEGER NOT NULL,
    decided_at INTEGER NOT NULL,
    second     TEXT    NOT NULL,
    batch      TEXT    NOT NULL
);
CREATE INDEX vote_proposals_open ON vote_proposals (challenge, created_at, id) WHERE decided_at = 0;

CREATE TABLE complaints (
    id          TEXT    NOT NULL PRIMARY KEY,
    challenge   TEXT    NOT NULL REFERENCES challenges (id),
    entry       TEXT    NOT NULL REFERENCES entries (id),
    fan         TEXT    NOT NULL,
    statement   TEXT    NOT NULL,
    created_at  INTEGER NOT NULL,
    answered_at INTEGER NOT NULL,
    answer      TEXT    NOT NULL,
    staff       TEXT    NOT NULL
);
-- One open at a time.
CREATE UNIQUE INDEX complaints_open ON complaints (entry) WHERE answered_at = 0;
CREATE INDEX complaints_in_turn ON complaints (created_at, id) WHERE answered_at = 0;
CREATE INDEX complaints_by_entry ON complaints (entry, created_at);

-- The batch that held the banned fan's votes, released when the ban is lifted; empty where none was held.
ALTER TABLE bans ADD COLUMN batch TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE bans DROP COLUMN batch;
DROP TABLE complaints;
DROP TABLE vote_proposals;
DROP TABLE vote_batches;
