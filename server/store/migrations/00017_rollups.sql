-- +goose Up
-- What campaigns count without keeping each event. What a number is not told apart by is empty: a challenge, a channel, a partner.
CREATE TABLE rollups (
    campaign  TEXT    NOT NULL,
    quarter   INTEGER NOT NULL, -- quarter-hours since 1970 in UTC
    challenge TEXT    NOT NULL,
    channel   TEXT    NOT NULL,
    partner   TEXT    NOT NULL,
    metric    TEXT    NOT NULL,
    value     INTEGER NOT NULL,
    PRIMARY KEY (campaign, quarter, challenge, channel, partner, metric)
) WITHOUT ROWID;

-- Sums of the former by the campaign's own days, so that months are read at once.
CREATE TABLE rollup_days (
    campaign  TEXT    NOT NULL,
    day       TEXT    NOT NULL, -- 2026-11-22, in the campaign's time zone
    challenge TEXT    NOT NULL,
    channel   TEXT    NOT NULL,
    partner   TEXT    NOT NULL,
    metric    TEXT    NOT NULL,
    value     INTEGER NOT NULL,
    PRIMARY KEY (campaign, day, challenge, channel, partner, metric)
) WITHOUT ROWID;

CREATE TABLE rollup_entries (
    challenge TEXT    NOT NULL,
    entry     INTEGER NOT NULL, -- its number
    metric    TEXT    NOT NULL,
    value     INTEGER NOT NULL,
    PRIMARY KEY (challenge, entry, metric)
) WITHOUT ROWID;

-- Batches of events that were counted of late: one that comes again counts nothing.
CREATE TABLE event_batches (
    day INTEGER NOT NULL, -- days since 1970 in UTC
    id  TEXT    NOT NULL,
    PRIMARY KEY (day, id)
) WITHOUT ROWID;

-- How many visitors a campaign's day had: of the campaign, of a challenge, of a channel. A sketch counts without holding anybody.
CREATE TABLE reach (
    campaign  TEXT    NOT NULL,
    day       TEXT    NOT NULL,
    challenge TEXT    NOT NULL,
    channel   TEXT    NOT NULL,
    value     INTEGER NOT NULL,
    sketch    BLOB    NOT NULL,
    PRIMARY KEY (campaign, day, challenge, channel)
);

-- What visitors' addresses are hashed with on a campaign's day. It is deleted the day after, and no copy holds it: then nobody can
-- tell any more who was counted.
CREATE TABLE reach_salts (
    campaign TEXT NOT NULL,
    day      TEXT NOT NULL,
    salt     BLOB NOT NULL,
    PRIMARY KEY (campaign, day)
) WITHOUT ROWID;

-- +goose Down
DROP TABLE reach_salts;
DROP TABLE reach;
DROP TABLE event_batches;
DROP TABLE rollup_entries;
DROP TABLE rollup_days;
DROP TABLE rollups;
