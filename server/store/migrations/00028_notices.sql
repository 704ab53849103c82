-- +goose Up
-- What somebody is to be told by a letter. A key is told of once. Several that wait for one person under one topic make one letter,
-- whose name they get before it is sent, so that it is the same letter when it is sent again.
CREATE TABLE notices (
    key        TEXT    NOT NULL PRIMARY KEY,
    person     TEXT    NOT NULL, -- fan/ID, staff/ID, or mail/HASH of an address without an account
    topic      TEXT    NOT NULL,
    kind       TEXT    NOT NULL,
    address    TEXT    NOT NULL, -- of somebody without an account, until it was sent
    language   TEXT    NOT NULL, -- for those of whom none is known
    about      TEXT    NOT NULL, -- identifiers and words for the letter, until it was sent
    letter     TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    due_at     INTEGER NOT NULL,
    done_at    INTEGER NOT NULL,
    sent       INTEGER NOT NULL -- 1 where a mail server took it
);
CREATE INDEX notices_waiting ON notices (person, topic, due_at) WHERE done_at = 0;
CREATE INDEX notices_sent ON notices (person, done_at) WHERE sent = 1;
CREATE INDEX notices_by_age ON notices (created_at);

-- How somebody wants letters: a fan who asked for them has an address here, and nobody else does.
CREATE TABLE correspondents (
    person     TEXT    NOT NULL PRIMARY KEY,
    address    TEXT    NOT NULL,
    language   TEXT    NOT NULL,
    refused    TEXT    NOT NULL, -- kinds
    created_at INTEGER NOT NULL
);
CREATE INDEX correspondents_with_address ON correspondents (created_at) WHERE address <> '';

-- Whether the fan wants letters about their entries at the address that is being confirmed.
ALTER TABLE confirmations ADD COLUMN letters INTEGER NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE confirmations DROP COLUMN letters;
DROP TABLE correspondents;
DROP TABLE notices;
