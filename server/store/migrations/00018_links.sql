-- +goose Up
-- Tracked links, /t/CODE.
CREATE TABLE links (
    code       TEXT    NOT NULL PRIMARY KEY,
    campaign   TEXT    NOT NULL REFERENCES campaigns (id),
    challenge  TEXT    NOT NULL, -- empty for all of the campaign's
    channel    TEXT    NOT NULL,
    partner    TEXT    NOT NULL,
    entry      INTEGER NOT NULL, -- number within the challenge, 0 for none
    target     TEXT    NOT NULL,
    label      TEXT    NOT NULL,
    staff      TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    retired_at INTEGER NOT NULL
);
CREATE INDEX links_by_campaign ON links (campaign, created_at);

-- How often each was opened. The roll-ups tell when.
CREATE TABLE link_clicks (
    code       TEXT    NOT NULL PRIMARY KEY,
    clicks     INTEGER NOT NULL,
    clicked_at INTEGER NOT NULL
) WITHOUT ROWID;

-- Figures that others counted, as they were handed in: typed, or a file's. A batch counts from when it was confirmed until it is
-- undone.
CREATE TABLE reported_batches (
    id           TEXT    NOT NULL PRIMARY KEY,
    campaign     TEXT    NOT NULL REFERENCES campaigns (id),
    source       TEXT    NOT NULL, -- who counted, in staff's words
    figures      INTEGER NOT NULL,
    first_day    TEXT    NOT NULL,
    last_day     TEXT    NOT NULL,
    staff        TEXT    NOT NULL,
    at           INTEGER NOT NULL,
    confirmed_at INTEGER NOT NULL,
    undone_at    INTEGER NOT NULL,
    undone_by    TEXT    NOT NULL
);
CREATE INDEX reported_batches_in_turn ON reported_batches (campaign, at, id);
CREATE INDEX reported_batches_waiting ON reported_batches (at) WHERE confirmed_at = 0;

CREATE TABLE reported (
    batch       TEXT    NOT NULL REFERENCES reported_batches (id) ON DELETE CASCADE,
    day         TEXT    NOT NULL, -- in the plan's time zone
    channel     TEXT    NOT NULL,
    partner     TEXT    NOT NULL,
    metric      TEXT    NOT NULL,
    campaign    TEXT    NOT NULL,
    value       INTEGER NOT NULL,
    replaced_by TEXT    NOT NULL, -- the later batch that says something else of it; empty while none does
    PRIMARY KEY (batch, day, channel, partner, metric)
) WITHOUT ROWID;
CREATE INDEX reported_standing ON reported (campaign, day, channel, partner, metric) WHERE replaced_by = '';
CREATE INDEX reported_replaced ON reported (replaced_by) WHERE replaced_by <> '';

-- +goose Down
DROP TABLE reported;
DROP TABLE reported_batches;
DROP TABLE link_clicks;
DROP TABLE links;
