-- +goose Up
-- Which mailboxes were confirmed by whom. No address is kept: the domain is, so that many voters of one stand out.
CREATE TABLE mailboxes (
    mailbox      TEXT    NOT NULL PRIMARY KEY, -- keyed hash of the one spelling of all that lead to it
    domain       TEXT    NOT NULL,
    fan          TEXT    NOT NULL REFERENCES fans (id),
    confirmed_at INTEGER NOT NULL
);
CREATE INDEX mailboxes_by_fan ON mailboxes (fan);

-- Letters whose code is waited for, one for each session. They live for minutes, and are not copied.
CREATE TABLE confirmations (
    token        TEXT    NOT NULL PRIMARY KEY, -- hash of the session's bearer
    link         TEXT    NOT NULL UNIQUE,      -- the secret of the letter's link
    code         TEXT    NOT NULL,             -- the same for typing; empty once it was used or guessed at too often
    attempts     INTEGER NOT NULL,             -- at the code
    mailbox      TEXT    NOT NULL,
    domain       TEXT    NOT NULL,
    address      TEXT    NOT NULL,             -- empty once it was used
    language     TEXT    NOT NULL,
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    confirmed_at INTEGER NOT NULL
);
CREATE INDEX confirmations_by_end ON confirmations (expires_at);

-- How many letters a mailbox was sent of late. Not copied.
CREATE TABLE letters (
    mailbox TEXT    NOT NULL PRIMARY KEY,
    sent    INTEGER NOT NULL,
    since   INTEGER NOT NULL,
    last_at INTEGER NOT NULL
);
CREATE INDEX letters_by_age ON letters (since);

CREATE TABLE invitations (
    hash       TEXT    NOT NULL PRIMARY KEY, -- of the code
    challenge  TEXT    NOT NULL REFERENCES challenges (id),
    class      TEXT    NOT NULL,             -- invited or jury
    batch      TEXT    NOT NULL,             -- those that were made together
    label      TEXT    NOT NULL,             -- staff's own words for whom they are
    staff      TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    fan        TEXT    NOT NULL,             -- who used it; empty before that, and where they were erased
    used_at    INTEGER NOT NULL,
    revoked_at INTEGER NOT NULL
);
CREATE INDEX invitations_by_batch ON invitations (challenge, batch);
CREATE INDEX invitations_by_fan ON invitations (fan, challenge) WHERE fan <> '';

-- Whom a guest turned out to be, who had confirmed the same mailbox before; empty for nobody.
ALTER TABLE fans ADD COLUMN became TEXT NOT NULL DEFAULT '';
CREATE INDEX fans_by_became ON fans (became) WHERE became <> '';

-- +goose Down
DROP INDEX fans_by_became;
ALTER TABLE fans DROP COLUMN became;
DROP TABLE invitations;
DROP TABLE letters;
DROP TABLE confirmations;
DROP TABLE mailboxes;
