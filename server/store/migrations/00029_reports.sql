-- +goose Up
-- Addresses at which a campaign's report can be read without an account. One that was revoked stays in the list of those that were made.
CREATE TABLE report_links (
    id         TEXT    NOT NULL PRIMARY KEY,
    hash       TEXT    NOT NULL UNIQUE, -- of what stands in the address
    campaign   TEXT    NOT NULL REFERENCES campaigns (id),
    label      TEXT    NOT NULL,        -- for whom it is
    staff      TEXT    NOT NULL,        -- who made it
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    revoked_at INTEGER NOT NULL
);
CREATE INDEX report_links_of_campaign ON report_links (campaign, created_at);

-- Who gets a campaign's report by letter, and in which language where they have chosen none.
CREATE TABLE report_readers (
    campaign TEXT NOT NULL REFERENCES campaigns (id),
    staff    TEXT NOT NULL,
    language TEXT NOT NULL,
    PRIMARY KEY (campaign, staff)
);

-- +goose Down
DROP TABLE report_readers;
DROP TABLE report_links;
