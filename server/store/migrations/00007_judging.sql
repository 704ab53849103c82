-- +goose Up
ALTER TABLE entries ADD COLUMN share_place INTEGER NOT NULL DEFAULT 0;
ALTER TABLE entries ADD COLUMN flags TEXT NOT NULL DEFAULT '[]';
ALTER TABLE entries ADD COLUMN takedown TEXT NOT NULL DEFAULT '';
ALTER TABLE entries ADD COLUMN appealed_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE entries ADD COLUMN original_asked_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE entries ADD COLUMN evidence TEXT NOT NULL DEFAULT '';
ALTER TABLE entries ADD COLUMN evidence_sha256 TEXT NOT NULL DEFAULT '';

-- What was decided about each entry, for good.
CREATE TABLE decisions (
    entry       TEXT    NOT NULL REFERENCES entries (id),
    number      INTEGER NOT NULL, -- from 1 for each entry
    batch       TEXT    NOT NULL,
    from_status TEXT    NOT NULL,
    from_reason TEXT    NOT NULL,
    from_note   TEXT    NOT NULL,
    to_status   TEXT    NOT NULL,
    reason      TEXT    NOT NULL,
    note        TEXT    NOT NULL,
    staff       TEXT    NOT NULL, -- empty where nobody of the staff decided
    at          INTEGER NOT NULL,
    PRIMARY KEY (entry, number)
) WITHOUT ROWID;
CREATE INDEX decisions_by_batch ON decisions (batch);

CREATE TABLE bans (
    id          TEXT    NOT NULL PRIMARY KEY,
    challenge   TEXT    NOT NULL REFERENCES challenges (id),
    fan         TEXT    NOT NULL REFERENCES fans (id),
    reason      TEXT    NOT NULL,
    note        TEXT    NOT NULL,
    staff       TEXT    NOT NULL,
    created_at  INTEGER NOT NULL,
    appealed_at INTEGER NOT NULL,
    answered_at INTEGER NOT NULL, -- after an appeal that was declined
    lifted_at   INTEGER NOT NULL
);
-- One ban holds at a time.
CREATE UNIQUE INDEX bans_open ON bans (challenge, fan) WHERE lifted_at = 0;

CREATE TABLE appeals (
    id         TEXT    NOT NULL PRIMARY KEY,
    challenge  TEXT    NOT NULL REFERENCES challenges (id),
    fan        TEXT    NOT NULL REFERENCES fans (id),
    entry      TEXT    NOT NULL, -- or
    ban        TEXT    NOT NULL, -- the other one empty
    text       TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    decided_at INTEGER NOT NULL,
    upheld     INTEGER NOT NULL,
    note       TEXT    NOT NULL,
    staff      TEXT    NOT NULL
);
-- One text each.
CREATE UNIQUE INDEX appeals_once ON appeals (entry, ban);
CREATE INDEX appeals_in_turn ON appeals (created_at, id) WHERE decided_at = 0;

CREATE TABLE takedowns (
    id          TEXT    NOT NULL PRIMARY KEY,
    entry       TEXT    NOT NULL REFERENCES entries (id),
    name        TEXT    NOT NULL,
    contact     TEXT    NOT NULL,
    statement   TEXT    NOT NULL,
    hid         INTEGER NOT NULL, -- 1 where the entry was taken from the public
    from_status TEXT    NOT NULL,
    created_at  INTEGER NOT NULL,
    decided_at  INTEGER NOT NULL,
    removed     INTEGER NOT NULL,
    staff       TEXT    NOT NULL
);
CREATE INDEX takedowns_by_entry ON takedowns (entry);
CREATE INDEX takedowns_in_turn ON takedowns (created_at, id) WHERE decided_at = 0;

-- What photos look like, for finding others that look alike.
CREATE TABLE likenesses (
    entry     TEXT    NOT NULL PRIMARY KEY REFERENCES entries (id),
    hash      INTEGER NOT NULL, -- the perceptual hash's 64 bits
    hashed_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX likenesses_by_age ON likenesses (hashed_at, entry);

-- +goose Down
DROP TABLE likenesses;
DROP TABLE takedowns;
DROP TABLE appeals;
DROP TABLE bans;
DROP TABLE decisions;
ALTER TABLE entries DROP COLUMN evidence_sha256;
ALTER TABLE entries DROP COLUMN evidence;
ALTER TABLE entries DROP COLUMN original_asked_at;
ALTER TABLE entries DROP COLUMN appealed_at;
ALTER TABLE entries DROP COLUMN takedown;
ALTER TABLE entries DROP COLUMN flags;
ALTER TABLE entries DROP COLUMN share_place;
