-- +goose Up
CREATE INDEX IF NOT EXISTS entries_by_content ON entries (challenge, sha256);

-- +goose Down
DROP INDEX entries_by_content;
