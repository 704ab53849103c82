-- Bearers (tokens, sessions, links) are stored hashed.

-- +goose Up
CREATE TABLE sites (
    id         TEXT    NOT NULL PRIMARY KEY,
    campaign   TEXT    NOT NULL REFERENCES campaigns (id),
    name       TEXT    NOT NULL,
    secret     TEXT    NOT NULL,
    created_at INTEGER NOT NULL
);

CREATE TABLE site_origins (
    site     TEXT    NOT NULL REFERENCES sites (id) ON DELETE CASCADE,
    origin   TEXT    NOT NULL,
    position INTEGER NOT NULL, -- in the order given
    PRIMARY KEY (site, origin)
);
CREATE INDEX site_origins_by_origin ON site_origins (origin);

CREATE TABLE tokens (
    hash       TEXT    NOT NULL PRIMARY KEY,
    fan        TEXT    NOT NULL REFERENCES fans (id),
    site       TEXT    NOT NULL, -- empty for the installation's own pages
    challenge  TEXT    NOT NULL REFERENCES challenges (id),
    expires_at INTEGER NOT NULL
);
CREATE INDEX tokens_by_expiry ON tokens (expires_at);
CREATE INDEX tokens_by_site ON tokens (site);

CREATE TABLE idempotency (
    scope        TEXT    NOT NULL,
    key          TEXT    NOT NULL,
    request_hash TEXT    NOT NULL,
    result       TEXT    NOT NULL,
    created_at   INTEGER NOT NULL,
    PRIMARY KEY (scope, key)
);
CREATE INDEX idempotency_by_age ON idempotency (created_at);

CREATE TABLE staff (
    id         TEXT    NOT NULL PRIMARY KEY,
    email      TEXT    NOT NULL UNIQUE, -- in lower case
    name       TEXT    NOT NULL,
    role       TEXT    NOT NULL,
    password   TEXT    NOT NULL, -- encoded hash
    created_at INTEGER NOT NULL
);

CREATE TABLE staff_sessions (
    hash       TEXT    NOT NULL PRIMARY KEY,
    staff      TEXT    NOT NULL REFERENCES staff (id),
    expires_at INTEGER NOT NULL
);
CREATE INDEX staff_sessions_by_expiry ON staff_sessions (expires_at);

CREATE TABLE setup_links (
    hash       TEXT    NOT NULL PRIMARY KEY,
    expires_at INTEGER NOT NULL
);

CREATE TABLE settings (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

-- +goose Down
DROP TABLE settings;
DROP TABLE setup_links;
DROP TABLE staff_sessions;
DROP TABLE staff;
DROP TABLE idempotency;
DROP TABLE tokens;
DROP TABLE site_origins;
DROP TABLE sites;
