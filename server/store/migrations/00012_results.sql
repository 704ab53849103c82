-- +goose Up
-- Why an entry has no place in the certified result; empty where it has one, and before.
ALTER TABLE entries ADD COLUMN passed_over TEXT NOT NULL DEFAULT '';

-- What challenges came to: each proposed by one member of staff and confirmed by another. Amendments follow the first.
CREATE TABLE certifications (
    challenge    TEXT    NOT NULL REFERENCES challenges (id),
    number       INTEGER NOT NULL, -- from 1 for each challenge
    sha256       TEXT    NOT NULL,
    proposed_by  TEXT    NOT NULL,
    proposed_at  INTEGER NOT NULL,
    others       INTEGER NOT NULL, -- members of staff there were then, beside the one who proposed
    confirmed_by TEXT    NOT NULL,
    confirmed_at INTEGER NOT NULL,
    withdrawn_by TEXT    NOT NULL,
    withdrawn_at INTEGER NOT NULL,
    result       TEXT    NOT NULL, -- the exact bytes that are hashed and published; last, because it is long and seldom read
    PRIMARY KEY (challenge, number)
);
-- One proposal is open at a time.
CREATE UNIQUE INDEX certifications_open ON certifications (challenge) WHERE confirmed_at = 0 AND withdrawn_at = 0;

-- What staff say of entries: that they are featured, what they won.
CREATE TABLE marks (
    entry     TEXT    NOT NULL REFERENCES entries (id),
    kind      TEXT    NOT NULL,
    challenge TEXT    NOT NULL,
    text      TEXT    NOT NULL, -- JSON
    staff     TEXT    NOT NULL,
    at        INTEGER NOT NULL,
    PRIMARY KEY (entry, kind)
) WITHOUT ROWID;
CREATE INDEX marks_by_challenge ON marks (challenge, at);

-- +goose Down
DROP TABLE marks;
DROP TABLE certifications;
ALTER TABLE entries DROP COLUMN passed_over;
