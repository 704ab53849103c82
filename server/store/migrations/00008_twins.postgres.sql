-- +goose NO TRANSACTION
-- +goose Up
-- One that was killed leaves an index that is not valid.
DROP INDEX CONCURRENTLY IF EXISTS entries_by_content;
CREATE INDEX CONCURRENTLY entries_by_content ON entries (challenge, sha256);

-- +goose Down
DROP INDEX CONCURRENTLY entries_by_content;
