-- +goose Up
-- Posts of partners that show an entry, as they told of them.
CREATE TABLE reposts (
    id             TEXT    NOT NULL PRIMARY KEY,
    campaign       TEXT    NOT NULL REFERENCES campaigns (id),
    challenge      TEXT    NOT NULL,
    entry          TEXT    NOT NULL,
    number         INTEGER NOT NULL, -- the entry's within the challenge, which stays when the entry goes
    partner        TEXT    NOT NULL,
    outlet         TEXT    NOT NULL,
    address        TEXT    NOT NULL,
    post           TEXT    NOT NULL, -- the same for all addresses of one post
    link           TEXT    NOT NULL, -- the kit's tracked link; empty where there was none
    granted        INTEGER NOT NULL, -- version of the fan's grant
    staff          TEXT    NOT NULL,
    at             INTEGER NOT NULL,
    takedown_asked INTEGER NOT NULL, -- 0 while it may stay
    taken_down     INTEGER NOT NULL, -- 0 while the partner has not said so
    UNIQUE (entry, post)
);
CREATE INDEX reposts_in_turn ON reposts (campaign, at, id);
CREATE INDEX reposts_by_partner ON reposts (campaign, partner, at, id);
CREATE INDEX reposts_due ON reposts (campaign, partner, takedown_asked) WHERE takedown_asked > 0 AND taken_down = 0;

-- How many people a post reached, as the partner reads it from the platform: the newest counts, and none is ever changed.
CREATE TABLE repost_figures (
    repost TEXT    NOT NULL REFERENCES reposts (id),
    at     INTEGER NOT NULL,
    reach  INTEGER NOT NULL,
    staff  TEXT    NOT NULL,
    PRIMARY KEY (repost, at)
);

-- The links of kits: one for each partner, entry and outlet. They are many, and the pages of links leave them out.
CREATE INDEX links_of_kits ON links (campaign, partner, challenge, entry, channel) WHERE entry <> 0 AND partner <> '';
-- What each link brought. Orders came with the same release, so that there are few of them yet and nobody waits.
CREATE INDEX orders_by_link ON orders (campaign, reporting, link, reported, reported_refunds, counted) WHERE counted = 1 AND link <> '';

-- +goose Down
DROP INDEX orders_by_link;
DROP INDEX links_of_kits;
DROP TABLE repost_figures;
DROP TABLE reposts;
