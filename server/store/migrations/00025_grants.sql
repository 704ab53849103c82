-- +goose Up
-- What fans allow partners to do with their photos. Each change is a row of its own, and none is ever changed.
CREATE TABLE grants (
    entry     TEXT    NOT NULL REFERENCES entries (id),
    version   INTEGER NOT NULL, -- counts the entry's from 1; the last one counts
    challenge TEXT    NOT NULL REFERENCES challenges (id),
    outlets   TEXT    NOT NULL, -- JSON: where partners may repost; [] for nowhere
    until     INTEGER NOT NULL, -- the first moment at which it allows nothing; 0 for nowhere
    at        INTEGER NOT NULL,
    text      TEXT    NOT NULL, -- the consent with the words that the fan agreed to; empty for nowhere
    PRIMARY KEY (entry, version)
) WITHOUT ROWID;
-- Those that end next.
CREATE INDEX grants_ending ON grants (until, entry) WHERE until > 0;

-- +goose Down
DROP TABLE grants;
