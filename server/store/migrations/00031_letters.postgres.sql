-- +goose NO TRANSACTION
-- +goose Up
-- In which language whoever asked for a photo to be taken away gets the answer; empty where none is known.
ALTER TABLE takedowns ADD COLUMN IF NOT EXISTS language TEXT NOT NULL DEFAULT '';

-- A city's entries, a partner's, and those that fans let be reposted, the newest of each: among many others they may be few.
-- One that was killed leaves an index that is not valid.
DROP INDEX CONCURRENTLY IF EXISTS entries_of_city;
CREATE INDEX CONCURRENTLY entries_of_city ON entries (challenge, city, status, number) WHERE city <> '';
DROP INDEX CONCURRENTLY IF EXISTS entries_of_partner;
CREATE INDEX CONCURRENTLY entries_of_partner ON entries (challenge, partner, status, number) WHERE partner <> '';
DROP INDEX CONCURRENTLY IF EXISTS grants_given;
CREATE INDEX CONCURRENTLY grants_given ON grants (challenge, at, entry) WHERE until > 0;

-- +goose Down
DROP INDEX CONCURRENTLY grants_given;
DROP INDEX CONCURRENTLY entries_of_partner;
DROP INDEX CONCURRENTLY entries_of_city;
ALTER TABLE takedowns DROP COLUMN language;
