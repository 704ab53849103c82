-- +goose Up
-- Which partner of which campaign somebody of that role works for.
ALTER TABLE staff ADD COLUMN campaign TEXT NOT NULL DEFAULT '';
ALTER TABLE staff ADD COLUMN partner  TEXT NOT NULL DEFAULT '';
-- Since when they have their role; 0 for since they joined.
ALTER TABLE staff ADD COLUMN role_at  INTEGER NOT NULL DEFAULT 0;
-- When they left; their name stays beside what they did.
ALTER TABLE staff ADD COLUMN left_at  INTEGER NOT NULL DEFAULT 0;
-- The secret of their one-time codes, empty for none; the time step of the last one that was taken, so that none is taken
-- twice; and how often one was guessed at wrongly, since when.
ALTER TABLE staff ADD COLUMN totp         TEXT    NOT NULL DEFAULT '';
ALTER TABLE staff ADD COLUMN totp_step    INTEGER NOT NULL DEFAULT 0;
ALTER TABLE staff ADD COLUMN totp_wrong   INTEGER NOT NULL DEFAULT 0;
ALTER TABLE staff ADD COLUMN totp_wrong_at INTEGER NOT NULL DEFAULT 0;

ALTER TABLE staff_sessions ADD COLUMN created_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE staff_sessions ADD COLUMN seen_at    INTEGER NOT NULL DEFAULT 0;
ALTER TABLE staff_sessions ADD COLUMN agent      TEXT    NOT NULL DEFAULT '';
ALTER TABLE staff_sessions ADD COLUMN address    TEXT    NOT NULL DEFAULT '';
CREATE INDEX staff_sessions_by_staff ON staff_sessions (staff);

-- Who has shown a password and owes a code. They live for minutes, and are not copied.
CREATE TABLE sign_ins (
    hash       TEXT    NOT NULL PRIMARY KEY, -- of the bearer
    staff      TEXT    NOT NULL REFERENCES staff (id),
    totp       TEXT    NOT NULL, -- the secret that is being set up; empty where one is known
    attempts   INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
);
CREATE INDEX sign_ins_by_expiry ON sign_ins (expires_at);

-- What stands in for one-time codes when the device is lost, each once.
CREATE TABLE staff_codes (
    staff TEXT NOT NULL REFERENCES staff (id),
    hash  TEXT NOT NULL,
    PRIMARY KEY (staff, hash)
);

CREATE TABLE staff_invitations (
    hash       TEXT    NOT NULL PRIMARY KEY, -- of the link's secret
    email      TEXT    NOT NULL UNIQUE,      -- in lower case
    role       TEXT    NOT NULL,
    campaign   TEXT    NOT NULL,
    partner    TEXT    NOT NULL,
    staff      TEXT    NOT NULL, -- who invites
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
);
CREATE INDEX staff_invitations_by_expiry ON staff_invitations (expires_at);

-- Links that set a new password. They live for half an hour, and are not copied.
CREATE TABLE staff_resets (
    hash       TEXT    NOT NULL PRIMARY KEY,
    staff      TEXT    NOT NULL UNIQUE REFERENCES staff (id),
    expires_at INTEGER NOT NULL
);
CREATE INDEX staff_resets_by_expiry ON staff_resets (expires_at);

-- What staff did.
CREATE TABLE acts (
    id      TEXT    NOT NULL PRIMARY KEY,
    at      INTEGER NOT NULL,
    staff   TEXT    NOT NULL, -- empty for whoever runs the machine
    action  TEXT    NOT NULL,
    object  TEXT    NOT NULL, -- kind/identifier; empty for the installation
    note    TEXT    NOT NULL,
    address TEXT    NOT NULL  -- empty after three months
);
CREATE INDEX acts_in_turn ON acts (at, id);
CREATE INDEX acts_by_staff ON acts (staff, at, id);
CREATE INDEX acts_by_object ON acts (object, at, id);
CREATE INDEX acts_with_address ON acts (at) WHERE address <> '';

-- +goose Down
DROP TABLE acts;
DROP TABLE staff_resets;
DROP TABLE staff_invitations;
DROP TABLE staff_codes;
DROP TABLE sign_ins;
DROP INDEX staff_sessions_by_staff;
ALTER TABLE staff_sessions DROP COLUMN address;
ALTER TABLE staff_sessions DROP COLUMN agent;
ALTER TABLE staff_sessions DROP COLUMN seen_at;
ALTER TABLE staff_sessions DROP COLUMN created_at;
ALTER TABLE staff DROP COLUMN totp_wrong_at;
ALTER TABLE staff DROP COLUMN totp_wrong;
ALTER TABLE staff DROP COLUMN totp_step;
ALTER TABLE staff DROP COLUMN totp;
ALTER TABLE staff DROP COLUMN left_at;
ALTER TABLE staff DROP COLUMN role_at;
ALTER TABLE staff DROP COLUMN partner;
ALTER TABLE staff DROP COLUMN campaign;
