-- +goose Up
-- What other programs show to be let in to the API. One that was revoked stays in the list of those that were made.
CREATE TABLE api_keys (
    id           TEXT    NOT NULL PRIMARY KEY,
    hash         TEXT    NOT NULL UNIQUE, -- of the bearer
    name         TEXT    NOT NULL,
    scopes       TEXT    NOT NULL,        -- JSON: what it may be used for
    campaign     TEXT    NOT NULL,        -- empty for all
    staff        TEXT    NOT NULL,        -- who made it
    created_at   INTEGER NOT NULL,
    last_used_at INTEGER NOT NULL,        -- to the minute; 0 for never
    expires_at   INTEGER NOT NULL,        -- 0 for never
    revoked_at   INTEGER NOT NULL
);

-- +goose Down
DROP TABLE api_keys;
