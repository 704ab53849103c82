-- +goose Up
-- 1 for a line that changes nothing about which votes count: its vote was in doubt, or did not stand. Not part of the leaf.
ALTER TABLE vote_log ADD COLUMN idle INTEGER NOT NULL DEFAULT 0;

-- Up to where a challenge's log is in the roll-ups of votes.
CREATE TABLE vote_folds (
    challenge TEXT    NOT NULL PRIMARY KEY REFERENCES challenges (id),
    position  INTEGER NOT NULL
) WITHOUT ROWID;

-- All that counting entries looks at, because their rows are wide.
CREATE INDEX entries_counted ON entries (challenge, status, submitted_at, city, partner, fan);

-- +goose Down
DROP INDEX entries_counted;
DROP TABLE vote_folds;
ALTER TABLE vote_log DROP COLUMN idle;
