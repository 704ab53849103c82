-- +goose Up
-- Keys that people's devices hold, by which they sign in without a password or beside one.
CREATE TABLE passkeys (
    id         TEXT    NOT NULL PRIMARY KEY, -- of the credential, in base64url
    staff      TEXT    NOT NULL REFERENCES staff (id),
    name       TEXT    NOT NULL,
    public_key TEXT    NOT NULL, -- COSE, in base64url
    transports TEXT    NOT NULL, -- how a browser reaches the device, with spaces between
    synced     INTEGER NOT NULL, -- 1 where the device may copy it to others of its owner
    uses       INTEGER NOT NULL, -- as the device counts them; 0 where it counts none
    created_at INTEGER NOT NULL,
    used_at    INTEGER NOT NULL  -- 0 for never
);
CREATE INDEX passkeys_by_staff ON passkeys (staff);

-- Whom an issuer of OpenID Connect vouches for.
CREATE TABLE staff_identities (
    issuer     TEXT    NOT NULL,
    subject    TEXT    NOT NULL,
    staff      TEXT    NOT NULL REFERENCES staff (id),
    label      TEXT    NOT NULL, -- what the issuer calls them, for their own eyes; nothing is decided by it
    created_at INTEGER NOT NULL,
    used_at    INTEGER NOT NULL,
    PRIMARY KEY (issuer, subject)
);
CREATE INDEX staff_identities_by_staff ON staff_identities (staff);

-- What was asked of a browser and is answered once. They live for minutes, and are not copied.
CREATE TABLE ceremonies (
    hash       TEXT    NOT NULL PRIMARY KEY, -- of the bearer
    kind       TEXT    NOT NULL,
    staff      TEXT    NOT NULL, -- whose it is; empty where the answer tells
    state      TEXT    NOT NULL,
    expires_at INTEGER NOT NULL
);
CREATE INDEX ceremonies_by_expiry ON ceremonies (expires_at);

-- The issuer that vouched for whoever signed in; empty for none.
ALTER TABLE staff_sessions ADD COLUMN issuer TEXT NOT NULL DEFAULT '';
ALTER TABLE sign_ins ADD COLUMN issuer TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE sign_ins DROP COLUMN issuer;
ALTER TABLE staff_sessions DROP COLUMN issuer;
DROP TABLE ceremonies;
DROP TABLE staff_identities;
DROP TABLE passkeys;
