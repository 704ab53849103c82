-- +goose NO TRANSACTION
-- +goose Up
-- 1 for a line that changes nothing about which votes count: its vote was in doubt, or did not stand. Not part of the leaf.
ALTER TABLE vote_log ADD COLUMN IF NOT EXISTS idle INTEGER NOT NULL DEFAULT 0;

-- Up to where a challenge's log is in the roll-ups of votes.
CREATE TABLE IF NOT EXISTS vote_folds (
    challenge TEXT    NOT NULL PRIMARY KEY REFERENCES challenges (id),
    position  INTEGER NOT NULL
);

-- All that counting entries looks at, because their rows are wide. One that was killed leaves an index that is not valid.
DROP INDEX CONCURRENTLY IF EXISTS entries_counted;
CREATE INDEX CONCURRENTLY entries_counted ON entries (challenge, status, submitted_at, city, partner, fan);

-- +goose Down
DROP INDEX CONCURRENTLY entries_counted;
DROP TABLE vote_folds;
ALTER TABLE vote_log DROP COLUMN idle;
