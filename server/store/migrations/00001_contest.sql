-- Times are milliseconds since 1970 in UTC, 0 where there is none. Lists and texts in two languages are JSON.

-- +goose Up
CREATE TABLE campaigns (
    id         TEXT    NOT NULL PRIMARY KEY,
    name       TEXT    NOT NULL,
    created_at INTEGER NOT NULL
);

CREATE TABLE challenges (
    id            TEXT    NOT NULL PRIMARY KEY,
    campaign      TEXT    NOT NULL REFERENCES campaigns (id),
    slug          TEXT    NOT NULL UNIQUE,
    hashtag       TEXT    NOT NULL,
    title         TEXT    NOT NULL,
    brief         TEXT    NOT NULL,
    time_zone     TEXT    NOT NULL,
    entries_open  INTEGER NOT NULL,
    entries_close INTEGER NOT NULL,
    votes_open    INTEGER NOT NULL,
    votes_close   INTEGER NOT NULL,
    rules         TEXT    NOT NULL,
    cities        TEXT    NOT NULL,
    partners      TEXT    NOT NULL,
    consents      TEXT    NOT NULL,
    launched_at   INTEGER NOT NULL,
    rules_hash    TEXT    NOT NULL,
    created_at    INTEGER NOT NULL
);

-- The counters of a challenge, apart from its wide row because every vote changes them.
CREATE TABLE heads (
    challenge TEXT    NOT NULL PRIMARY KEY REFERENCES challenges (id),
    entries   INTEGER NOT NULL, -- number given last
    leaves    INTEGER NOT NULL  -- position of the vote log's last leaf
) WITHOUT ROWID;

CREATE TABLE consents (
    id         TEXT    NOT NULL PRIMARY KEY,
    kind       TEXT    NOT NULL,
    version    INTEGER NOT NULL,
    text       TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (kind, version)
);

CREATE TABLE fans (
    id         TEXT    NOT NULL PRIMARY KEY,
    issuer     TEXT    NOT NULL,
    subject    TEXT    NOT NULL,
    name       TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (issuer, subject)
);

CREATE TABLE entries (
    id           TEXT    NOT NULL PRIMARY KEY,
    challenge    TEXT    NOT NULL REFERENCES challenges (id),
    number       INTEGER NOT NULL,
    fan          TEXT    NOT NULL REFERENCES fans (id),
    author       TEXT    NOT NULL,
    caption      TEXT    NOT NULL,
    tags         TEXT    NOT NULL,
    city         TEXT    NOT NULL,
    partner      TEXT    NOT NULL,
    status       TEXT    NOT NULL,
    reason       TEXT    NOT NULL,
    note         TEXT    NOT NULL,
    original     TEXT    NOT NULL,
    sha256       TEXT    NOT NULL,
    photo        TEXT    NOT NULL,
    consents     TEXT    NOT NULL,
    submitted_at INTEGER NOT NULL,
    decided_at   INTEGER NOT NULL,
    UNIQUE (challenge, number)
);
CREATE INDEX entries_by_status ON entries (challenge, status, number);
CREATE INDEX entries_by_fan ON entries (challenge, fan, status);
CREATE INDEX entries_in_turn ON entries (status, submitted_at, id);

-- An entry's place on the board, apart from its wide row because every vote changes it.
CREATE TABLE tallies (
    entry     TEXT    NOT NULL PRIMARY KEY REFERENCES entries (id),
    challenge TEXT    NOT NULL,
    number    INTEGER NOT NULL,
    score     INTEGER NOT NULL,
    version   INTEGER NOT NULL,
    reached   INTEGER NOT NULL, -- log position of the last counted vote
    visible   INTEGER NOT NULL  -- 1 for published entries
) WITHOUT ROWID;
CREATE INDEX tallies_on_board ON tallies (challenge, visible);

-- Votes and leaves have no foreign keys: a vote is written together with its entry's tally, and the log stays when
-- fans go.
CREATE TABLE votes (
    challenge TEXT    NOT NULL,
    period    TEXT    NOT NULL,
    fan       TEXT    NOT NULL,
    entry     TEXT    NOT NULL,
    position  INTEGER NOT NULL, -- of its leaf
    PRIMARY KEY (challenge, period, fan, entry)
) WITHOUT ROWID;
CREATE INDEX votes_by_entry ON votes (entry, position);

CREATE TABLE vote_log (
    challenge TEXT    NOT NULL,
    position  INTEGER NOT NULL, -- from 1 without gaps
    kind      TEXT    NOT NULL,
    entry     TEXT    NOT NULL,
    fan       TEXT    NOT NULL,
    period    TEXT    NOT NULL,
    at        INTEGER NOT NULL,
    PRIMARY KEY (challenge, position)
) WITHOUT ROWID;

CREATE TABLE reports (
    id          TEXT    NOT NULL PRIMARY KEY,
    entry       TEXT    NOT NULL REFERENCES entries (id),
    fan         TEXT    NOT NULL,
    reason      TEXT    NOT NULL,
    note        TEXT    NOT NULL,
    created_at  INTEGER NOT NULL,
    resolved_at INTEGER NOT NULL
);
-- One fan has one open report of an entry.
CREATE UNIQUE INDEX reports_open ON reports (entry, fan) WHERE resolved_at = 0;
CREATE INDEX reports_in_turn ON reports (created_at, id) WHERE resolved_at = 0;

-- +goose Down
DROP TABLE reports;
DROP TABLE vote_log;
DROP TABLE votes;
DROP TABLE tallies;
DROP TABLE entries;
DROP TABLE fans;
DROP TABLE consents;
DROP TABLE heads;
DROP TABLE challenges;
DROP TABLE campaigns;
